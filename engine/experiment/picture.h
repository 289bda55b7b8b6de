#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// Can a sample of these data be looked at: has it rows, and one or three channels?
bool isPicture(const Dataset& data);
/// This sample, its darkest value black and its brightest white.
ImageTile pictureOf(const Dataset& data, const Samples& samples, std::size_t row, Text label);

} // namespace bitstill
