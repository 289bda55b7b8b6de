#pragma once

#include "engine/experiment/figure.h"
#include "engine/measure/interval.h"
#include "engine/store/history.h"

namespace bitstill {

/// What a network costs, as runs note it beside its accuracy.
struct Cost {
    std::string id; ///< "latency"
    std::string metric; ///< the last part of the metric's name: "latency_us"
    Axis axis;
    double unit = 1; ///< what a noted value is divided by
};
/// Bytes, latency, bytes moved and bit operations, in the order in which they are offered.
const std::vector<Cost>& costs();
/// Throws Error for an id that none has.
const Cost& costOf(const std::string& id);

/// One network of a run: how accurate it is, and what it costs.
struct TriedDot {
    RunId run = 0; ///< the newest that found exactly this; 0: none, it was measured by a search
    std::string network{}; ///< "static.b3", as its metrics begin
    Text settings{}; ///< those that differ among the runs: "Bits 3, Seed 2"
    Interval accuracy{}; ///< with Wilson's interval of the test samples; `samples` is 0 where the run did not note how many there were
    double cost = 0; ///< as noted
    std::size_t runs = 1; ///< that found exactly this
    Values touched{}; ///< the settings that were changed for it after the run's end; empty: it is what the run ended with
};

/// Which runs; what is empty, or no run has any more, is chosen.
struct TriedChoice {
    std::string experiment{}; ///< else that of the newest run that has an accuracy and a cost
    std::string data{}; ///< one of Tried::dataSets; else that of the newest run
    std::string cost{}; ///< Cost::id; else the first that a run has
};

/// The settings that a run had at its end, complete: its spec, which is how it began, and what was changed since. Throws Error where
/// the spec cannot be read.
Spec settingsAtEnd(History& history, const HistoryEntry& run);

/// What a change of live fields after a run's end came to: the networks whose accuracy or cost is another now, and the settings that are no
/// longer as `run` ended. `before` and `after`: the record before that change, and when it had been answered. Nothing where all
/// is as it was.
std::optional<TouchedSettings> touchedBy(const Record& run, const Record& before, const Record& after);

/// What was tried: finished runs of one experiment, tested on the same kind of data, and what was touched after their end, since accuracies
/// on different data say nothing about networks.
struct Tried {
    TriedChoice chosen{};
    std::vector<std::string> experiments{}, dataSets{}, costs{}; ///< that can be chosen, data sets and costs among runs of `chosen`
    std::vector<TriedDot> dots{}; ///< newest first
    std::vector<RunId> runs{}; ///< that they are of, newest first
};
/// Empty where no run has an accuracy and a cost. Throws Error for a cost that there is not, and as History does.
Tried triedOf(History& history, const TriedChoice& choice = {});

/// The dots that no other dot beats: none that costs at most as much is as accurate. By cost; of equals, the first.
std::vector<std::size_t> frontierOf(const std::vector<TriedDot>& dots);

/// At most as many dots as this are drawn: the frontier, and the newest others.
inline constexpr std::size_t kMostDots = 500;

struct TriedFigure {
    Figure figure{};
    std::vector<std::size_t> leads{}; ///< by place: which of the dots it is
};
/// "tried.map", accuracy against cost with the frontier as stairs, and "tried.frontier", a table. None without dots.
std::vector<TriedFigure> figuresOf(const Tried& tried);

} // namespace bitstill
