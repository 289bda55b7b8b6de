#pragma once

#include "engine/core/tensor.h"
#include "engine/experiment/field.h"

namespace bitstill {

/// Ways in which numbers can be spread, as a field's choices.
std::vector<Field::Choice> numberShapes();

/// `count` numbers of that shape from stream "noise", with a deviation of about 1.
Tensor drawNumbers(const std::string& shape, std::int64_t count, std::uint64_t seed);

} // namespace bitstill
