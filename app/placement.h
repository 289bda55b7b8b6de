#pragma once

#include <QWidget>

namespace bitstill {

/// Gives the window the saved geometry, or this size; whatever the screen was then, all of it lies on the screen now.
void place(QWidget& window, const QByteArray& saved, QSize wanted);

} // namespace bitstill
