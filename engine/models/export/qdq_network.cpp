#include "engine/models/export/qdq_network.h"

#include "engine/core/error.h"
#include "engine/models/operators/operators.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

constexpr CodeRange kInt4{-8, 7}, kUint4{0, 15}, kInt8{-128, 127}, kUint8{0, 255};

bool isWithin(const CodeRange& range, const CodeRange& limits) { return range.low >= limits.low && range.high <= limits.high; }

/// The type that a code of the range has: signed where one may be negative.
const char* typeOf(const CodeRange& range) { return range.low < 0 ? "I8" : "U8"; }

QuantParameters parametersOf(const Node& fakeQuantize)
{
    return {{std::get<float>(fakeQuantize.attributes.at("scale"))},
        {static_cast<std::int32_t>(integerOf(fakeQuantize.attributes, "zero_point", 0))},
        {static_cast<int>(integerOf(fakeQuantize.attributes, "low", 0)), static_cast<int>(integerOf(fakeQuantize.attributes, "high", 255))},
        {1, 1, 1}};
}

Array byteCodes(const Shape& shape, const CodeRange& range, const std::vector<std::int32_t>& codes)
{
    std::string bytes;
    bytes.reserve(codes.size());
    for (const std::int32_t code : codes) bytes.push_back(static_cast<char>(code)); // two's complement is what I8 means too
    return {shape, RawValues{typeOf(range), std::move(bytes)}};
}

/// Where the scales of weights lie.
struct ScalePlaces {
    Shape shape{};
    Attributes attributes{};
};

ScalePlaces scalePlaces(const LayerQuantization& layer, int axis)
{
    const Shape& shape = layer.before.shape();
    const std::size_t scales = layer.parameters.scale.size();
    if (scales == 1) return {};
    std::size_t inner = 1;
    for (std::size_t d = static_cast<std::size_t>(axis) + 1; d < shape.size(); ++d) inner *= static_cast<std::size_t>(shape[d]);
    const Blocks& blocks = layer.parameters.blocks;
    if (static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]) == scales && blocks.inner == inner)
        return {{static_cast<int>(scales)}, {{"axis", std::int64_t{axis}}}};
    Shape grouped = shape;
    grouped.back() /= static_cast<int>(blocks.inner);
    return {grouped, {{"axis", static_cast<std::int64_t>(shape.size()) - 1}, {"block_size", static_cast<std::int64_t>(blocks.inner)}}};
}

class Rewriter {
public:
    Rewriter(const Quantized& q, ExportTarget target, bool packsFourBits) :
        m_q(q), m_target(target), m_packsFourBits(packsFourBits), m_network(q.network)
    {
        m_network.nodes.clear();
    }

    Network result()
    {
        std::size_t next = 0;
        for (std::size_t n = 0; n < m_q.network.nodes.size(); ++n) {
            const Node& node = m_q.network.nodes[n];
            if (next < m_q.layers.size() && m_q.weightLayers[next].node == static_cast<int>(n))
                writeLayer(next++);
            else if (node.domain != kOwnDomain)
                write(node);
            else
                round(node);
        }
        return std::move(m_network);
    }

private:
    /// A scale and a zero point as constants, and the type of the codes.
    struct Rounding {
        ValueId scale, zeroPoint;
        std::string type;
    };

    const std::string& nameOf(ValueId id) const { return m_network.values[static_cast<std::size_t>(id)].name; }

    ValueId addValue(const std::string& name, const std::string& type, const ValueInfo& like)
    {
        return m_network.add({.name = name, .type = type, .shape = like.shape, .shaped = like.shaped});
    }

    ValueId addConstant(const std::string& name, Array array)
    {
        const ValueId id = m_network.add({.name = name, .type = array.type(), .shape = array.shape, .shaped = true});
        m_network.constants.emplace(id, std::move(array));
        return id;
    }

    void addNode(const std::string& op, std::vector<ValueId> inputs, ValueId output, Attributes attributes = {})
    {
        m_network.nodes.push_back({.name = nameOf(output),
            .domain = {},
            .op = op,
            .inputs = std::move(inputs),
            .outputs = {output},
            .attributes = std::move(attributes)});
    }

