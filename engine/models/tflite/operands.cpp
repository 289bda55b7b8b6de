#include "engine/models/tflite/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill::tflite {

std::vector<std::int64_t> Step::integers(std::size_t i) const
{
    if (!has(i) || !in(i).isConstant() || in(i).isSparse) return {};
    const Array constant = model.constant(op.inputs[i]);
    if (const auto* narrow = std::get_if<std::vector<std::int32_t>>(&constant.values)) return {narrow->begin(), narrow->end()};
    if (const auto* wide = std::get_if<std::vector<std::int64_t>>(&constant.values)) return *wide;
    return {};
}

bool isCodes(const TensorInfo& tensor) { return tensor.type == "I8" || tensor.type == "U8"; }

Text checkFlowing(const TensorInfo& tensor)
{
    if (tensor.type == "F32") return {};
    if (!isCodes(tensor)) return text("values of type %1 (%2) are not computed with", tensor.type, tensor.name);
    const Quantization& q = tensor.quantization;
    const Range codes = codesOf(tensor);
    const auto isCode = [&](std::int64_t zero) {
        return static_cast<double>(zero) >= codes.low && static_cast<double>(zero) <= codes.high;
    };
    if (q.scale.size() != 1 || !(q.scale[0] > 0) || !isCode(q.zeroPoint[0]))
        return text("%1 has no scale and zero point that its codes could be read by", tensor.name);
    return {};
}

bool alike(const TensorInfo& a, const TensorInfo& b) { return a.type == b.type; }

bool sameScale(const TensorInfo& a, const TensorInfo& b)
{
    return a.type == "F32" || (a.quantization.scale == b.quantization.scale && a.quantization.zeroPoint == b.quantization.zeroPoint);
}

Text wrongTypes(const Step& step)
{
    std::vector<std::string> types;
    for (std::size_t i = 0; i < step.op.inputs.size(); ++i)
        if (step.has(i)) types.push_back(step.in(i).type);
    return text("operands of types %1 with an output of type %2 are not computed with", joined(types), step.out().type);
}

Text wrongShape(const Step& step)
{
    std::vector<std::string> shapes;
    for (std::size_t i = 0; i < step.op.inputs.size(); ++i)
        if (step.has(i)) shapes.push_back(describe(step.in(i).shape));
    return text("operands of shapes %1 do not give an output of shape %2", joined(shapes), describe(step.out().shape));
}

Text wrongOptions() { return text("its options make no sense"); }

Text checkMoved(const Step& step, std::size_t input)
{
    if (const Text reason = checkFlowing(step.in(input)); !reason.empty()) return reason;
    if (const Text reason = checkFlowing(step.out()); !reason.empty()) return reason;
    if (!alike(step.in(input), step.out())) return wrongTypes(step);
    if (!sameScale(step.in(input), step.out())) return text("its operands and its output have different scales, which LiteRT refuses");
    return {};
}

bool isComputed(Activation activation) { return activation >= Activation::none && activation <= Activation::relu6; }

Range codesOf(const TensorInfo& tensor) { return tensor.type == "U8" ? Range{0, 255} : Range{-128, 127}; }

Range rangeOf(Activation activation, const TensorInfo& output)
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Range real{-kInfinity, kInfinity};
    if (activation == Activation::relu || activation == Activation::relu6) real.low = 0;
    if (activation == Activation::reluN1To1) real = {-1, 1};
    if (activation == Activation::relu6) real.high = 6;
    if (!isCodes(output)) return real;
    const Range codes = codesOf(output);
    const auto codeOf = [&](double x) { return codes.clamp(std::round(x / scaleOf(output)) + zeroPointOf(output)); };
    return {codeOf(real.low), codeOf(real.high)};
}

double scaleOf(const TensorInfo& tensor) { return static_cast<double>(tensor.quantization.scale.at(0)); }
double zeroPointOf(const TensorInfo& tensor) { return static_cast<double>(tensor.quantization.zeroPoint.at(0)); }

std::vector<std::size_t> stridesOf(const Shape& shape)
{
    std::vector<std::size_t> strides(shape.size(), 1);
    for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * static_cast<std::size_t>(shape[d]);
    return strides;
}

namespace {

/// Calls f(value, index of its scale) for each value.
template <class F> std::vector<double> byScale(std::span<const double> values, const TensorInfo& tensor, const F& f)
{
    const std::size_t count = tensor.quantization.scale.size();
    const std::size_t stride = count > 1 ? stridesOf(tensor.shape)[static_cast<std::size_t>(tensor.quantization.axis)] : 1;
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) result[i] = f(values[i], count > 1 ? i / stride % count : 0);
    return result;
}

} // namespace

std::vector<double> realOf(std::span<const double> values, const TensorInfo& tensor)
{
    if (!tensor.isQuantized()) return {values.begin(), values.end()};
    const Quantization& q = tensor.quantization;
    return byScale(values, tensor,
        [&](double code, std::size_t i) { return (code - static_cast<double>(q.zeroPoint[i])) * static_cast<double>(q.scale[i]); });
}

std::vector<double> centred(std::span<const double> values, const TensorInfo& tensor)
{
    if (!tensor.isQuantized()) return {values.begin(), values.end()};
    return byScale(
        values, tensor, [&](double code, std::size_t i) { return code - static_cast<double>(tensor.quantization.zeroPoint[i]); });
}

} // namespace bitstill::tflite
