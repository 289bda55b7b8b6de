#pragma once

#include "engine/core/error.h"

#include <filesystem>

namespace bitstill {

/// What an errno says, as a phrase that can be translated; those that nobody meets are left in the words of the C library.
Text reasonText(int code);

/// Throws the Error for a file that cannot be written because of that errno.
[[noreturn]] void failWriting(const std::filesystem::path& file, int code);

} // namespace bitstill
