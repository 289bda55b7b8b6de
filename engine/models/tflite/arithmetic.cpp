// ADD, SUB and MUL of two operands that are broadcast to one shape.

#include "engine/models/tflite/operators.h"
#include "engine/models/tflite/rounding.h"

#include <algorithm>
#include <cmath>

namespace bitstill::tflite {

namespace {

/// The operand's stride in each dimension of `shape`, 0 where it is broadcast; empty when it does not fit.
std::vector<std::size_t> broadcast(const Shape& operand, const Shape& shape)
{
    if (operand.size() > shape.size()) return {};
    const std::size_t missing = shape.size() - operand.size();
    const std::vector<std::size_t> own = stridesOf(operand);
    std::vector<std::size_t> strides(shape.size() + 1, 0); // one more, so that a scalar's are not empty
    for (std::size_t d = 0; d < operand.size(); ++d) {
        if (operand[d] != 1 && operand[d] != shape[missing + d]) return {};
        strides[missing + d] = operand[d] == 1 ? 0 : own[d];
    }
    return strides;
}

std::size_t indexOf(std::size_t i, const Shape& shape, const std::vector<std::size_t>& strides)
{
    std::size_t at = 0;
    for (std::size_t d = shape.size(); d-- > 0; i /= static_cast<std::size_t>(shape[d]))
        at += i % static_cast<std::size_t>(shape[d]) * strides[d];
    return at;
}

bool fits(const Shape& a, const Shape& b, const Shape& y)
{
    if (broadcast(a, y).empty() || broadcast(b, y).empty() || std::max(a.size(), b.size()) != y.size()) return false;
    const auto fromEnd = [](const Shape& shape, std::size_t d) { return d <= shape.size() ? shape[shape.size() - d] : 1; };
    for (std::size_t d = 1; d <= y.size(); ++d)
        if (fromEnd(y, d) != 1 && fromEnd(a, d) == 1 && fromEnd(b, d) == 1) return false;
    return true;
}

struct Ratios {
    double left = 1, right = 1; ///< what one step of an operand is in steps of the output
};

/// Of sums, as LiteRT has them: multiples of one power of two, of which the larger takes 21 bits. Where that is too coarse for the smaller
/// one it computes in another way, which is exact as far as is seen.
Ratios ratiosOf(const Step& step)
{
    const float output = step.out().quantization.scale[0];
    const float left = step.in(0).quantization.scale[0] / output, right = step.in(1).quantization.scale[0] / output;
    if (std::min(left, right) < 0x1p-10f || std::max(left, right) >= 0x1p8f)
        return {scaleOf(step.in(0)) / scaleOf(step.out()), scaleOf(step.in(1)) / scaleOf(step.out())};
    const int shift = 20 - std::ilogb(std::max(left, right));
    const auto rounded = [&](float ratio) { return std::ldexp(toEven(std::ldexp(static_cast<double>(ratio), shift)), -shift); };
    return {rounded(left), rounded(right)};
}

} // namespace

Text checkArithmetic(const Step& step)
{
    const TensorInfo &a = step.in(0), &b = step.in(1), &y = step.out();
    for (const TensorInfo* tensor : {&a, &b, &y})
        if (const Text reason = checkFlowing(*tensor); !reason.empty()) return reason;
    if (!alike(a, b) || !alike(a, y)) return wrongTypes(step);
    if (!fits(a.shape, b.shape, y.shape)) return wrongShape(step);
    return isComputed(step.op.options.activation) ? Text{} : wrongOptions();
}

void runArithmetic(const Call& call)
{
    const TensorInfo &a = call.in(0), &b = call.in(1), &y = call.out();
    const bool codes = isCodes(y);
    const std::vector<double> left = centred(call.inputs[0], a), right = centred(call.inputs[1], b);
    const std::vector<std::size_t> leftStrides = broadcast(a.shape, y.shape), rightStrides = broadcast(b.shape, y.shape);
    const Range range = rangeOf(call.op.options.activation, y);
    const std::string_view name = operatorName(call.op.code);
    const bool product = name == "MUL";
    const Ratios ratios = codes && !product ? ratiosOf(call) : Ratios{};
    const double sign = name == "SUB" ? -1 : 1, factor = codes ? scaleOf(a) * scaleOf(b) / scaleOf(y) : 1,
                 zero = codes ? zeroPointOf(y) : 0;
    for (std::size_t i = 0; i < call.output.size(); ++i) {
        const double l = left[indexOf(i, y.shape, leftStrides)], r = right[indexOf(i, y.shape, rightStrides)];
        const double real = product ? l * r * factor : l * ratios.left + sign * (r * ratios.right);
        call.output[i] = range.clamp(!codes ? real : (product ? toEven(real) : up(real)) + zero);
    }
}

} // namespace bitstill::tflite
