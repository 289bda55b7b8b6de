#pragma once

#include <QString>

class QWidget;

namespace bitstill {

enum class Ask { Open, Save, Folder };

/// Asks for a path with Qt's own dialog, in the language and colours of the window; empty when it was cancelled. Runs an event
/// loop. `at`: a folder, or the name suggested.
QString askForPath(QWidget* parent, Ask what, const QString& title, const QString& at, const QString& filter = {});

} // namespace bitstill
