#include "app/new_window.h"

#include <QCoreApplication>
#include <QProcess>

namespace bitstill {

Text openNewWindow()
{
    if (QProcess::startDetached(QCoreApplication::applicationFilePath(), {})) return {};
    return text("Another window cannot be opened: the program does not start; close other programs");
}

} // namespace bitstill
