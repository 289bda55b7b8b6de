#pragma once

#include "engine/core/text.h"

namespace bitstill {

/// Starts this program once more: a window with runs, theme and language of its own, on the same history. Why it cannot; empty when it
/// does.
Text openNewWindow();

} // namespace bitstill
