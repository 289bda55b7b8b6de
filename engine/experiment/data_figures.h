#pragma once

#include "engine/data/data_facts.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// What is in a data set: counts and copies ("data.facts"), samples of each class ("data.samples"), samples per class ("data.classes") and,
/// of a table, its columns ("data.columns"). The seed draws the samples.
std::vector<Figure> figuresOf(const Dataset& data, const DataFacts& facts, std::uint64_t seed);

} // namespace bitstill
