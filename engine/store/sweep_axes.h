#pragma once

#include "engine/experiment/catalogue.h"
#include "engine/experiment/field.h"

#include <cstdint>

namespace bitstill {

/// Fields that vary together: one of them, or several that change hand in hand.
struct SweepAxis {
    std::vector<std::string> keys;
    std::vector<std::vector<Value>> rows; ///< for each point of the axis a value for each key
    bool operator==(const SweepAxis&) const = default;
};

/// How many values one axis may have, and how many specs a sweep.
inline constexpr std::size_t kMostAxisValues = 10'000, kMostSpecs = 100'000;

/// "quant.bits=2,3,8", "quant.bits=2..8" (both ends belong to it), "distill.temperature=1..4/0.5" (the step),
/// "train.learning_rate=0.001..0.1@5log" (5 points, ends included, evenly spaced in the logarithm, rounded to 6 digits), or several of
/// these with commas between. What is wrong with it is added to `problems`.
SweepAxis gridAxis(const ExperimentInfo& info, const std::string& text, std::vector<Problem>& problems);
/// "model.name,train.epochs=mlp-16:4,mlp-32:8": the first value of each key together, then the second of each.
SweepAxis zipAxis(const ExperimentInfo& info, const std::string& text, std::vector<Problem>& problems);
/// "1..5" or "1,4,7", whole numbers from 0 to 2^53.
std::vector<std::uint64_t> sweepSeeds(const std::string& text, std::vector<Problem>& problems);

} // namespace bitstill
