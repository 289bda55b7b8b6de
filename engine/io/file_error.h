#pragma once

#include "engine/core/text.h"

namespace bitstill {

/// What an errno says, as a phrase that can be translated; those that nobody meets are left in the words of the C library.
Text reasonText(int code);

} // namespace bitstill
