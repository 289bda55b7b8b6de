// Operators that look at one value at a time, and SOFTMAX.

#include "engine/models/tflite/operators.h"
#include "engine/models/tflite/rounding.h"

#include <algorithm>
#include <cmath>

namespace bitstill::tflite {

namespace {

/// Both flow and are alike, of one shape.
Text checkMapped(const Step& step)
{
    for (const TensorInfo* tensor : {&step.in(0), &step.out()})
        if (const Text reason = checkFlowing(*tensor); !reason.empty()) return reason;
    if (!alike(step.in(0), step.out())) return wrongTypes(step);
    return step.in(0).shape == step.out().shape ? Text{} : wrongShape(step);
}

/// Probabilities have the grid that LiteRT demands: all 256 codes between 0 and 1.
Text checkProbabilities(const Step& step)
{
    if (const Text reason = checkMapped(step); !reason.empty()) return reason;
    const TensorInfo& y = step.out();
    const bool fine = !isCodes(y) || (scaleOf(y) == 1.0 / 256 && zeroPointOf(y) == codesOf(y).low);
    return fine ? Text{} : text("%1 needs scale 1/256 and its lowest code as zero point", y.name);
}

double codeOf(double real, const TensorInfo& tensor)
{
    return isCodes(tensor) ? codesOf(tensor).clamp(toEven(real / scaleOf(tensor)) + zeroPointOf(tensor)) : real;
}

Activation activationOf(const Step& step)
{
    const std::string_view name = operatorName(step.op.code);
    return name == "RELU6" ? Activation::relu6 : name == "RELU_N1_TO_1" ? Activation::reluN1To1 : Activation::relu;
}

} // namespace

Text checkRelu(const Step& step) { return checkMapped(step); }

void runRelu(const Call& call)
{
    const TensorInfo &x = call.in(0), &y = call.out();
    const Range range = rangeOf(activationOf(call), y);
    const bool rescaled = isCodes(x) && !sameScale(x, y);
    for (std::size_t i = 0; i < call.output.size(); ++i) {
        const double value = call.inputs[0][i];
        call.output[i] = range.clamp(rescaled ? up((value - zeroPointOf(x)) * scaleOf(x) / scaleOf(y)) + zeroPointOf(y) : value);
    }
}

Text checkLogistic(const Step& step) { return checkProbabilities(step); }

void runLogistic(const Call& call)
{
    const std::vector<double> real = realOf(call.inputs[0], call.in(0));
    for (std::size_t i = 0; i < real.size(); ++i) call.output[i] = codeOf(1 / (1 + std::exp(-real[i])), call.out());
}

Text checkSoftmax(const Step& step)
{
    const Shape& shape = step.in(0).shape;
    if (shape.empty() || elements(shape) == 0) return wrongShape(step);
    return checkProbabilities(step);
}

void runSoftmax(const Call& call)
{
    const std::vector<double> real = realOf(call.inputs[0], call.in(0));
    const auto classes = static_cast<std::size_t>(call.in(0).shape.back());
    const double beta = static_cast<double>(call.op.options.beta);
    for (std::size_t row = 0; row < real.size(); row += classes) {
        const std::span<const double> logits = std::span(real).subspan(row, classes);
        const std::span<double> to = call.output.subspan(row, classes);
        const double most = *std::ranges::max_element(logits);
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += to[c] = std::exp(beta * (logits[c] - most));
        for (double& p : to) p = codeOf(p / sum, call.out());
    }
}

Text checkQuantize(const Step& step)
{
    for (const TensorInfo* tensor : {&step.in(0), &step.out()})
        if (const Text reason = checkFlowing(*tensor); !reason.empty()) return reason;
    if (!isCodes(step.out())) return wrongTypes(step);
    return step.in(0).shape == step.out().shape ? Text{} : wrongShape(step);
}

namespace {

/// From codes to codes LiteRT multiplies with 8 bits after the point; outside the ratios for which it does, exactly as far as is seen.
double ratioOf(const TensorInfo& from, const TensorInfo& to)
{
    const float ratio = from.quantization.scale[0] / to.quantization.scale[0];
    const bool coarse = ratio >= 0x1p-8f && ratio <= 0x1p7f;
    return coarse ? toEven(static_cast<double>(ratio * 256)) / 256 : scaleOf(from) / scaleOf(to);
}

} // namespace

void runQuantize(const Call& call)
{
    const TensorInfo &x = call.in(0), &y = call.out();
    const Range codes = codesOf(y);
    const float perStep = 1.0f / y.quantization.scale[0];
    const double ratio = isCodes(x) ? ratioOf(x, y) : 0;
    for (std::size_t i = 0; i < call.output.size(); ++i) {
        const double value = call.inputs[0][i];
        if (isCodes(x))
            call.output[i] = codes.clamp(up((value - zeroPointOf(x)) * ratio) + zeroPointOf(y));
        else if (std::isnan(value)) // LiteRT's answer, on x86-64
            call.output[i] = codes.high;
        else
            call.output[i] = codes.clamp(static_cast<double>(std::rint(static_cast<float>(value) * perStep)) + zeroPointOf(y));
    }
}

Text checkDequantize(const Step& step)
{
    const TensorInfo &x = step.in(0), &y = step.out();
    const bool half = x.type == "F16";
    if (y.type != "F32" || (!half && !x.isQuantized())) return wrongTypes(step);
    return x.shape == y.shape ? Text{} : wrongShape(step);
}

void runDequantize(const Call& call) { std::ranges::copy(realOf(call.inputs[0], call.in(0)), call.output.begin()); }

} // namespace bitstill::tflite
