#include "engine/models/export/export.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/models/export/weight_writer.h"
#include "engine/quant/fold_batchnorm.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// The lowest that have scales by channel and in blocks; all other operators here are older.
constexpr int kByChannel = 13, kInBlocks = 21;

class Writer {
public:
    Writer(const Graph& graph, const WeightWriter& weights, const QuantizedNetwork* quantized, int opset) :
        m_graph(graph), m_weights(weights), m_quantized(quantized), m_builder(opset)
    {
        for (const Graph::Node& n : graph.nodes())
            m_hasMaps = m_hasMaps || n.shape.height * n.shape.width > 1 || (n.layer && n.layer->window());
    }

    std::string bytes(const ExportNotes& about)
    {
        m_values.resize(m_graph.nodes().size());
        put(0, "input", m_hasMaps);
        m_builder.addInput("input", {.shape = valueShape(0)});
        for (int i = 1; i <= m_graph.output(); ++i) write(i);
        m_builder.addOutput("logits", {.shape = valueShape(m_graph.output())});
        for (const auto& [key, value] : about) m_builder.addNote(key, value);
        return m_builder.bytes();
    }

private:
    /// What a later node reads of this one.
    struct Value {
        std::string name;
        bool isMap = false;
        const QuantParameters* rounded = nullptr;
    };

    const Graph::Node& node(int i) const { return m_graph.node(i); }
    const Value& read(int i) const { return m_values[static_cast<std::size_t>(i)]; }
    std::string outputName(int i) const { return i == m_graph.output() ? "logits" : node(i).name; }

    Shape valueShape(int i) const
    {
        const SampleShape s = node(i).shape;
        return read(i).isMap ? Shape{-1, s.channels, s.height, s.width} : Shape{-1, s.features()};
    }

    void write(int i)
    {
        const Layer& layer = *node(i).layer;
        const int from = node(i).inputs[0];
        switch (layer.role()) {
        case LayerRole::Linear: return layer.window() ? writeConvolution(i, from) : writeDense(i, from);
        case LayerRole::Activation: return writeActivation(i, from, *layer.activation());
        case LayerRole::Selects:
        case LayerRole::Averages: return writePooling(i, from);
        case LayerRole::Adds:
            m_builder.addNode("Add", outputName(i), {read(from).name, read(node(i).inputs[1]).name});
            return put(i, outputName(i), read(from).isMap);
        case LayerRole::Moves: return writeFlatten(i, from);
        case LayerRole::Normalizes:
        case LayerRole::Rounds:
        case LayerRole::Other: break;
        }
        throw Error(node(i).name, text("a %1 here has no counterpart in the ONNX file", layer.kind()),
            text("export a network whose BatchNorm follows a convolution or dense layer each"));
    }

    void writeConvolution(int i, int from)
    {
        const LinearWindow w = *node(i).layer->window();
        onnx::NodeProto& conv = m_builder.addNode("Conv", outputName(i), withWeights(i, read(from)));
        setAttribute(conv, "kernel_shape", {w.kernel, w.kernel});
        setAttribute(conv, "strides", {w.stride, w.stride});
        setAttribute(conv, "pads", {w.padding, w.padding, w.padding, w.padding});
        setAttribute(conv, "group", w.groups);
        put(i, outputName(i), true);
    }

    void writeDense(int i, int from)
    {
        const Value input = read(from).isMap ? flattened(node(i).name + ".flat", read(from)) : read(from);
        onnx::NodeProto& gemm = m_builder.addNode("Gemm", outputName(i), withWeights(i, input));
        setAttribute(gemm, "transB", 1);
        put(i, outputName(i));
    }

    void writeActivation(int i, int from, Activation activation)
    {
        const std::string name = outputName(i);
        if (activation == Activation::relu()) {
            m_builder.addNode("Relu", name, {read(from).name});
        } else {
            const std::string low = m_builder.addFloats(name + ".low", {}, &activation.low);
            const std::string high = m_builder.addFloats(name + ".high", {}, &activation.high);
            m_builder.addNode("Clip", name, {read(from).name, low, high});
        }
        put(i, name, read(from).isMap);
    }

    void writePooling(int i, int from)
    {
        const Layer& layer = *node(i).layer;
        const kernels::PoolShape s = *layer.poolWindows(node(from).shape, node(i).shape);
        const bool selects = layer.role() == LayerRole::Selects;
        if (!selects && s.kernelHeight == s.inHeight && s.kernelWidth == s.inWidth) {
            m_builder.addNode("GlobalAveragePool", outputName(i), {read(from).name});
        } else {
            onnx::NodeProto& pool = m_builder.addNode(selects ? "MaxPool" : "AveragePool", outputName(i), {read(from).name});
            setAttribute(pool, "kernel_shape", {s.kernelHeight, s.kernelWidth});
            setAttribute(pool, "strides", {s.strideHeight, s.strideWidth});
        }
        if (selects)
            m_values[static_cast<std::size_t>(i)] = roundedAgain(outputName(i), true, read(from).rounded);
        else
            put(i, outputName(i), true);
    }

    void writeFlatten(int i, int from)
    {
        m_values[static_cast<std::size_t>(i)] = read(from).isMap ? flattened(outputName(i), read(from)) : read(from);
    }

