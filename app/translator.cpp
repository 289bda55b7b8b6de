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
    for (auto it = texts.begin(); it != texts.end(); ++it) m_texts.insert(it.key(), it.value().toString());
}

QString Translator::translate(const char*, const char* sourceText, const char*, int) const
{
    return m_texts.value(QString::fromUtf8(sourceText));
}

} // namespace bitstill
