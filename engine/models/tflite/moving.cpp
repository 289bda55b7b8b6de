// Operators that only move values.

#include "engine/models/tflite/operators.h"

#include <algorithm>

namespace bitstill::tflite {

namespace {

/// Before and after each dimension; empty when they are not constant or do not fit.
std::vector<std::int64_t> padsOf(const Step& step)
{
    const std::vector<std::int64_t> pads = step.integers(1);
    const bool fits = pads.size() == 2 * step.in(0).shape.size() && std::ranges::all_of(pads, [](std::int64_t p) { return p >= 0; });
    return fits ? pads : std::vector<std::int64_t>{};
}

/// Output dimension d is input dimension [d]; empty when it is no permutation.
std::vector<std::size_t> orderOf(const Step& step)
{
    const std::vector<std::int64_t> order = step.integers(1);
    const std::size_t rank = step.in(0).shape.size();
    std::vector<bool> seen(rank);
    for (const std::int64_t d : order) {
        if (d < 0 || d >= static_cast<std::int64_t>(rank) || seen[static_cast<std::size_t>(d)]) return {};
        seen[static_cast<std::size_t>(d)] = true;
    }
    return order.size() == rank ? std::vector<std::size_t>(order.begin(), order.end()) : std::vector<std::size_t>{};
}

std::size_t axisOf(const Step& step)
{
    const int axis = step.op.options.axis, rank = static_cast<int>(step.out().shape.size());
    return axis < -rank || axis >= rank ? step.out().shape.size() : static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

} // namespace

Text checkReshape(const Step& step)
{
    const TensorInfo &x = step.in(0), &y = step.out();
    if (elements(x.shape) != elements(y.shape)) return wrongShape(step);
    for (const TensorInfo* tensor : {&x, &y})
        if (const Text reason = checkFlowing(*tensor); !reason.empty()) return reason;
    return alike(x, y) ? Text{} : wrongTypes(step);
}

void runReshape(const Call& call) { std::ranges::copy(call.inputs[0], call.output.begin()); }

Text checkPad(const Step& step)
{
    const Shape &x = step.in(0).shape, &y = step.out().shape;
    const std::vector<std::int64_t> pads = padsOf(step);
    if (pads.empty()) return wrongOptions();
    if (x.size() != y.size()) return wrongShape(step);
    for (std::size_t d = 0; d < x.size(); ++d)
        if (x[d] + pads[2 * d] + pads[2 * d + 1] != y[d]) return wrongShape(step);
    return checkMoved(step, 0);
}

void runPad(const Call& call)
{
    const std::vector<std::int64_t> pads = padsOf(call);
    const Shape& shape = call.in(0).shape;
    const std::vector<std::size_t> from = stridesOf(shape), to = stridesOf(call.out().shape);
    std::ranges::fill(call.output, isCodes(call.out()) ? zeroPointOf(call.out()) : 0.0);
    for (std::size_t i = 0; i < call.inputs[0].size(); ++i) {
        std::size_t at = 0;
        for (std::size_t d = 0; d < shape.size(); ++d)
            at += (i / from[d] % static_cast<std::size_t>(shape[d]) + static_cast<std::size_t>(pads[2 * d])) * to[d];
        call.output[at] = call.inputs[0][i];
    }
}

Text checkConcatenation(const Step& step)
{
    const Shape& y = step.out().shape;
    const std::size_t axis = axisOf(step);
    if (axis >= y.size() || step.op.options.activation != Activation::none) return wrongOptions();
    std::int64_t together = 0;
    for (std::size_t i = 0; i < step.op.inputs.size(); ++i) {
        if (!step.has(i) || step.in(i).shape.size() != y.size()) return wrongShape(step);
        Shape same = step.in(i).shape;
        together += same[axis];
        same[axis] = y[axis];
        if (same != y) return wrongShape(step);
        if (const Text reason = checkMoved(step, i); !reason.empty()) return reason;
    }
    return together == y[axis] ? Text{} : wrongShape(step);
}

void runConcatenation(const Call& call)
{
    const std::size_t axis = axisOf(call);
    const Shape& y = call.out().shape;
    const std::size_t inner = stridesOf(y)[axis], whole = inner * static_cast<std::size_t>(y[axis]);
    std::size_t start = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        const std::size_t piece = inner * static_cast<std::size_t>(call.in(i).shape[axis]);
        for (std::size_t at = 0; piece * at < call.inputs[i].size(); ++at)
            std::ranges::copy(
                call.inputs[i].subspan(at * piece, piece), call.output.begin() + static_cast<std::ptrdiff_t>(at * whole + start));
        start += piece;
    }
}

Text checkTranspose(const Step& step)
{
    const Shape &x = step.in(0).shape, &y = step.out().shape;
    const std::vector<std::size_t> order = orderOf(step);
    if (order.empty() || y.size() != x.size()) return wrongOptions();
    for (std::size_t d = 0; d < order.size(); ++d)
        if (y[d] != x[order[d]]) return wrongShape(step);
    return checkMoved(step, 0);
}

void runTranspose(const Call& call)
{
    const std::vector<std::size_t> order = orderOf(call), from = stridesOf(call.in(0).shape), to = stridesOf(call.out().shape);
    for (std::size_t i = 0; i < call.output.size(); ++i) {
        std::size_t at = 0;
        for (std::size_t d = 0; d < order.size(); ++d) at += i / to[d] % static_cast<std::size_t>(call.out().shape[d]) * from[order[d]];
        call.output[i] = call.inputs[0][at];
    }
}

} // namespace bitstill::tflite