    /// QuantizeLinear and DequantizeLinear of `from`, into `to`.
    void addPair(ValueId from, ValueId to, const Rounding& rounding)
    {
        const ValueId codes = addValue(nameOf(from) + ".codes", rounding.type, m_network.values[static_cast<std::size_t>(to)]);
        addNode("QuantizeLinear", {from, rounding.scale, rounding.zeroPoint}, codes);
        addNode("DequantizeLinear", {codes, rounding.scale, rounding.zeroPoint}, to);
        m_roundings.emplace(to, rounding);
    }

    void round(const Node& node)
    {
        const QuantParameters p = parametersOf(node);
        const std::string name = nameOf(node.inputs[0]);
        if (!isWithin(p.range, kInt8) && !isWithin(p.range, kUint8))
            throw Error(name, text("it is rounded to more than 8 bits"), text("choose 8 bits or fewer"));
        if (m_target == ExportTarget::TensorRt) refuseForTensorRt(name, p);
        const Rounding rounding{addConstant(name + ".scale", {{}, p.scale}),
            addConstant(name + ".zero_point", byteCodes({}, p.range, p.zeroPoint)), typeOf(p.range)};
        addPair(cut(node.inputs[0], p), node.outputs[0], rounding);
    }

    /// QuantizeLinear knows no codes of fewer than 8 bits here; its own type ends a code range of 8.
    ValueId cut(ValueId from, const QuantParameters& p)
    {
        const CodeRange& all = p.range.low < 0 ? kInt8 : kUint8;
        const Range range = rangeOf(p);
        Attributes limits;
        if (p.range.low > all.low) limits["min"] = range.low;
        if (p.range.high < all.high) limits["max"] = range.high;
        if (limits.empty()) return from;
        const ValueId to = addValue(nameOf(from) + ".cut", "F32", m_network.values[static_cast<std::size_t>(from)]);
        addNode("Clip", {from}, to, std::move(limits));
        return to;
    }

    void write(const Node& node)
    {
        m_network.nodes.push_back(node);
        std::vector<ValueId>& inputs = m_network.nodes.back().inputs;
        for (ValueId& id : inputs)
            if (const auto found = m_roundedAgain.find(id); found != m_roundedAgain.end()) id = found->second;
        if (movesNumbers(node) && !padsWithOthers(node) && m_roundings.contains(inputs[0])) roundAgain(node, m_roundings.at(inputs[0]));
    }

    void roundAgain(const Node& node, const Rounding& rounding)
    {
        const std::size_t moved = node.op == "MaxPool" ? 1 : node.outputs.size(); // its second output are indices
        for (std::size_t i = 0; i < std::min(moved, node.outputs.size()); ++i) {
            const ValueId id = node.outputs[i];
            if (id == kAbsent || std::ranges::count(m_network.outputs, id) > 0) continue;
            const ValueId again = addValue(nameOf(id) + ".rounded", "F32", m_network.values[static_cast<std::size_t>(id)]);
            addPair(id, again, rounding);
            m_roundedAgain.emplace(id, again);
        }
    }

    /// With numbers that need not be ones of the codes', as 0 is.
    static bool padsWithOthers(const Node& node)
    {
        if (node.op != "Pad") return false;
        return numberOf(node.attributes, "value", 0) != 0 || (node.inputs.size() > 2 && node.inputs[2] != kAbsent);
    }

