#pragma once

#include "engine/quant/quantized_network.h"

namespace bitstill {

/// Cross-layer equalization (Nagel et al. 2019): for layers in a row, output channel c of the first is divided by
/// s_c = sqrt(r1_c / r2_c) and what reads it multiplied, r the largest magnitudes of the channel in both; repeated until the
/// ranges stay. In float the network computes the same, except that ReLU6, which does not scale, becomes ReLU.
/// The graph must have BatchNorm folded in; only layers with no other reader in between take part.
Graph equalize(const Graph& folded);

/// Bias correction (Nagel et al. 2019, empirical): layer by layer, the bias takes back what rounding moved the mean of each output
/// channel by, E[W·x] − E[Ŵ·x̂], over a sample of the training set (sampleOf). Means of linear layers need only the mean input.
void correctBias(QuantizedNetwork& network, const Dataset& data, std::size_t samples, ThreadPool& pool, std::uint64_t seed = 1);

/// Better ranges for symmetric weights: layer by layer the share of the full range, 1, 0.9 ... 0.3, with which the network's answers to a
/// sample of the training set are nearest to the float network's (least KL, with the shares found so far). The least squared
/// error of the weights, and even of the layer's outputs, clips too much at few bits: rounding errors cancel over a sum, a clipped
/// weight errs the same way for every sample and layers add to it. Returns scales by layer name, for quantize(); leaves the network as
/// its options say. The same bits for any number of threads. Throws Stopped.
std::map<std::string, std::vector<float>> fitWeightScales(QuantizedNetwork& network, const Dataset& data, std::size_t samples,
    std::uint64_t seed, ThreadPool& pool, const std::function<bool()>& keepGoing = {});

struct AdaRoundOptions {
    std::size_t samples = 256; ///< of the training set (sampleOf), whose inputs the rounding is fitted to
    std::uint64_t seed = 1; ///< of the sample
    int iterations = 400;
    double learningRate = 0.1; ///< of Adam, on the rounding variables
    double regularization = 1; ///< λ, against a loss in units of one input; β falls from 20 to 2 after a fifth of the iterations
};

/// AdaRound (Nagel et al. 2020): each weight goes up or down, whichever keeps the layer's outputs, min ‖(Ŵ − W)·x̂‖², by
/// gradient descent on h(V) = clip(1.2·σ(V) − 0.1, 0, 1) with a term that drives h to 0 or 1. Layer by layer, on the inputs that
/// the quantized network has there. The same bits for any number of threads. Throws Stopped.
void adaRound(QuantizedNetwork& network, const Dataset& data, const AdaRoundOptions& options, ThreadPool& pool,
    const std::function<bool()>& keepGoing = {});

} // namespace bitstill
