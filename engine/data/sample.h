#pragma once

#include "engine/data/dataset.h"

namespace bitstill {

/// `count` different rows out of 0 ... all − 1 (every row where there are no more), in an order that the seed draws: files are
/// often sorted by class, so the first rows do not stand for the whole set. Of two counts the smaller sample is the beginning
/// of the larger.
std::vector<std::uint32_t> sampledRows(std::size_t all, std::size_t count, std::uint64_t seed);

/// A copy of these rows of `samples`, which belong to `data`, with their labels.
Samples rowsOf(const Dataset& data, const Samples& samples, const std::vector<std::uint32_t>& rows);

/// The samples at sampledRows(): what stands for a whole set wherever a part of it must do.
Samples sampleOf(const Dataset& data, const Samples& samples, std::size_t count, std::uint64_t seed);

/// Tells sets of samples apart: FNV-1a, 64 bits, of the shape, the stored bytes or floats of every sample in order, and the labels. Equal
/// numbers are taken for the same samples; of other ones 2⁻⁶⁴ are equal by chance.
std::uint64_t fingerprintOf(const Dataset& data, const Samples& samples);

} // namespace bitstill
