#pragma once

#include "engine/experiment/results.h"
#include "engine/experiment/stairs.h"
#include "engine/quant/aciq.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <functional>
#include <memory>
#include <optional>

/// What number-line computes, and the figures that are drawn from it.
namespace bitstill::number_line {

/// Numbers, and what can be said of them before it is known how they are rounded.
struct Numbers {
    Tensor values{};
    Range range{};
    std::vector<std::unique_ptr<Observer>> watchers{}; ///< by observers(): each has seen them all
    std::vector<double> formatSqnr{}; ///< by numberFormats(), in dB

    std::size_t count() const { return values.size(); }
};
/// `stopping` is asked between pieces of work; Stopped is thrown when it says so.
Numbers watched(Tensor values, const std::function<bool()>& stopping);

/// How they are rounded.
struct Way {
    int bits = 4;
    Scheme scheme = Scheme::Symmetric;
    Range range{};
    const NumberFormat* format = nullptr; ///< instead of integers
};

QuantParameters parametersFor(const Numbers& numbers, const Way& way, int bits);

/// The numbers, rounded.
struct Result {
    Way way{};
    QuantParameters parameters{}; ///< of integers
    Tensor rounded{};
    double sqnr = 0, rmse = 0, bitsPerNumber = 0;
    double clipped = 0; ///< share of the numbers
    std::int64_t used = 0; ///< different values

    double scale() const { return static_cast<double>(parameters.scale[0]); }
};
Result roundedBy(const Numbers& numbers, const Way& way);
/// y(x) over the range of the numbers.
Stairs stairsOf(const Numbers& numbers, const Result& result);

/// dB for 2, 3, ... 8 bits, NaN where nothing is left.
std::vector<double> sqnrByBits(const Numbers& numbers, const Way& way);
/// What 8 bits would leave if nothing were clipped, in dB.
double roundingAlone(const Numbers& numbers, const Way& way);

/// The ends of ranges that one could choose.
struct Lines {
    std::vector<std::pair<std::size_t, Range>> observers; ///< what those of observers() choose
    std::optional<AciqClips> theory; ///< for normal and for Laplace numbers with this deviation
    std::optional<double> byHand; ///< share of the full range, where it is chosen so
};

Metrics metricsOf(const Result& result);
Figure histogramFigure(const Numbers& numbers, const Result& result, const Lines& lines);
Figure readoutFigure(const Result& result);
Figure staircaseFigure(const Numbers& numbers, const Stairs& stairs);
Figure errorFigure(const Numbers& numbers, const Result& result, const Stairs& stairs);
Figure sqnrFigure(const std::vector<double>& byBits, double roundingAlone, int chosen);

} // namespace bitstill::number_line
