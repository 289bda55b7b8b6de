#include "app/translator.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace bitstill {

Translator::Translator(const QString& language, QObject* parent) : QTranslator(parent)
{
    QFile file(QStringLiteral(":/translations/") + language + QStringLiteral(".json"));
    if (!file.open(QIODevice::ReadOnly)) return;
    const QJsonObject texts = QJsonDocument::fromJson(file.readAll()).object();
    for (auto it = texts.begin(); it != texts.end(); ++it) {
        QHash<QString, QString>& meanings = m_texts[it.key()];
        if (it.value().isString()) meanings.insert(QString(), it.value().toString());
        const QJsonObject contexts = it.value().toObject();
        for (auto c = contexts.begin(); c != contexts.end(); ++c) meanings.insert(c.key(), c.value().toString());
    }
}

QString Translator::translate(const char*, const char* sourceText, const char* disambiguation, int) const
{
    const auto meanings = m_texts.constFind(QString::fromUtf8(sourceText));
    if (meanings == m_texts.constEnd()) return {};
    return meanings->value(QString::fromUtf8(disambiguation), meanings->value(QString()));
}

} // namespace bitstill
