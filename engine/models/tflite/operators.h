#pragma once

#include "engine/models/tflite/run.h"

#include <span>
#include <vector>

/// What the families of operators share. An operator is described by check(), which looks at types, shapes and options before anything
/// runs, and run(), which may rely on what check() has let through.
namespace bitstill::tflite {

/// An operator and the tensors it names.
struct Step {
    const Model& model;
    const Operator& op;

    bool has(std::size_t i) const { return i < op.inputs.size() && op.inputs[i] != kAbsent; }
    const TensorInfo& in(std::size_t i) const { return model.tensors[static_cast<std::size_t>(op.inputs[i])]; }
    const TensorInfo& out() const { return model.tensors[static_cast<std::size_t>(op.outputs[0])]; }
    /// The whole numbers of a constant operand (axes, paddings), or none when it is no such constant.
    std::vector<std::int64_t> integers(std::size_t i) const;
};

/// A step with the values of its operands. Codes are whole numbers in doubles: products of 8-bit codes and their sums stay below 2^53,
/// so they are exact, and one loop serves floats and codes.
struct Call : Step {
    Hybrid hybrid = Hybrid::dequantized;
    std::vector<std::span<const double>> inputs{}; ///< empty where an optional one is not given
    std::span<double> output{};
};

struct OperatorKind {
    int code;
    std::size_t fewest, most; ///< operands
    Text (*check)(const Step& step); ///< why it cannot run; empty: it can
    void (*run)(const Call& call);
    double (*work)(const Step& step) = nullptr; ///< see workOf()
};
const OperatorKind* kindOf(int code);
/// For each operator why it does not run, were those before it to run; empty where it does.
std::vector<Text> reasonsOf(const Model& model);
/// How many of its operands an operator takes values from (the first): the others only say a shape that its output has too.
std::size_t valueOperands(const Operator& op);
/// Of each operator: do the values of these tensors come from it?
std::vector<bool> neededFor(const Model& model, const std::vector<TensorId>& wanted);

// Families: run() of several kinds by the operator's code.
Text checkConvolution(const Step& step);
Text checkDepthwise(const Step& step);
Text checkFullyConnected(const Step& step);
void runConvolution(const Call& call);
double workOfConvolution(const Step& step);

Text checkPool(const Step& step);
double workOfPool(const Step& step);
void runAveragePool(const Call& call);
void runMaxPool(const Call& call);
Text checkMean(const Step& step);
void runMean(const Call& call);

Text checkArithmetic(const Step& step);
void runArithmetic(const Call& call);

Text checkRelu(const Step& step);
void runRelu(const Call& call);
Text checkLogistic(const Step& step);
void runLogistic(const Call& call);
Text checkSoftmax(const Step& step);
void runSoftmax(const Call& call);
Text checkQuantize(const Step& step);
void runQuantize(const Call& call);
Text checkDequantize(const Step& step);
void runDequantize(const Call& call);

Text checkReshape(const Step& step);
void runReshape(const Call& call);
Text checkPad(const Step& step);
void runPad(const Call& call);
Text checkConcatenation(const Step& step);
void runConcatenation(const Call& call);
Text checkTranspose(const Step& step);
void runTranspose(const Call& call);

// What checks say, and what they ask.
/// Codes that stand for real values: I8 or U8.
bool isCodes(const TensorInfo& tensor);
/// F32, or codes with one scale: what flows between operators. Else a reason.
Text checkFlowing(const TensorInfo& tensor);
/// Both F32, or both codes of one type.
bool alike(const TensorInfo& a, const TensorInfo& b);
bool sameScale(const TensorInfo& a, const TensorInfo& b);
Text wrongTypes(const Step& step);
Text wrongShape(const Step& step);
Text wrongOptions();
/// Both flow, are alike, and have one scale (what moves values cannot rescale them).
Text checkMoved(const Step& step, std::size_t input);

struct Range {
    double low, high;
    double clamp(double x) const { return x < low ? low : x > high ? high : x; }
};
/// Of the values that the activation leaves in the output, codes or reals. False for activations that are not computed.
bool isComputed(Activation activation);
Range rangeOf(Activation activation, const TensorInfo& output);
/// All codes of the type.
Range codesOf(const TensorInfo& tensor);

double scaleOf(const TensorInfo& tensor);
double zeroPointOf(const TensorInfo& tensor);
/// Real values of the codes, or the values themselves.
std::vector<double> realOf(std::span<const double> values, const TensorInfo& tensor);
/// Codes less their zero points, or the values themselves.
std::vector<double> centred(std::span<const double> values, const TensorInfo& tensor);
/// Products of the sizes after each dimension: [H·W·C, W·C, C, 1] of [N, H, W, C].
std::vector<std::size_t> stridesOf(const Shape& shape);

} // namespace bitstill::tflite
