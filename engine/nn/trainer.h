#pragma once

#include "engine/data/dataset.h"
#include "engine/nn/optimizer.h"
#include "engine/nn/pass.h"
#include "engine/nn/schedule.h"

namespace bitstill {

/// The loss of one sample, by its place in data.train: returns it and writes its gradient with respect to the logits (not yet divided by
/// the batch). Called for several samples at the same time.
using SampleLoss = std::function<double(std::uint32_t sample, const float* logits, std::size_t classes, float* gradient)>;

struct TrainOptions {
    int epochs = 5;
    int batch = 128;
    std::uint64_t seed = 1;
    OptimizerOptions optimizer{.momentum = 0.9, .weightDecay = 1e-4};
    Schedule schedule{};
    std::vector<std::uint32_t> subset{}; ///< samples to train on; empty: all
    SampleLoss loss{}; ///< empty: cross-entropy with the labels
};

/// One finished step, as the observer sees it. `loss` is the batch's mean, before the step.
struct StepReport {
    long step = 0; ///< counted from 1
    long steps = 0;
    int epoch = 0; ///< counted from 0
    bool epochEnds = false;
    double loss = 0;
    double accuracy = 0; ///< of the batch, before the step
    double learningRate = 0;
};

enum class TrainOutcome { Finished, Stopped, Diverged };

/// Called after each step; false stops the training.
using StepObserver = std::function<bool(const StepReport&)>;

/// Trains `graph` on data.train (or the subset), shuffled anew each epoch from stream "shuffle". The last, smaller batch of an epoch
/// counts too. Diverged when a loss is not finite; the network is then as that step left it.
TrainOutcome train(Graph& graph, const Dataset& data, const TrainOptions& options, ThreadPool& pool, const StepObserver& observer);

} // namespace bitstill
