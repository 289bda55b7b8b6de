#pragma once

#include "engine/experiment/results.h"
#include "engine/measure/interval.h"

#include <array>
#include <optional>

/// What four-ways measures, and the figures that are drawn from it.
namespace bitstill::four_ways {

inline constexpr int kBatches[] = {1, 32, 256};
/// Microseconds a batch, by kBatches.
using Latency = std::array<double, std::size(kBatches)>;

enum class Method { Float, Dynamic, Static, Aware };

/// One way to run the network, measured.
struct Way {
    Method method = Method::Float;
    int bits = 32;
    std::vector<char> correct{}; ///< by test sample
    double agreement = 1, divergence = 0; ///< with the float network it came from
    std::int64_t bytes = 0, moved = 0, operations = 0; ///< operations: QuantizedNetwork::quantizedBitOperations
    std::optional<Latency> latency{};
};

/// Test accuracy on the way of a training.
struct Lane {
    enum class Kind { Float, Longer, Aware };
    Kind kind = Kind::Float;
    int bits = 32; ///< aware
    std::vector<double> epochs{}, accuracies{};
};

struct Result {
    double epochs = 0; ///< of the whole race
    std::size_t raceSamples = 0, testSamples = 0;
    std::vector<Lane> race{};
    std::vector<Way> ways{}; ///< float first
    double simulated = 0; ///< accuracy of the float simulation of the static 8-bit network
    double longer = 0; ///< accuracy in float after as many epochs as aware training has; 0: not yet

    const Way& exact() const { return ways.front(); }
    /// Null when it has not been measured (yet).
    const Way* find(Method method, int bits) const;
};

/// The batches at which the integers take less time than float.
std::vector<int> fasterBatches(const Way& exact, const Way& integers);

Metrics metricsOf(const Result& result);
Figure raceFigure(const Result& result);
/// All that there is to show so far, but for the race.
std::vector<Figure> figuresOf(const Result& result);

} // namespace bitstill::four_ways
