#pragma once

#include "engine/experiment/record.h"

#include <exception>

namespace bitstill {

/// What an exception says to a person.
Text sentenceOf(const std::exception_ptr& error);
/// How a run ends that was left by this exception: outcome and message.
void endBy(const std::exception_ptr& error, Record& record);

} // namespace bitstill
