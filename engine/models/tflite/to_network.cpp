#include "engine/models/tflite/to_network.h"

#include "engine/models/fold.h"
#include "engine/models/tflite/network_builder.h"
#include "engine/models/tflite/windows.h"

#include <algorithm>

namespace bitstill::tflite {

namespace {

constexpr Layout kFile = Layout::asInFile, kPictures = Layout::channelsFirst;

std::string_view kindName(const Step& step) { return operatorName(step.op.code); }

ValueId activated(NetworkBuilder& b, ValueId value, Activation activation)
{
    switch (activation) {
    case Activation::relu: return b.node("Relu", {value});
    case Activation::relu6: return b.node("Clip", {value}, {{"min", 0.0f}, {"max", 6.0f}});
    case Activation::reluN1To1: return b.node("Clip", {value}, {{"min", -1.0f}, {"max", 1.0f}});
    default: return value;
    }
}

/// Strides, and padding on each side, of a window over height and width.
Attributes windowAttributes(const Step& step, const std::array<int, 2>& window)
{
    const OperatorOptions& o = step.op.options;
    Integers before, after, strides, dilations, kernel;
    for (std::size_t d = 0; d < 2; ++d) {
        const int size = step.in(0).shape[1 + d];
        const Steps steps = Steps::of(size, window[d], o.stride[d], o.dilation[d], o.same);
        const std::int64_t covered = (steps.window - 1) * steps.dilation + 1;
        const std::int64_t reach = (steps.outputs - 1) * steps.stride + covered;
        kernel.push_back(window[d]);
        strides.push_back(steps.stride);
        dilations.push_back(steps.dilation);
        before.push_back(steps.before);
        after.push_back(o.same ? std::max<std::int64_t>(reach - size - steps.before, 0) : 0);
    }
    Attributes attributes{{"kernel_shape", kernel}, {"strides", strides}, {"pads", Integers{before[0], before[1], after[0], after[1]}}};
    if (dilations != Integers{1, 1}) attributes["dilations"] = dilations;
    return attributes;
}

/// Sums of products start with it: of codes it is in steps of the inputs' and the weights' scale, whatever scale the file gives it.
ValueId biasOf(const Step& step, NetworkBuilder& b)
{
    if (step.in(2).type != "I32") {
        const ValueId bias = b.real(step.op.inputs[2], kFile);
        return step.in(2).shape.size() == 1 ? bias : b.reshaped(bias, {-1});
    }
    const std::vector<float>& scales = step.in(1).quantization.scale;
    std::vector<float> bias;
    for (const std::int64_t code : step.integers(2)) {
        const double scale = static_cast<double>(scales[scales.size() > 1 ? bias.size() : 0]);
        bias.push_back(static_cast<float>(static_cast<double>(code) * scaleOf(step.in(0)) * scale));
    }
    const int count = static_cast<int>(bias.size());
    return b.constant("bias", {{count}, std::move(bias)});
}

void makeConvolution(const Step& step, NetworkBuilder& b)
{
    const bool depthwise = kindName(step) == "DEPTHWISE_CONV_2D";
    const Shape &x = step.in(0).shape, &w = step.in(1).shape;
    std::vector<ValueId> inputs{b.real(step.op.inputs[0], kPictures)};
    inputs.push_back(depthwise ? b.moved(b.real(step.op.inputs[1], kFile), {3, 0, 1, 2}) : b.real(step.op.inputs[1], kPictures));
    if (step.has(2)) inputs.push_back(biasOf(step, b));
    Attributes attributes = windowAttributes(step, {w[1], w[2]});
    attributes["group"] = std::int64_t{depthwise ? x[3] : x[3] / w[3]};
    b.finishReal(kPictures, activated(b, b.layer("Conv", inputs, attributes), step.op.options.activation));
}

void makeDense(const Step& step, NetworkBuilder& b)
{
    const Shape &x = step.in(0).shape, &w = step.in(1).shape, &y = step.out().shape;
    ValueId rows = b.ordered(step.op.inputs[0], true);
    if (x.size() != 2 || x[1] != w[1]) rows = b.node("Reshape", {rows}, {{"shape", Integers{-1, w[1]}}});
    std::vector<ValueId> inputs{rows, b.real(step.op.inputs[1], kFile)};
    if (step.has(2)) inputs.push_back(biasOf(step, b));
    ValueId value = activated(b, b.layer("Gemm", inputs, {{"transB", std::int64_t{1}}}), step.op.options.activation);
    if (y.size() != 2) {
        Integers shape(y.begin(), y.end());
        shape[0] = -1;
        value = b.node("Reshape", {value}, {{"shape", shape}});
    }
    b.finishReal(kFile, value);
}

/// Codes as the whole numbers that they are.
ValueId plainCodes(const Step& step, NetworkBuilder& b, Layout layout)
{
    return b.node("Cast", {b.flowing(step.op.inputs[0], layout)}, {{"to", std::int64_t{1}}});
}

void finishPlainCodes(const Step& step, NetworkBuilder& b, Layout layout, ValueId value)
{
    const ValueId one = b.constant("one", {{}, std::vector<float>{1}});
    const ValueId zero = b.constant("zero", {{}, RawValues{step.out().type, std::string(1, '\0')}});
    b.finish(layout, b.node("QuantizeLinear", {value, one, zero}));
}

/// The average of codes, halves away from zero: a little more than it takes them there, and nothing else over a half.
void makeAverageOfCodes(const Step& step, NetworkBuilder& b, const Attributes& window)
{
    const ValueId average = b.layer("AveragePool", {plainCodes(step, b, kPictures)}, window);
    ValueId value = b.node("Mul", {average, b.constant("more", {{}, std::vector<float>{1 + 0x1p-21f}})});
    if (step.op.options.activation != Activation::none) {
        const Range range = rangeOf(step.op.options.activation, step.out());
        value = b.node("Clip", {value}, {{"min", static_cast<float>(range.low)}, {"max", static_cast<float>(range.high)}});
    }
    finishPlainCodes(step, b, kPictures, value);
}

void makePool(const Step& step, NetworkBuilder& b)
{
    const Attributes window = windowAttributes(step, step.op.options.window);
    const bool largest = kindName(step) == "MAX_POOL_2D", coded = isCoded(step.in(0));
    if (largest && coded && step.op.options.activation == Activation::none)
        return b.finish(kPictures, b.layer("MaxPool", {b.flowing(step.op.inputs[0], kPictures)}, window));
    if (!largest && coded) return makeAverageOfCodes(step, b, window);
    const ValueId value = b.layer(largest ? "MaxPool" : "AveragePool", {b.real(step.op.inputs[0], kPictures)}, window);
    b.finishReal(kPictures, activated(b, value, step.op.options.activation));
}

std::int64_t axisIn(Layout layout, std::int64_t axis, std::size_t rank)
{
    axis += axis < 0 ? static_cast<std::int64_t>(rank) : 0;
    return layout == kPictures ? static_cast<std::int64_t>(kLast[static_cast<std::size_t>(axis)]) : axis;
}

void makeMean(const Step& step, NetworkBuilder& b)
{
    const std::size_t rank = step.in(0).shape.size();
    const bool keep = step.op.options.keepDimensions;
    Layout layout = b.layoutOf(step.op.inputs[0]);
    std::array<bool, 4> over{};
    Integers axes;
    for (const std::int64_t axis : step.integers(1))
        if (rank == 4) over[static_cast<std::size_t>(axisIn(kFile, axis, rank))] = true;
    if (!keep && !over[3] && !(over[1] && over[2])) layout = kFile; // what is left would be in another order
    for (const std::int64_t axis : step.integers(1)) axes.push_back(axisIn(layout, axis, rank));
    std::ranges::sort(axes);
    axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
    const bool plain = isCoded(step.in(0)) && sameScale(step.in(0), step.out());
    const ValueId x = plain ? plainCodes(step, b, layout) : b.real(step.op.inputs[0], layout);
    const ValueId value = b.layer("ReduceMean", {x}, {{"axes", axes}, {"keepdims", std::int64_t{keep}}});
    if (!keep) layout = kFile;
    if (plain)
        finishPlainCodes(step, b, layout, value);
    else
        b.finishReal(layout, value);
}

/// An operand that is stretched to pictures, channels first.
ValueId stretchedToPictures(const Step& step, NetworkBuilder& b, std::size_t operand)
{
    const Shape& shape = step.in(operand).shape;
    const TensorId id = step.op.inputs[operand];
    if (shape.size() == 4) return b.real(id, kPictures);
    const ValueId value = b.real(id, kFile);
    if (elements(shape) == 1) return value;
    Integers wide(4, 1);
    std::ranges::copy(shape, wide.end() - static_cast<std::ptrdiff_t>(shape.size()));
    return b.moved(b.reshaped(value, wide), {kFirst.begin(), kFirst.end()});
}

void makeArithmetic(const Step& step, NetworkBuilder& b)
{
    bool pictures = false, fit = step.out().shape.size() == 4;
    for (std::size_t i = 0; i < 2; ++i) {
        pictures = pictures || b.layoutOf(step.op.inputs[i]) == kPictures;
        fit = fit && (step.in(i).shape.size() == 4 || step.in(i).isConstant());
    }
    const Layout layout = pictures && fit ? kPictures : kFile;
    std::vector<ValueId> operands;
    for (std::size_t i = 0; i < 2; ++i)
        operands.push_back(layout == kPictures ? stretchedToPictures(step, b, i) : b.real(step.op.inputs[i], kFile));
    const std::string_view name = kindName(step);
    const char* op = name == "MUL" ? "Mul" : name == "SUB" ? "Sub" : "Add";
    b.finishReal(layout, activated(b, b.layer(op, operands), step.op.options.activation));
}

void makeActivation(const Step& step, NetworkBuilder& b)
{
    const std::string_view name = kindName(step);
    const Layout layout = b.layoutOf(step.op.inputs[0]);
    const ValueId x = b.real(step.op.inputs[0], layout);
    if (name == "LOGISTIC") return b.finishReal(layout, b.layer("Sigmoid", {x}));
    if (name == "RELU") return b.finishReal(layout, b.layer("Relu", {x}));
    const bool six = name == "RELU6";
    b.finishReal(layout, b.layer("Clip", {x}, {{"min", six ? 0.0f : -1.0f}, {"max", six ? 6.0f : 1.0f}}));
}

void makeSoftmax(const Step& step, NetworkBuilder& b)
{
    const Layout layout = b.layoutOf(step.op.inputs[0]);
    ValueId x = b.real(step.op.inputs[0], layout);
    if (const float beta = step.op.options.beta; beta != 1) x = b.node("Mul", {x, b.constant("beta", {{}, std::vector<float>{beta}})});
    b.finishReal(layout, b.layer("Softmax", {x}, {{"axis", std::int64_t{layout == kPictures ? 1 : -1}}}));
}

void makeQuantize(const Step& step, NetworkBuilder& b)
{
    const Layout layout = b.layoutOf(step.op.inputs[0]);
    b.finishReal(layout, b.real(step.op.inputs[0], layout));
}

void makeDequantize(const Step& step, NetworkBuilder& b)
{
    const TensorId id = step.op.inputs[0];
    if (!isCoded(step.in(0))) return b.finish(kFile, b.constant("real", b.realConstant(id)));
    const Layout layout = b.layoutOf(id);
    b.finish(layout, b.dequantized(id, layout));
}

void makeReshape(const Step& step, NetworkBuilder& b)
{
    const Shape &x = step.in(0).shape, &y = step.out().shape;
    // One channel, or one place: the same order in both layouts, and most likely pictures are wanted.
    const bool pictures = y.size() == 4 && (y[3] == 1 || (y[1] == 1 && y[2] == 1));
    Integers shape(y.begin(), y.end());
    if (pictures)
        for (std::size_t d = 0; d < kFirst.size(); ++d) shape[d] = y[kFirst[d]];
    if (!x.empty() && !y.empty() && x[0] == y[0]) shape[0] = 0; // as many samples as there are
    b.finish(pictures ? kPictures : kFile, b.layer("Reshape", {b.ordered(step.op.inputs[0], false)}, {{"shape", shape}}));
}

void makePad(const Step& step, NetworkBuilder& b)
{
    const Layout layout = b.layoutOf(step.op.inputs[0]);
    const std::size_t rank = step.in(0).shape.size();
    const Integers given = step.integers(1);
    Integers pads(2 * rank);
    for (std::size_t d = 0; d < rank; ++d) {
        const std::size_t from = layout == kPictures ? kFirst[d] : d;
        pads[d] = given[2 * from];
        pads[rank + d] = given[2 * from + 1];
    }
    const float value = isCoded(step.out()) ? static_cast<float>(zeroPointOf(step.out())) : 0.0f;
    b.finish(layout, b.layer("Pad", {b.flowing(step.op.inputs[0], layout)}, {{"pads", pads}, {"value", value}}));
}

void makeConcatenation(const Step& step, NetworkBuilder& b)
{
    Layout layout = kFile;
    for (const TensorId id : step.op.inputs)
        if (b.layoutOf(id) == kPictures) layout = kPictures;
    std::vector<ValueId> operands;
    for (const TensorId id : step.op.inputs) operands.push_back(b.flowing(id, layout));
    const std::int64_t axis = axisIn(layout, step.op.options.axis, step.out().shape.size());
    b.finish(layout, b.layer("Concat", operands, {{"axis", axis}}));
}

void makeTranspose(const Step& step, NetworkBuilder& b)
{
    const Layout layout = b.layoutOf(step.op.inputs[0]);
    const ValueId x = b.flowing(step.op.inputs[0], layout);
    Integers order, same;
    for (const std::int64_t d : step.integers(1)) {
        order.push_back(axisIn(layout, d, step.in(0).shape.size()));
        same.push_back(static_cast<std::int64_t>(same.size()));
    }
    b.finish(kFile, order == same ? b.layer("Identity", {x}) : b.layer("Transpose", {x}, {{"perm", order}}));
}

struct Rule {
    std::string_view name;
    void (*make)(const Step& step, NetworkBuilder& b);
};
constexpr Rule kRules[] = {{"ADD", makeArithmetic}, {"AVERAGE_POOL_2D", makePool}, {"CONCATENATION", makeConcatenation},
    {"CONV_2D", makeConvolution}, {"DEPTHWISE_CONV_2D", makeConvolution}, {"DEQUANTIZE", makeDequantize}, {"EXPAND_DIMS", makeReshape},
    {"FULLY_CONNECTED", makeDense}, {"LOGISTIC", makeActivation}, {"MAX_POOL_2D", makePool}, {"MEAN", makeMean}, {"MUL", makeArithmetic},
    {"PAD", makePad}, {"QUANTIZE", makeQuantize}, {"RELU", makeActivation}, {"RELU6", makeActivation}, {"RELU_N1_TO_1", makeActivation},
    {"RESHAPE", makeReshape}, {"SOFTMAX", makeSoftmax}, {"SQUEEZE", makeReshape}, {"SUB", makeArithmetic}, {"TRANSPOSE", makeTranspose}};

/// What the evaluator takes and ONNX's operators do not: empty arrays, and whole numbers that are computed (but for a shape, which the
/// output has too).
bool isForeign(const Step& step, const Rule& rule)
{
    if (elements(step.out().shape) == 0) return true;
    const std::size_t operands = rule.make == makeReshape ? 1 : step.op.inputs.size();
    for (std::size_t i = 0; i < operands; ++i) {
        if (!step.has(i)) continue;
        const TensorInfo& t = step.in(i);
        if (elements(t.shape) == 0 || (t.type != "F32" && !isCoded(t) && !t.isConstant())) return true;
    }
    return false;
}

} // namespace

foreign::Network toNetwork(const Model& model)
{
    NetworkBuilder b(model);
    const std::vector<Text> reasons = reasonsOf(model);
    for (std::size_t i = 0; i < model.operators.size(); ++i) {
        const Operator& op = model.operators[i];
        if (op.outputs.empty()) continue; // nobody can see what it does
        const Step step{model, op};
        const auto* rule = std::ranges::find(kRules, kindName(step), &Rule::name);
        if (!reasons[i].empty() || rule == std::end(kRules) || isForeign(step, *rule)) {
            b.keep(op);
        } else {
            b.begin(op.outputs[0]);
            rule->make(step, b);
        }
    }
    foreign::Network network = b.take();
    foreign::fold(network);
    return network;
}

} // namespace bitstill::tflite
