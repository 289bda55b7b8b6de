#pragma once

#include "engine/models/network.h"
#include "engine/nn/evaluate.h"

#include <span>

namespace bitstill::foreign {

/// What is compared of two forms of a network: of a classifier its logits (what goes into a last Softmax or LogSoftmax, rounded or not), of
/// any other network all outputs, or evenly spaced ones where a sample has more than 16,384 numbers of them.
struct Question {
    std::vector<ValueId> values;
    /// One row of two or more numbers, of which the largest is the answer. Without a Softmax not where the input has that shape too: what
    /// gives back what it got is no classifier.
    bool classes = false;
};
Question questionOf(const Network& network);

/// The network with what the codes of its outputs stand for in their place.
Network withRealOutputs(Network network);

/// Evenly spaced ones of an array's numbers, the first among them: all where they are 16,384 or fewer.
std::vector<float> thinned(std::span<const float> numbers);
/// What `values` hold for one sample, each thinned, as one row.
std::vector<float> answerIn(const std::vector<Array>& values);

/// The question's values for all samples, by samples; the same bits for any number of threads. Throws Stopped when `keepGoing` says no.
Logits answersOf(const Network& network, const Question& question, const NamedArrays& inputs, ThreadPool& pool,
    const std::function<bool()>& keepGoing = {});

} // namespace bitstill::foreign
