#pragma once

#include "engine/core/text.h"

#include <string>

namespace bitstill::cli {

/// The sentence in the language of the terminal: Korean where LC_ALL, LC_MESSAGES or LANG (the first of them that is set) says so, English
/// everywhere else. Names of metrics, keys and formats are the same in both.
std::string said(const Text& sentence);
} // namespace bitstill::cli
