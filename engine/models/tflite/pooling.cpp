#include "engine/models/tflite/operators.h"
#include "engine/models/tflite/rounding.h"
#include "engine/models/tflite/windows.h"

#include <algorithm>
#include <limits>

namespace bitstill::tflite {

namespace {

Steps stepsOf(const Step& step, std::size_t dimension)
{
    const OperatorOptions& o = step.op.options;
    return Steps::of(step.in(0).shape[1 + dimension], o.window[dimension], o.stride[dimension], 1, o.same);
}

/// `take(value, result)` for the values of each window, then `end(result, how many there were)`; padding is no value.
template <class Take, class End> void pool(const Call& call, double start, const Take& take, const End& end)
{
    const Steps rows = stepsOf(call, 0), columns = stepsOf(call, 1);
    const auto channels = static_cast<std::size_t>(call.in(0).shape[3]);
    const std::vector<std::size_t> strides = stridesOf(call.in(0).shape);
    double* to = call.output.data();
    for (std::size_t n = 0; n < static_cast<std::size_t>(call.in(0).shape[0]); ++n)
        for (std::int64_t oy = 0; oy < rows.outputs; ++oy)
            for (std::int64_t ox = 0; ox < columns.outputs; ++ox, to += channels) {
                std::fill_n(to, channels, start);
                for (std::int64_t ky = rows.first(oy); ky < rows.last(oy); ++ky)
                    for (std::int64_t kx = columns.first(ox); kx < columns.last(ox); ++kx) {
                        const double* from = &call.inputs[0][n * strides[0] + static_cast<std::size_t>(rows.at(oy, ky)) * strides[1]
                            + static_cast<std::size_t>(columns.at(ox, kx)) * strides[2]];
                        for (std::size_t c = 0; c < channels; ++c) take(from[c], to[c]);
                    }
                const std::int64_t count = (rows.last(oy) - rows.first(oy)) * (columns.last(ox) - columns.first(ox));
                for (std::size_t c = 0; c < channels; ++c) end(to[c], static_cast<double>(count));
            }
}

/// Which dimensions MEAN goes over; empty when its axes are no constants or none of the tensor's.
std::vector<bool> meansOver(const Step& step)
{
    const auto rank = static_cast<std::int64_t>(step.in(0).shape.size());
    const std::vector<std::int64_t> axes = step.integers(1);
    std::vector<bool> over(static_cast<std::size_t>(rank));
    for (const std::int64_t axis : axes) {
        if (axis < -rank || axis >= rank) return {};
        over[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
    }
    return axes.empty() ? std::vector<bool>{} : over;
}

} // namespace

Text checkPool(const Step& step)
{
    const Shape &x = step.in(0).shape, &y = step.out().shape;
    if (x.size() != 4 || y.size() != 4 || elements(x) == 0) return wrongShape(step);
    const Steps rows = stepsOf(step, 0), columns = stepsOf(step, 1);
    if (rows.outputs < 1 || columns.outputs < 1 || !isComputed(step.op.options.activation)) return wrongOptions();
    if (y[0] != x[0] || y[1] != rows.outputs || y[2] != columns.outputs || y[3] != x[3]) return wrongShape(step);
    if (operatorName(step.op.code) == "MAX_POOL_2D") return checkMoved(step, 0);
    // Scales that differ are no reason: LiteRT averages the codes whatever they stand for (notes.cpp says so).
    if (const Text reason = checkFlowing(step.in(0)); !reason.empty()) return reason;
    if (const Text reason = checkFlowing(step.out()); !reason.empty()) return reason;
    return alike(step.in(0), step.out()) ? Text{} : wrongTypes(step);
}

double workOfPool(const Step& step)
{
    const OperatorOptions& o = step.op.options;
    return static_cast<double>(elements(step.out().shape)) * o.window[0] * o.window[1];
}

void runAveragePool(const Call& call)
{
    const Range range = rangeOf(call.op.options.activation, call.out());
    const bool codes = isCodes(call.in(0));
    pool(
        call, 0, [](double value, double& sum) { sum += value; },
        [&](double& sum, double count) { sum = range.clamp(codes ? awayFromZero(sum / count) : sum / count); });
}

void runMaxPool(const Call& call)
{
    const Range range = rangeOf(call.op.options.activation, call.out());
    pool(
        call, -std::numeric_limits<double>::infinity(), [](double value, double& most) { most = value > most ? value : most; },
        [&](double& most, double) { most = range.clamp(most); });
}

Text checkMean(const Step& step)
{
    const TensorInfo &x = step.in(0), &y = step.out();
    if (const Text reason = checkFlowing(x); !reason.empty()) return reason;
    if (const Text reason = checkFlowing(y); !reason.empty()) return reason;
    if (!alike(x, y)) return wrongTypes(step);
    const std::vector<bool> over = meansOver(step);
    if (over.empty() || elements(x.shape) == 0) return wrongOptions();
    Shape expected;
    for (std::size_t d = 0; d < over.size(); ++d)
        if (!over[d] || step.op.options.keepDimensions) expected.push_back(over[d] ? 1 : x.shape[d]);
    return expected == y.shape ? Text{} : wrongShape(step);
}

void runMean(const Call& call)
{
    const Shape& shape = call.in(0).shape;
    const std::vector<bool> over = meansOver(call);
    const std::vector<std::size_t> strides = stridesOf(shape);
    Shape kept = shape;
    for (std::size_t d = 0; d < over.size(); ++d)
        if (over[d]) kept[d] = 1;
    const std::vector<std::size_t> keptStrides = stridesOf(kept);
    std::ranges::fill(call.output, 0);
    for (std::size_t i = 0; i < call.inputs[0].size(); ++i) {
        std::size_t to = 0;
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (!over[d]) to += i / strides[d] % static_cast<std::size_t>(shape[d]) * keptStrides[d];
        call.output[to] += call.inputs[0][i];
    }
    const double count = static_cast<double>(elements(shape)) / static_cast<double>(call.output.size());
    const bool codes = isCodes(call.in(0));
    for (double& sum : call.output) {
        if (codes)
            sum = codesOf(call.out())
                      .clamp(toEven((sum - count * zeroPointOf(call.in(0))) * scaleOf(call.in(0)) / (scaleOf(call.out()) * count)
                          + zeroPointOf(call.out())));
        else
            sum /= count;
    }
}

} // namespace bitstill::tflite
