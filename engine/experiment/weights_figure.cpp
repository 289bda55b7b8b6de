#include "engine/experiment/weights_figure.h"

#include "engine/measure/histogram.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr std::size_t kBins = 192;
constexpr int kMostStems = 64;

struct Bins {
    double low, width;
    std::size_t count;
    std::optional<HistogramSeries::Codes> codes{}; ///< of rounded values
};

/// With one scale every bin holds the same number of levels, its ends halfway between two: bins of another width hold now one level
/// more, now one less, and draw a comb that is not in the numbers.
Bins binsFor(const QuantParameters& p, AxisRange range)
{
    const Bins even{range.low, (range.high - range.low) / kBins, kBins};
    if (p.scale.size() != 1 || p.range.codes() <= kMostStems) return even;
    const auto scale = static_cast<double>(p.scale[0]);
    const double width = std::ceil(even.width / scale) * scale, edge = (p.range.low - p.zeroPoint[0] - 0.5) * scale;
    const double before = std::ceil((edge - range.low) / width), low = edge - before * width, count = std::ceil((range.high - low) / width);
    if (!(count >= 1 && count <= kBins + 2 && std::abs(before) <= kBins + 2)) return even;
    const auto each = static_cast<int>(std::lround(width / scale)), first = p.range.low - static_cast<int>(before) * each;
    return {low, width, static_cast<std::size_t>(count), HistogramSeries::Codes{first, each, p.range.low, p.range.high}};
}

/// y, from the counts.
void setShares(HistogramSeries& s, double perBin)
{
    s.y.clear();
    for (const std::size_t n : s.counts)
        s.y.push_back(s.total > 0 ? perBin * (static_cast<double>(n) / static_cast<double>(s.total)) : 0.0);
}

HistogramSeries area(Text name, Role role, const Tensor& values, const Bins& bins, double perBin)
{
    HistogramSeries s{std::move(name), role, HistogramSeries::Style::Area, bins.low, bins.width, {}};
    const double high = bins.low + static_cast<double>(bins.count) * bins.width;
    s.counts = histogramCounts(values.data(), values.size(), bins.low, high, bins.count);
    s.total = values.size();
    setShares(s, perBin);
    return s;
}

/// Share of the values on each level of a tensor with one scale.
HistogramSeries stems(const Tensor& after, const QuantParameters& p)
{
    const auto scale = static_cast<double>(p.scale[0]);
    HistogramSeries s{text("after"), Role::After, HistogramSeries::Style::Stems, (p.range.low - p.zeroPoint[0]) * scale, scale, {}};
    s.counts.assign(static_cast<std::size_t>(p.range.codes()), 0);
    s.total = after.size();
    s.codes = {.first = p.range.low, .each = 1, .lowest = p.range.low, .highest = p.range.high};
    for (const float v : after) {
        const long code = std::lround(static_cast<double>(v) / scale) + p.zeroPoint[0] - p.range.low;
        ++s.counts[static_cast<std::size_t>(std::clamp<long>(code, 0, p.range.codes() - 1))];
    }
    setShares(s, 1);
    return s;
}

} // namespace

Histogram beforeAfterHistogram(const Tensor& before, const Tensor& after, const QuantParameters& p, AxisRange range)
{
    Histogram h;
    h.x = {.title = text("value"), .range = range};
    const Bins bins = binsFor(p, range);
    const bool onLevels = p.scale.size() == 1 && p.range.codes() <= kMostStems; // no scale: binned
    // Bins as wide as a step would make before and after the same by definition of rounding: finer ones, scaled to a step.
    const double perBin = onLevels ? static_cast<double>(p.scale[0]) / bins.width : 1;
    // A density: weights that crowd in less than a step make it more than 1.
    h.y = {.title = onLevels ? text("density per step") : text("share of weights per bin"), .percent = !onLevels};
    h.series.push_back(area(text("before"), Role::Before, before, bins, perBin));
    h.series.push_back(onLevels ? stems(after, p) : area(text("after"), Role::After, after, bins, perBin));
    if (!onLevels) h.series.back().codes = bins.codes;
    h.ofWeights = true;
    return h;
}

AxisRange symmetricRange(const std::vector<const Tensor*>& tensors)
{
    double largest = 0;
    for (const Tensor* t : tensors)
        for (const float v : *t) largest = std::max(largest, static_cast<double>(std::abs(v)));
    if (!(largest > 0) || !std::isfinite(largest)) largest = 1;
    return {-1.05 * largest, 1.05 * largest};
}

} // namespace bitstill
