#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// `count` samples of an array of whole bytes, from `first` on, along its first dimension.
Array samplesOf(const Array& array, std::size_t first, std::size_t count);

/// Does the network take any number of samples, one behind another along the first dimension: where that is free in all inputs, or fixed to
/// 1 (then they are computed one by one)? Otherwise what it takes is one sample, whatever its shape.
bool takesSamples(const Network& network);
/// How many samples are in `inputs` (by the inputs' names); 1 where the network takes no samples. Throws Error where inputs differ.
std::size_t sampleCount(const Network& network, const NamedArrays& inputs);
/// Some of them; all of `inputs` where the network takes no samples.
NamedArrays samplesOf(const Network& network, const NamedArrays& inputs, std::size_t first, std::size_t count);

} // namespace bitstill::foreign
