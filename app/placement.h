#pragma once

#include <QDialog>

namespace bitstill {

/// Gives the window the saved geometry, or this size; whatever the screen was then, all of it lies on the screen now.
void place(QWidget& window, const QByteArray& saved, QSize wanted);

/// A window of its own, which another one may come in front of: window managers keep a dialog above its parent.
void letGiveWay(QDialog& dialog);

} // namespace bitstill
