#pragma once

#include "engine/experiment/trained_network.h"
#include "engine/store/tried.h"

#include <functional>

namespace bitstill {

class ThreadPool;

/// What is wanted of a quantized network.
struct Budget {
    std::int64_t bytes = 0; ///< the most accurate one of at most so many bytes; 0: the smallest that loses at most `points`
    double points = 1; ///< of accuracy, against the float network on the same samples
};

/// One way to quantize, measured on the whole test set.
struct SearchStep {
    Values set{}; ///< the settings of before-after that do it
    TriedDot dot{}; ///< without a run
    Interval change{}; ///< accuracy less that of the float network, paired
};

struct SearchResult {
    std::vector<SearchStep> steps{}; ///< measured, the smallest network first
    std::optional<std::size_t> answer{}; ///< of `steps`; none: nothing in the plan keeps to the budget
};

/// Is a change of accuracy a loss of at most so many points? A loss of just as many is.
bool losesAtMost(const Interval& change, double points);

/// The settings that do it in a run whose others are `spec`.
Spec specOf(const SearchStep& step, Spec spec);

/// A run's network, to be searched.
struct RunToSearch {
    Spec spec{}; ///< complete
    std::map<std::string, Tensor> tensors{};
};
/// Of the first of these runs that has kept its network ("float32"). Throws Error where none has, and as History does.
RunToSearch runToSearch(History& history, const std::vector<RunId>& runs);

/// Quantizes the network that a run of before-after has kept ("float32") in the ways of a fixed plan, 2 to 8 bits × granularity × observer,
/// and measures them, the smallest first, until the budget is answered: all that fit into the bytes, or up to the first that loses no more
/// than the points. `seen` is told each step and the share of the plan that is done. The same bits for any number of threads. Throws Error
/// for a network of another experiment, Stopped when `keepGoing` says no.
SearchResult findWithin(TrainedNetwork& network, const Budget& budget, ThreadPool& pool, const std::function<bool()>& keepGoing = {},
    const std::function<void(const SearchStep&, double)>& seen = {});

/// What was found, in a sentence.
Text sentenceOf(const SearchResult& result, const Budget& budget);

} // namespace bitstill
