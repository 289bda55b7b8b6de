#pragma once

#include <QColor>
#include <QIcon>

namespace bitstill {

/// Makes icons, lessons and dictionaries available; once, before anything else of the window.
void initializeResources();

/// Icon "play", "pause", "step", "reset", "dice", "export" ... from resources/icons, in this colour.
QIcon icon(const QString& name, const QColor& color);

} // namespace bitstill
