#pragma once

#include "engine/core/text.h"
#include "engine/models/network.h"

namespace bitstill::foreign {

/// Floats of 16 bits (float16, bfloat16) become those of 32, which hold all of them: constants, what flows, and what is cast to. Nothing is
/// rounded to 16 bits on its way any more.
void widenHalves(Network& network);

/// That this was done; empty where there was nothing to widen.
Text halvesNote(const Network& network);

} // namespace bitstill::foreign
