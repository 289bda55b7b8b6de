#pragma once

#include "engine/models/shrink/answers.h"
#include "engine/models/shrink/quantize.h"

namespace bitstill::foreign {

/// How the answers of a network differ from those of the float one, sample by sample.
struct Deviation {
    std::vector<double> signal, noise; ///< Σ y², Σ (y − float)²
    std::vector<double> divergence; ///< of classifiers: KL(softmax(float) ‖ softmax(y)) in nat
    std::vector<char> same; ///< of classifiers: the same class

    explicit Deviation(std::size_t samples) : signal(samples), noise(samples), divergence(samples), same(samples) { }
    void compare(std::size_t sample, const float* floats, const float* found, std::size_t n, bool classes);
    /// Over all samples; infinite where nothing differs.
    double sqnrDb() const;
    double meanDivergence() const;
    /// What says how much a change hurts: of classifiers the KL, of others noise / signal.
    double damage(bool classes) const;
};

/// Each layer by itself: its weights rounded to each of `bits`, everything else float.
struct Sensitivity {
    std::vector<int> bits;
    std::vector<std::string> layers{};
    std::vector<std::vector<Deviation>> weights{}; ///< by layer, by bits
    std::vector<Deviation> inputs{}; ///< by layer: what flows into it rounded to options.activationBits, its weights float
    std::vector<double> seconds{}; ///< by node of quantizer.network(), for one sample: the median over the samples
};

/// Runs every sample once in float and then, for each layer, only what follows it. `options` say how weights are rounded; layers that share
/// one constant share its rounding. `progress` is told the share that is done every few samples, and may throw; Stopped is thrown soon
/// after `keepGoing` says no (it is asked from any thread). The same bits for any number of threads.
Sensitivity sensitivityOf(const Quantizer& quantizer, const QuantizationOptions& options, const std::vector<int>& bits,
    const NamedArrays& inputs, ThreadPool& pool, const std::function<void(double)>& progress = {},
    const std::function<bool()>& keepGoing = {});

} // namespace bitstill::foreign
