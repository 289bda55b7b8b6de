#pragma once

#include "engine/core/text.h"

#include <QCoreApplication>
#include <QString>

namespace bitstill {

/// The engine's sentence in the language of the window; data as it is.
inline QString toQString(const Text& text)
{
    if (text.isData) return QString::fromStdString(text.pattern);
    const QString found = QCoreApplication::translate("engine", text.pattern.c_str(), text.context.c_str(), static_cast<int>(text.count));
    std::string pattern = found.toStdString();
    if (text.count == 1 && pattern == text.pattern) pattern = text.one; // no dictionary: English
    std::vector<std::string> args;
    for (const Text& arg : text.args) args.push_back(toQString(arg).toStdString());
    return QString::fromStdString(Text::fill(pattern, args));
}

/// A name as it is drawn or written into a file: on one line, without what no line of text has in it (an XML file must not, and a
/// window would draw boxes).
inline QString plain(QString name)
{
    for (qsizetype i = 0; i < name.size(); ++i) {
        const QChar c = name[i];
        const bool paired = (c.isHighSurrogate() && i + 1 < name.size() && name[i + 1].isLowSurrogate())
            || (c.isLowSurrogate() && i > 0 && name[i - 1].isHighSurrogate());
        const bool breaks = c.category() == QChar::Separator_Line || c.category() == QChar::Separator_Paragraph;
        if (breaks || (c.isSpace() && c.category() == QChar::Other_Control))
            name[i] = QLatin1Char(' ');
        else if (c.category() == QChar::Other_Control || c.unicode() >= 0xFFFE || (c.isSurrogate() && !paired))
            name[i] = QChar(QChar::ReplacementCharacter);
    }
    return name;
}
inline QString plain(const Text& text) { return plain(toQString(text)); }

} // namespace bitstill
