#pragma once

#include "engine/core/text.h"

#include <QCoreApplication>
#include <QString>

namespace bitstill {

/// The engine's sentence in the language of the window.
inline QString toQString(const Text& text)
{
    const QString pattern = QCoreApplication::translate("engine", text.pattern.c_str());
    std::vector<std::string> args;
    for (const Text& arg : text.args) args.push_back(toQString(arg).toStdString());
    return QString::fromStdString(Text::fill(pattern.toStdString(), args));
}

} // namespace bitstill
