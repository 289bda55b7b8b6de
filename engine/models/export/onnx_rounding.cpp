#include "engine/models/export/onnx_rounding.h"

#include <cmath>

namespace bitstill {

namespace {

using foreign::Node;

bool has(const Node& node, std::size_t input) { return input < node.inputs.size() && node.inputs[input] != foreign::kAbsent; }
bool isDequantize(const Node* node) { return node && node->op == "DequantizeLinear"; }

/// Empty where they are no floats.
std::vector<float> floatsOf(const Array* array)
{
    const auto* floats = array ? std::get_if<std::vector<float>>(&array->values) : nullptr;
    return floats ? *floats : std::vector<float>();
}

} // namespace

RoundingRules::RoundingRules(const foreign::Network& network, const std::vector<std::string>& types, bool ours) :
    m_network(network), m_types(types), m_ours(ours)
{
    for (const Node& node : network.nodes)
        for (const foreign::ValueId id : node.outputs) m_makers[id] = &node;
}

const Node* RoundingRules::maker(const Node& node, std::size_t input) const
{
    const auto found = has(node, input) ? m_makers.find(node.inputs[input]) : m_makers.end();
    return found == m_makers.end() ? nullptr : found->second;
}

const Array* RoundingRules::constant(const Node& node, std::size_t input) const
{
    const auto found = has(node, input) ? m_network.constants.find(node.inputs[input]) : m_network.constants.end();
    return found == m_network.constants.end() ? nullptr : &found->second;
}

std::string RoundingRules::type(const Node& node, std::size_t input) const
{
    return has(node, input) ? m_types[static_cast<std::size_t>(node.inputs[input])] : "";
}

Text RoundingRules::problemOf(const Node& node) const
{
    if (node.op == "QuantizeLinear") return quantize(node);
    if (node.op == "DequantizeLinear") return dequantize(node);
    if (m_ours && (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul")) return layer(node);
    return {};
}

/// One for all, one for each index of the axis, or one for each block along it.
Text RoundingRules::scales(const Node& node) const
{
    const Array* scale = constant(node, 1);
    if (!scale) return m_ours ? text("a scale is no constant") : Text();
    if (scale->type() != "F32") return m_ours ? text("an input is no float32") : Text();
    for (const float s : floatsOf(scale))
        if (!(s > 0) || !std::isfinite(s)) return text("a scale is not above 0");
    if (const Array* zeroPoint = constant(node, 2); zeroPoint && zeroPoint->shape != scale->shape)
        return text("its zero points are %1, its scales %2", describe(zeroPoint->shape), describe(scale->shape));
    if (scale->shape.empty() || (scale->shape.size() == 1 && scale->size() == 1)) return {};
    const Array* data = constant(node, 0);
    if (!data) return {}; // its shape is looked at where all shapes are
    const auto rank = static_cast<std::int64_t>(data->shape.size()), block = foreign::integerOf(node.attributes, "block_size", 0);
    std::int64_t axis = foreign::integerOf(node.attributes, "axis", 1);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank) return text("its axis is none of %1", describe(data->shape));
    Shape wanted{data->shape[static_cast<std::size_t>(axis)]};
    if (block > 0) {
        wanted = data->shape;
        int& size = wanted[static_cast<std::size_t>(axis)];
        size = static_cast<int>((size + block - 1) / block);
    }
    if (scale->shape != wanted) return text("its scales are %1 where %2 is wanted", describe(scale->shape), describe(wanted));
    return {};
}

Text RoundingRules::quantize(const Node& node) const
{
    if (m_ours && type(node, 0) != "F32") return text("an input is no float32");
    if (m_ours && isDequantize(maker(node, 0))) return text("it rounds what was rounded just before");
    return scales(node);
}

Text RoundingRules::dequantize(const Node& node) const
{
    const std::string codes = type(node, 0);
    if (codes == "F32") return text("it reads floats where codes are wanted");
    if (has(node, 2) && type(node, 2) != codes) return text("its zero point has another type than its codes");
    if (m_ours && !has(node, 2) && codes != "I32") return text("it has no zero point");
    return scales(node);
}

Text RoundingRules::layer(const Node& node) const
{
    const Node *x = maker(node, 0), *w = maker(node, 1), *bias = maker(node, 2);
    if (isDequantize(x) && !isDequantize(w) && constant(node, 1)) return text("its input is rounded but its weights are not");
    if (!isDequantize(bias)) return {};
    if (!isDequantize(x) || !isDequantize(w)) return text("its bias is rounded but its input or its weights are not");
    if (type(*bias, 0) != "I32") return text("its bias has codes that are not int32");
    const std::vector<float> input = floatsOf(constant(*x, 1));
    std::vector<float> product = floatsOf(constant(*w, 1));
    for (float& s : product) s = input.empty() ? 0 : input.front() * s;
    if (floatsOf(constant(*bias, 1)) != product)
        return text("the scale of its bias is not the input's times the weights': some runtimes take it for that all the same");
    return {};
}

} // namespace bitstill
