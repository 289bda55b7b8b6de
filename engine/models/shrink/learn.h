#pragma once

#include "engine/distill/method.h"
#include "engine/models/shrink/quantize.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"

namespace bitstill::foreign {

/// What a rounded network learns from: samples and what the float network says of them.
struct Lessons {
    Dataset data{}; ///< its training samples; labels where somebody knows them, else the float network's choice
    Logits teacher{}; ///< of each
    std::vector<char> labelled{}; ///< by sample: the label is known
};

/// Asks the float network, which may be prepared(). `labels` may be empty, or −1 for samples of which nobody knows it. Throws what
/// Trainable throws, and Stopped when `keepGoing` says no.
Lessons lessonsFrom(const Network& floats, const NamedArrays& inputs, const std::vector<std::int32_t>& labels, ThreadPool& pool,
    const std::function<bool()>& keepGoing = {});

struct LearnOptions {
    int epochs = 10;
    int batch = 32;
    double learningRate = 2e-3; ///< in shares, see OptimizerOptions::relative
    std::uint64_t seed = 1;
    DistillSettings distill{};
};

/// Quantization-aware training with learned steps (LSQ, Esser et al. 2020), from the codes, steps and biases that the network has: loss as
/// bitstill::lossOf() with T²·KL from the float network, moved by Adam. Afterwards the network has what was learned: weights, biases, their
/// steps and those of what flows; zero points stay. `options` are those that it was quantized with; weights of affine codes follow their
/// range. The same bits for any number of threads. Where `observer` says no or throws Stopped, the network has what was learned by then;
/// where the training diverged it is as it was. Throws what Trainable throws.
TrainOutcome learn(Quantized& quantized, const QuantizationOptions& options, const Lessons& lessons, const LearnOptions& how,
    ThreadPool& pool, const StepObserver& observer);

} // namespace bitstill::foreign