    void writeLayer(std::size_t i)
    {
        const LayerQuantization& layer = m_q.layers[i];
        const WeightLayer& place = m_q.weightLayers[i];
        Node node = m_q.network.nodes[static_cast<std::size_t>(place.node)];
        if (!layer.codes.empty()) {
            if (layer.weightBits > 8) throw Error(layer.name, text("its weights have more than 8 bits"), text("choose 8 bits or fewer"));
            if (m_target == ExportTarget::TensorRt) refuseForTensorRt(layer.name, layer.parameters);
            const bool turned = wantsTurned(node, i);
            writeWeights(layer, place, turned);
            if (turned) {
                node.op = "Gemm";
                node.attributes["transB"] = std::int64_t{1};
            }
            const std::size_t scales = layer.parameters.scale.size();
            const bool biasHasCodes = m_q.inputScales[i] != 0 && !layer.bias.empty() && (scales == 1 || scales == layer.bias.size());
            if (biasHasCodes && m_target != ExportTarget::TensorRt) writeBias(layer, place.bias, m_q.inputScales[i]);
        }
        write(node);
    }

    /// ONNX Runtime rounds float inputs of [in, out] codes to 8 bits too (MatMulNBits), but not those of [out, in].
    bool wantsTurned(const Node& node, std::size_t i) const
    {
        const ValueInfo& input = m_network.values[static_cast<std::size_t>(node.inputs[0])];
        const bool isRow = node.op == "Gemm" || (node.op == "MatMul" && input.shaped && input.shape.size() == 2);
        const Attributes places = scalePlaces(m_q.layers[i], m_q.weightLayers[i].axis).attributes;
        return m_q.inputScales[i] == 0 && isRow && integerOf(node.attributes, "transB", 0) == 0 && !places.contains("block_size");
    }

    void writeWeights(const LayerQuantization& layer, const WeightLayer& place, bool turned)
    {
        const QuantParameters& p = layer.parameters;
        ScalePlaces places = scalePlaces(layer, place.axis);
        Shape shape = layer.before.shape();
        std::vector<std::int32_t> values = layer.codes;
        if (turned) {
            const auto in = static_cast<std::size_t>(shape[0]), out = static_cast<std::size_t>(shape[1]);
            for (std::size_t k = 0; k < values.size(); ++k) values[k] = layer.codes[k % in * out + k / in];
            std::swap(shape[0], shape[1]);
            m_network.values[static_cast<std::size_t>(place.weights)].shape = shape;
            if (!places.attributes.empty()) places.attributes["axis"] = std::int64_t{0};
        }
        const std::string name = layer.name + ".weight";
        const ValueId codes = addConstant(name + ".codes", byteCodes(shape, p.range, values));
        const ValueId scale = addConstant(name + ".scale", {places.shape, p.scale});
        const ValueId zeroPoint = addConstant(name + ".zero_point", byteCodes(places.shape, p.range, p.zeroPoint));
        if (m_packsFourBits && (isWithin(p.range, kInt4) || isWithin(p.range, kUint4))) m_network.fourBits.insert(codes);
        m_network.constants.erase(place.weights);
        addNode("DequantizeLinear", {codes, scale, zeroPoint}, place.weights, std::move(places.attributes));
    }

    void writeBias(const LayerQuantization& layer, ValueId bias, float inputScale)
    {
        std::vector<float> scales;
        for (const float s : layer.parameters.scale) scales.push_back(inputScale * s);
        const bool perChannel = scales.size() > 1;
        const int channels = static_cast<int>(layer.bias.size());
        const ValueId codes = addConstant(layer.name + ".bias.codes", {{channels}, biasCodes(layer, inputScale)});
        const ValueId scale = addConstant(layer.name + ".bias.scale", {perChannel ? Shape{channels} : Shape{}, scales});
        m_network.constants.erase(bias);
        Attributes attributes;
        if (perChannel) attributes["axis"] = std::int64_t{0};
        addNode("DequantizeLinear", {codes, scale}, bias, std::move(attributes));
    }

    const Quantized& m_q;
    ExportTarget m_target;
    bool m_packsFourBits;
    Network m_network;
    std::map<ValueId, Rounding> m_roundings; ///< of what DequantizeLinear nodes put out
    std::map<ValueId, ValueId> m_roundedAgain; ///< what only moved rounded numbers → the same behind a pair
};

} // namespace

Network qdqNetwork(const Quantized& q, ExportTarget target, bool packsFourBits) { return Rewriter(q, target, packsFourBits).result(); }

} // namespace bitstill::foreign
