#pragma once

#include <QHash>
#include <QTranslator>

namespace bitstill {

/// Looks English sentences up in a JSON object: one dictionary for the engine's texts, which know no Qt, and the window's. An entry is
/// the sentence in the other language, or an object of them by context: "step": {"": "스텝", "staircase": "간격"}. A context that has none
/// of its own takes the one of "".
class Translator : public QTranslator {
    Q_OBJECT
public:
    /// `language` is "ko" or "en"; English needs no dictionary.
    explicit Translator(const QString& language, QObject* parent = nullptr);

    QString translate(const char* context, const char* sourceText, const char* disambiguation = nullptr, int n = -1) const override;
    bool isEmpty() const override { return m_texts.isEmpty(); }

private:
    QHash<QString, QHash<QString, QString>> m_texts; ///< English, then context
};

} // namespace bitstill
