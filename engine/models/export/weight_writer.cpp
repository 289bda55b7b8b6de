#include "engine/models/export/weight_writer.h"

#include "engine/core/error.h"
#include "engine/nn/model_file.h"

#include <algorithm>

namespace bitstill {

namespace {

/// Weights in the order of files, codes in the place of the layers' that have them. Codes are small enough to be exact in a float.
std::map<std::string, Tensor> codesByName(const QuantizedNetwork& network)
{
    Graph codes = network.folded();
    for (const LayerQuantization& layer : network.layers()) {
        const LinearWeights target = *codes.node(layer.node).layer->weights();
        target.weight.value = layer.after;
        if (!layer.bias.empty()) target.bias.value = layer.bias;
        std::ranges::transform(layer.codes, target.weight.value.begin(), [](std::int32_t c) { return static_cast<float>(c); });
    }
    return modelTensors(codes);
}

std::vector<std::int32_t> integers(const Tensor& codes)
{
    std::vector<std::int32_t> result;
    for (const float c : codes) result.push_back(static_cast<std::int32_t>(c));
    return result;
}

class FloatWeights : public WeightWriter {
public:
    FloatWeights(const Graph& graph, std::map<std::string, Tensor> tensors) : m_graph(graph), m_tensors(std::move(tensors)) { }

    std::vector<std::string> write(OnnxBuilder& builder, int node, bool inputIsRounded) const override
    {
        const std::string& layer = m_graph.node(node).name;
        if (inputIsRounded)
            throw Error(layer, text("its input is rounded but its weights are not"),
                text("quantize the weights too, or leave activations float: runtimes would round the weights by themselves"));
        return named(weight(builder, layer + ".weight"), bias(builder, layer + ".bias"));
    }

protected:
    static std::vector<std::string> named(const std::string& weight, const std::string& bias)
    {
        return bias.empty() ? std::vector{weight} : std::vector{weight, bias};
    }

    std::string weight(OnnxBuilder& builder, const std::string& name) const
    {
        const Tensor& values = m_tensors.at(name);
        return builder.addFloats(name, values.shape(), values.data());
    }

    /// Empty where there is none.
    std::string bias(OnnxBuilder& builder, const std::string& name) const { return m_tensors.contains(name) ? weight(builder, name) : ""; }

    const Graph& m_graph;
    std::map<std::string, Tensor> m_tensors;
};

class RoundedWeights : public FloatWeights {
public:
    RoundedWeights(const QuantizedNetwork& network, ExportTarget target) :
        FloatWeights(network.folded(), codesByName(network)), m_network(network), m_target(target)
    {
    }

    std::vector<std::string> write(OnnxBuilder& builder, int node, bool inputIsRounded) const override
    {
        for (const LayerQuantization& layer : m_network.layers()) {
            if (layer.node != node || layer.codes.empty()) continue;
            const std::string name = layer.name + ".bias";
            const bool hasCodes = inputIsRounded && !layer.bias.empty();
            return named(weightCodes(builder, layer), hasCodes ? biasCodes(builder, name, layer) : bias(builder, name));
        }
        return FloatWeights::write(builder, node, inputIsRounded);
    }

private:
    std::string weightCodes(OnnxBuilder& builder, const LayerQuantization& layer) const
    {
        const QuantParameters& p = layer.parameters;
        const bool perChannel = p.scale.size() > 1;
        if (layer.weightBits > 8) throw Error(layer.name, text("its weights have more than 8 bits"), text("choose 8 bits or fewer"));
        if (perChannel && p.scale.size() != static_cast<std::size_t>(layer.before.shape().front()))
            throw Error(layer.name, text("its weights have scales within a channel"), text("choose per tensor or per channel"));
        const std::string name = layer.name + ".weight";
        const Shape shape = perChannel ? Shape{static_cast<int>(p.scale.size())} : Shape{};
        const std::string codes = builder.addCodes(name + ".codes", layer.before.shape(), codeTypeOf(p), integers(m_tensors.at(name)));
        const std::string scale = builder.addFloats(name + ".scale", shape, p.scale.data());
        const std::string zeroPoint = builder.addCodes(name + ".zero_point", shape, codeTypeOf(p), p.zeroPoint);
        onnx::NodeProto& dequantize = builder.addNode("DequantizeLinear", name, {codes, scale, zeroPoint});
        if (perChannel) setAttribute(dequantize, "axis", 0);
        return name;
    }

