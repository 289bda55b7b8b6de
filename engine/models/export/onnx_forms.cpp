// https://onnx.ai/onnx/operators: what changed from one opset to the next.

#include "engine/models/export/onnx_forms.h"

#include "engine/models/normalise.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr int k13 = kOldestOpset;
constexpr std::size_t kAnyNumber = 1'000'000;

std::vector<OnnxAttribute> with(std::vector<OnnxAttribute> attributes, std::string_view another)
{
    attributes.push_back({another});
    return attributes;
}

const std::vector<OnnxForm>& forms()
{
    static const std::vector<OnnxAttribute> none{}, arg{{"axis"}, {"keepdims"}, {"select_last_index"}};
    static const std::vector<OnnxAttribute> reduced{{"axes", 0, 17}, {"keepdims"}, {"noop_with_empty_axes", 18, 999, "0"}};
    static const std::vector<OnnxAttribute> window{{"auto_pad"}, {"dilations"}, {"group"}, {"kernel_shape"}, {"pads"}, {"strides"}};
    static const std::vector<OnnxAttribute> rnn{
        {"activation_alpha"}, {"activation_beta"}, {"activations"}, {"clip"}, {"direction"}, {"hidden_size"}, {"layout", 14, 999, "0"}};
    static const std::vector<OnnxAttribute> gru = with(rnn, "linear_before_reset"), lstm = with(rnn, "input_forget");
    static const std::vector<OnnxForm> all{
        {"Abs", k13, 1, 1},
        {"Acos", k13, 1, 1},
        {"Acosh", k13, 1, 1},
        {"Add", k13, 2, 2},
        {"And", k13, 2, 2},
        {"ArgMax", k13, 1, 1, arg},
        {"ArgMin", k13, 1, 1, arg},
        {"Asin", k13, 1, 1},
        {"Asinh", k13, 1, 1},
        {"Atan", k13, 1, 1},
        {"Atanh", k13, 1, 1},
        {"AveragePool", k13, 1, 1,
            {{"auto_pad"}, {"ceil_mode"}, {"count_include_pad"}, {"dilations", 19, 999, "1"}, {"kernel_shape"}, {"pads"}, {"strides"}}},
        {"BatchNormalization", k13, 5, 5, {{"epsilon"}, {"momentum"}, {"training_mode", 14, 999, "0"}}},
        {"Cast", k13, 1, 1, {{"saturate", 19, 999, "1"}, {"to"}}},
        {"Ceil", k13, 1, 1},
        {"Celu", k13, 1, 1, {{"alpha"}}},
        {"Clip", k13, 1, 3},
        {"Concat", k13, 1, kAnyNumber, {{"axis"}}},
        {"ConstantOfShape", k13, 1, 1, {{"value"}}},
        {"Conv", k13, 2, 3, window},
        {"ConvTranspose", k13, 2, 3,
            {{"auto_pad"}, {"dilations"}, {"group"}, {"kernel_shape"}, {"output_padding"}, {"output_shape"}, {"pads"}, {"strides"}}},
        {"Cos", k13, 1, 1},
        {"Cosh", k13, 1, 1},
        {"DepthToSpace", k13, 1, 1, {{"blocksize"}, {"mode"}}},
        {"DequantizeLinear", k13, 2, 3, {{"axis"}, {"block_size", 21, 999, "0"}, {"output_dtype", 23, 999, "0"}}},
        {"Div", k13, 2, 2},
        {"Elu", k13, 1, 1, {{"alpha"}}},
        {"Equal", k13, 2, 2},
        {"Erf", k13, 1, 1},
        {"Exp", k13, 1, 1},
        {"Expand", k13, 2, 2},
        {"Flatten", k13, 1, 1, {{"axis"}}},
        {"Floor", k13, 1, 1},
        {"GRU", k13, 3, 6, gru},
        {"Gather", k13, 2, 2, {{"axis"}}},
        {"Gelu", 20, 1, 1, {{"approximate"}}},
        {"Gemm", k13, 2, 3, {{"alpha"}, {"beta"}, {"transA"}, {"transB"}}},
        {"GlobalAveragePool", k13, 1, 1},
        {"GlobalMaxPool", k13, 1, 1},
        {"Greater", k13, 2, 2},
        {"GreaterOrEqual", k13, 2, 2},
        {"HardSigmoid", k13, 1, 1, {{"alpha"}, {"beta"}}},
        {"HardSwish", 14, 1, 1},
        {"Identity", k13, 1, 1},
        {"InstanceNormalization", k13, 3, 3, {{"epsilon"}}},
        {"LRN", k13, 1, 1, {{"alpha"}, {"beta"}, {"bias"}, {"size"}}},
        {"LSTM", k13, 3, 8, lstm},
        {"LayerNormalization", 17, 2, 3, {{"axis"}, {"epsilon"}, {"stash_type"}}},
        {"LeakyRelu", k13, 1, 1, {{"alpha"}}},
        {"Less", k13, 2, 2},
        {"LessOrEqual", k13, 2, 2},
        {"Log", k13, 1, 1},
        {"LogSoftmax", k13, 1, 1, {{"axis"}}},
        {"MatMul", k13, 2, 2},
        {"Max", k13, 1, kAnyNumber},
        {"MaxPool", k13, 1, 1, {{"auto_pad"}, {"ceil_mode"}, {"dilations"}, {"kernel_shape"}, {"pads"}, {"storage_order"}, {"strides"}}},
        {"Mean", k13, 1, kAnyNumber},
        {"Min", k13, 1, kAnyNumber},
        {"Mish", 18, 1, 1},
        {"Mod", k13, 2, 2, {{"fmod"}}},
        {"Mul", k13, 2, 2},
        {"Neg", k13, 1, 1},
        {"Not", k13, 1, 1},
        {"Or", k13, 2, 2},
        {"PRelu", k13, 2, 2},
        {"Pad", k13, 2, 4, {{"mode"}}},
        {"Pow", k13, 2, 2},
        {"QuantizeLinear", k13, 2, 3, {{"axis"}, {"block_size", 21, 999, "0"}, {"output_dtype", 21, 999, "0"}, {"saturate", 19, 999, "1"}}},
        {"RNN", k13, 3, 6, rnn},
        {"Range", k13, 3, 3},
        {"Reciprocal", k13, 1, 1},
        {"ReduceL1", k13, 1, 2, reduced},
        {"ReduceL2", k13, 1, 2, reduced},
        {"ReduceMax", k13, 1, 2, reduced},
        {"ReduceMean", k13, 1, 2, reduced},
        {"ReduceMin", k13, 1, 2, reduced},
        {"ReduceProd", k13, 1, 2, reduced},
        {"ReduceSum", k13, 1, 2, {{"keepdims"}, {"noop_with_empty_axes"}}},
        {"ReduceSumSquare", k13, 1, 2, reduced},
        {"Relu", k13, 1, 1},
        {"Reshape", k13, 2, 2, {{"allowzero", 14, 999, "0"}}},
        {"Resize", k13, 1, 4,
            {{"antialias", 18, 999, "0"}, {"axes", 18}, {"coordinate_transformation_mode"}, {"cubic_coeff_a"}, {"exclude_outside"},
                {"extrapolation_value"}, {"keep_aspect_ratio_policy", 18, 999, "stretch"}, {"mode"}, {"nearest_mode"}}},
        {"Round", k13, 1, 1},
        {"Selu", k13, 1, 1, {{"alpha"}, {"gamma"}}},
        {"Shape", k13, 1, 1, {{"end", 15}, {"start", 15, 999, "0"}}},
        {"Sigmoid", k13, 1, 1},
        {"Sign", k13, 1, 1},
        {"Sin", k13, 1, 1},
        {"Sinh", k13, 1, 1},
        {"Size", k13, 1, 1},
        {"Slice", k13, 3, 5},
        {"Softmax", k13, 1, 1, {{"axis"}}},
        {"Softplus", k13, 1, 1},
        {"Softsign", k13, 1, 1},
        {"SpaceToDepth", k13, 1, 1, {{"blocksize"}}},
        {"Split", k13, 1, 2, {{"axis"}, {"num_outputs", 18}}},
        {"Sqrt", k13, 1, 1},
        {"Squeeze", k13, 1, 2},
        {"Sub", k13, 2, 2},
        {"Sum", k13, 1, kAnyNumber},
        {"Tan", k13, 1, 1},
        {"Tanh", k13, 1, 1},
        {"ThresholdedRelu", k13, 1, 1, {{"alpha"}}},
        {"Tile", k13, 2, 2},
        {"Transpose", k13, 1, 1, {{"perm"}}},
        {"Unsqueeze", k13, 2, 2},
        {"Where", k13, 3, 3},
    };
    return all;
}

