#pragma once

#include <QAbstractButton>
#include <QKeySequence>

namespace bitstill {

/// Gives the button a key that clicks it at once. With setShortcut() alone the click follows 100 ms later, when the button has been seen
/// pressed, and the next key overtakes it.
void setKey(QAbstractButton& button, const QKeySequence& key);

} // namespace bitstill
