#pragma once

#include "engine/core/tensor.h"
#include "engine/experiment/field.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// Ways in which numbers can be spread, as a field's choices.
std::vector<Field::Choice> numberShapes();

/// `count` numbers of that shape from stream "noise", with a deviation of about 1.
Tensor drawNumbers(const std::string& shape, std::int64_t count, std::uint64_t seed);

/// Figure "formats": the SQNR in dB that each of numberFormats() reached on `count` numbers.
Figure formatsFigure(const std::vector<double>& sqnr, std::size_t count);

} // namespace bitstill