    std::string biasCodes(OnnxBuilder& builder, const std::string& name, const LayerQuantization& layer) const
    {
        const float input = m_network.inputOf(layer.node).scale.front();
        std::vector<float> scales;
        for (const float s : layer.parameters.scale) scales.push_back(input * s);
        const std::vector<std::int32_t> codes = m_network.biasCodes(layer);
        const int channels = static_cast<int>(codes.size());
        const bool perChannel = scales.size() > 1;
        if (m_target == ExportTarget::TensorRt) { // it dequantizes no int32
            Tensor values({channels});
            for (std::size_t c = 0; c < codes.size(); ++c) values[c] = static_cast<float>(codes[c]) * scales[perChannel ? c : 0];
            return builder.addFloats(name, values.shape(), values.data());
        }
        const std::string stored = builder.addCodes(name + ".codes", {channels}, onnx::TensorProto::INT32, codes);
        const std::string scale = builder.addFloats(name + ".scale", perChannel ? Shape{channels} : Shape{}, scales.data());
        onnx::NodeProto& dequantize = builder.addNode("DequantizeLinear", name, {stored, scale});
        if (perChannel) setAttribute(dequantize, "axis", 0);
        return name;
    }

    const QuantizedNetwork& m_network;
    ExportTarget m_target;
};

class BlockWeights : public FloatWeights {
public:
    explicit BlockWeights(const FourBitWeights& network) : FloatWeights(network.rounded, modelTensors(network.rounded)), m_network(network)
    {
    }

    std::vector<std::string> write(OnnxBuilder& builder, int node, bool) const override
    {
        const std::string& layer = m_graph.node(node).name;
        const std::string name = layer + ".weight";
        const FourBitWeights::Layer& stored = m_network.layers.at(name);
        const Shape& shape = m_tensors.at(name).shape();
        const bool inBlocks = shape.size() == 2;
        Shape scales{shape[0]};
        if (inBlocks) scales.push_back(static_cast<int>(stored.scales.size()) / shape[0]);
        const std::vector<std::int32_t> zeros(stored.scales.size(), 0);
        const std::string codes = builder.addCodes(name + ".codes", shape, kOnnxInt4, stored.codes);
        const std::string scale = builder.addFloats(name + ".scale", scales, stored.scales.data());
        const std::string zeroPoint = builder.addCodes(name + ".zero_point", scales, kOnnxInt4, zeros);
        onnx::NodeProto& dequantize = builder.addNode("DequantizeLinear", name, {codes, scale, zeroPoint});
        setAttribute(dequantize, "axis", inBlocks ? 1 : 0);
        if (inBlocks) setAttribute(dequantize, "block_size", std::min(m_network.block, shape[1]));
        return named(name, bias(builder, layer + ".bias"));
    }

private:
    const FourBitWeights& m_network;
};

} // namespace

int codeTypeOf(const QuantParameters& p) { return p.range.low < 0 ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8; }

std::unique_ptr<WeightWriter> floatWeights(const Graph& folded) { return std::make_unique<FloatWeights>(folded, modelTensors(folded)); }

std::unique_ptr<WeightWriter> roundedWeights(const QuantizedNetwork& network, ExportTarget target)
{
    return std::make_unique<RoundedWeights>(network, target);
}

std::unique_ptr<WeightWriter> fourBitWeights(const FourBitWeights& network) { return std::make_unique<BlockWeights>(network); }

} // namespace bitstill