bool isWord(const foreign::Node& node, const char* attribute, std::string_view word)
{
    const auto found = node.attributes.find(attribute);
    const auto* value = found == node.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
    return value && *value == word;
}

/// Add and the like took whole numbers of 32 and 64 bits alone, Relu none.
int opsetOfType(const foreign::Node& node, const std::string& type)
{
    const bool small = type == "I8" || type == "U8" || type == "I16" || type == "U16";
    const bool whole = small || type == "I32" || type == "I64";
    const bool calculates = node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div";
    return (calculates && small) || (node.op == "Relu" && whole) ? 14 : k13;
}

} // namespace

const OnnxAttribute* OnnxForm::attribute(std::string_view name, int opset) const
{
    const auto found = std::ranges::find(attributes, name, &OnnxAttribute::name);
    return found == attributes.end() || opset < found->since || opset > found->until ? nullptr : &*found;
}

const OnnxForm* onnxForm(const foreign::Node& node)
{
    if (!node.domain.empty()) return nullptr;
    const auto found = std::ranges::lower_bound(forms(), std::string_view(node.op), {}, &OnnxForm::op);
    return found == forms().end() || found->op != node.op ? nullptr : &*found;
}

bool saysNothing(const OnnxAttribute& attribute, const foreign::Attribute& value)
{
    if (attribute.neutral.empty()) return false;
    if (const auto* word = std::get_if<std::string>(&value)) return *word == attribute.neutral;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number) == attribute.neutral;
    const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value);
    return numbers && std::ranges::all_of(*numbers, [&](std::int64_t n) { return std::to_string(n) == attribute.neutral; });
}

int lowestOpset(const foreign::Node& node, const std::vector<std::string>& types)
{
    const OnnxForm& form = *onnxForm(node);
    int opset = form.since;
    for (const OnnxAttribute& a : form.attributes)
        if (const auto found = node.attributes.find(std::string(a.name)); found != node.attributes.end() && !saysNothing(a, found->second))
            opset = std::max(opset, a.since);
    for (const foreign::Movable& m : foreign::movables()) {
        if (m.op != node.op) continue;
        const bool isInput = m.input < node.inputs.size() && node.inputs[m.input] != foreign::kAbsent;
        const bool isAttribute = node.attributes.contains(std::string(m.attribute)) && !form.attribute(m.attribute, k13);
        if (isInput || isAttribute) opset = std::max(opset, m.since);
    }
    if (!node.inputs.empty() && node.inputs[0] != foreign::kAbsent)
        opset = std::max(opset, opsetOfType(node, types[static_cast<std::size_t>(node.inputs[0])]));
    if (isWord(node, "mode", "wrap") || isWord(node, "coordinate_transformation_mode", "half_pixel_symmetric")) opset = std::max(opset, 19);
    return opset;
}

} // namespace bitstill
