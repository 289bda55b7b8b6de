#pragma once

#include "engine/core/text.h"

#include <QProcessEnvironment>

class QWidget;

namespace bitstill {

/// Everything 1.5 times as large, letters and lines, for a lecture room. Qt takes a scale only when a program starts: the window opens
/// anew.
bool isPresenting(const QProcessEnvironment& environment);
/// That of a program in the other size; a scale that the user has set stays in it.
QProcessEnvironment otherSize(QProcessEnvironment environment);
/// Why the window would not fit on its screen in the other size; empty when it would.
Text whyNoOtherSize(const QWidget& window, const QProcessEnvironment& environment);
/// Starts another Bitstill in the other size; whether that was possible.
bool startOtherSize();

} // namespace bitstill
