#pragma once

#include <QHash>
#include <QTranslator>

namespace bitstill {

/// Looks English sentences up in a JSON object {"English": "한국어"}: one dictionary for the engine's texts, which know no
/// Qt, and the window's.
class Translator : public QTranslator {
    Q_OBJECT
public:
    /// `language` is "ko" or "en"; English needs no dictionary.
    explicit Translator(const QString& language, QObject* parent = nullptr);

    QString translate(const char* context, const char* sourceText, const char* disambiguation = nullptr, int n = -1) const override;
    bool isEmpty() const override { return m_texts.isEmpty(); }

private:
    QHash<QString, QString> m_texts;
};

} // namespace bitstill
