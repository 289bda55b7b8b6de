#pragma once

#include "engine/experiment/results.h"
#include "engine/quant/aware.h"

/// What inside-qat measures, and the figures that are drawn from it.
namespace bitstill::inside_qat {

inline constexpr int kMemory = 50; ///< steps within which a code that comes back counts as oscillating

/// What the codes of one layer did so far.
struct CodeHistory {
    std::vector<std::int32_t> codes{};
    std::vector<long> changed{}; ///< step of the last change
    std::vector<signed char> direction{}; ///< of the last change

    CodeHistory() = default;
    explicit CodeHistory(std::vector<std::int32_t> first);
};

struct CodeChanges {
    std::size_t changed = 0, returned = 0; ///< returned: in the other direction than the last change, which is no longer ago than kMemory
};
/// The codes after this step take the place of those before, which come back in `fresh`.
CodeChanges takeCodes(CodeHistory& history, std::vector<std::int32_t>& fresh, long step);

/// One layer under the eye.
struct Watch {
    AwareLayer layer;
    CodeHistory history;
    std::vector<std::int32_t> fresh;
    std::vector<double> step{}; ///< step size relative to its start, by look
    float firstStep = 0;
};

/// A single weight, by step.
struct Trail {
    std::size_t index = 0;
    int changes = 0; ///< of its code
    std::vector<double> shadow{}, used{};
};

/// Simulated in float and really converted.
struct Gap {
    int epoch = 0;
    double simulated = 0, real = 0, agreement = 0;
    std::vector<char> correct{}; ///< the converted one, by test sample
};

struct Result {
    int bits = 8;
    double exact = 0; ///< accuracy of the float network
    std::vector<Watch> watches{}; ///< by layer
    std::vector<Trail> trails{}; ///< of the first layer
    std::vector<double> steps{}, changed{}, returned{}; ///< by step: shares of all weights
    std::vector<Gap> gaps{}; ///< by epoch
};

/// The weights that lie nearest to the border between two codes, at most `most`.
std::vector<Trail> nearestToBorders(const Tensor& weights, const QuantParameters& parameters, std::size_t most);

/// What the straight-through estimator makes of the staircase: its line has the slope that is passed on.
struct Staircase {
    std::vector<double> x, y, seen;
};
Staircase staircaseOf(int bits, float scale);

Metrics metricsOf(const Result& result);
/// With the weights of one layer, counted from 0.
std::vector<Figure> figuresOf(const Result& result, std::size_t layer, AwareMethod method);

} // namespace bitstill::inside_qat