    Value flattened(const std::string& name, const Value& value)
    {
        setAttribute(m_builder.addNode("Flatten", name, {value.name}), "axis", 1);
        return roundedAgain(name, false, value.rounded);
    }

    /// Keeps a node's output for those behind, rounded where the network rounds it.
    void put(int i, const std::string& name, bool isMap = false)
    {
        const QuantParameters* p = m_quantized && !m_quantized->activation(i).scale.empty() ? &m_quantized->activation(i) : nullptr;
        m_values[static_cast<std::size_t>(i)] = p ? rounded(name, isMap, *p, withinRange(name, *p)) : Value{name, isMap, nullptr};
    }

    /// Numbers that were rounded and only moved since: it changes nothing, but runtimes see that the operator may work on codes.
    Value roundedAgain(const std::string& name, bool isMap, const QuantParameters* p)
    {
        return p ? rounded(name, isMap, *p, name) : Value{name, isMap, nullptr};
    }

    Value rounded(const std::string& name, bool isMap, const QuantParameters& p, const std::string& from)
    {
        const std::string scale = m_builder.addFloats(name + ".scale", {}, p.scale.data());
        const std::string zeroPoint = m_builder.addCodes(name + ".zero_point", {}, codeTypeOf(p), {p.zeroPoint.front()});
        m_builder.addNode("QuantizeLinear", name + ".codes", {from, scale, zeroPoint});
        m_builder.addNode("DequantizeLinear", name + ".rounded", {name + ".codes", scale, zeroPoint});
        return {name + ".rounded", isMap, &p};
    }

    /// QuantizeLinear knows no codes of fewer than 8 bits here; its own type ends a code range of 8.
    std::string withinRange(const std::string& name, const QuantParameters& p)
    {
        const bool isSigned = p.range.low < 0;
        const bool lowIsFree = p.range.low == (isSigned ? -128 : 0), highIsFree = p.range.high == (isSigned ? 127 : 255);
        if (lowIsFree && highIsFree) return name;
        const Range range = rangeOf(p);
        const std::string low = lowIsFree ? "" : m_builder.addFloats(name + ".lowest", {}, &range.low);
        const std::string high = highIsFree ? "" : m_builder.addFloats(name + ".highest", {}, &range.high);
        std::vector<std::string> inputs{name, low};
        if (!highIsFree) inputs.push_back(high);
        m_builder.addNode("Clip", name + ".cut", inputs);
        return name + ".cut";
    }

    /// Input, weight and, where there is one, bias of a layer.
    std::vector<std::string> withWeights(int i, const Value& input)
    {
        std::vector<std::string> inputs{input.name};
        for (std::string& name : m_weights.write(m_builder, i, input.rounded != nullptr)) inputs.push_back(std::move(name));
        return inputs;
    }

    const Graph& m_graph;
    const WeightWriter& m_weights;
    const QuantizedNetwork* m_quantized; ///< null where activations are float
    OnnxBuilder m_builder;
    std::vector<Value> m_values; ///< by node
    bool m_hasMaps = false;
};

void refuseForTensorRt(const QuantizedNetwork& network)
{
    for (int i = 0; i <= network.folded().output(); ++i)
        if (!network.activation(i).scale.empty()) refuseForTensorRt("export", network.activation(i));
    for (const LayerQuantization& layer : network.layers())
        if (!layer.codes.empty()) refuseForTensorRt("export", layer.parameters);
}

} // namespace

void refuseForTensorRt(const std::string& where, const QuantParameters& p)
{
    if (p.range.low < 0 && std::ranges::all_of(p.zeroPoint, [](std::int32_t z) { return z == 0; })) return;
    throw Error(where, text("TensorRT takes signed codes with zero point 0 alone"), text("quantize weights and activations symmetrically"));
}

const std::vector<std::string>& exportTargetNames()
{
    static const std::vector<std::string> names{"any", "onnxruntime", "tensorrt"};
    return names;
}

ExportTarget exportTargetOf(const std::string& name)
{
    const auto& names = exportTargetNames();
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) throw Error("export", text("there is no target \"%1\"", name), text("the targets are %1", joined(names)));
    return static_cast<ExportTarget>(found - names.begin());
}

std::string onnxBytes(const Graph& trained, const ExportNotes& about)
{
    const Graph folded = foldBatchNorm(trained);
    return Writer(folded, *floatWeights(folded), nullptr, kByChannel).bytes(about);
}

std::string onnxBytes(const QuantizedNetwork& network, ExportTarget target, const ExportNotes& about)
{
    if (target == ExportTarget::TensorRt) refuseForTensorRt(network);
    return Writer(network.folded(), *roundedWeights(network, target), &network, kByChannel).bytes(about);
}

std::string onnxBytes(const FourBitWeights& network, const ExportNotes& about)
{
    return Writer(network.rounded, *fourBitWeights(network), nullptr, kInBlocks).bytes(about);
}

void writeOnnx(const std::filesystem::path& file, const std::string& model, FileRules rules)
{
    const std::vector<Text> problems = problemsOf(model, rules);
    if (!problems.empty())
        throw Error(file.filename().string(), text("the model is not what runtimes understand: %1", problems.front()),
            text("nothing was written; please report this"));
    writeFile(file, model);
}

} // namespace bitstill
