#include "engine/quant/quantized_network.h"

#include "engine/core/error.h"
#include "engine/data/sample.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/placement.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kBatch = 256;

Parameter* parameterNamed(Layer& layer, const char* name)
{
    for (Parameter* p : layer.parameters())
        if (p->name == name) return p;
    return nullptr;
}

} // namespace

QuantizedNetwork::QuantizedNetwork(
    const Graph& trained, const Dataset& data, const Calibration& calibration, ThreadPool& pool, const std::function<bool()>& keepGoing) :
    m_float(foldBatchNorm(trained)),
    m_network(m_float), m_pass(m_network, kBatch, Pass::Mode::Inference, pool)
{
    calibrate(data, calibration, keepGoing);
    collectLayers();
}

QuantizedNetwork::QuantizedNetwork(Graph folded, std::vector<Range> ranges, ThreadPool& pool) :
    m_float(std::move(folded)), m_network(m_float), m_pass(m_network, kBatch, Pass::Mode::Inference, pool), m_ranges(std::move(ranges))
{
    collectLayers();
}

void QuantizedNetwork::collectLayers()
{
    for (int i = 1; i <= m_float.output(); ++i) {
        Layer& source = *m_float.node(i).layer;
        Parameter* weight = parameterNamed(source, "weight");
        if (!weight) continue;
        LayerQuantization& layer = m_layers.emplace_back();
        layer.node = i;
        layer.name = m_float.node(i).name;
        layer.before = layer.after = weight->value;
        if (const Parameter* bias = parameterNamed(source, "bias")) layer.bias = bias->value;
    }
    m_pass.setHook([this](NodeId node, const Shard& shard, float* y) {
        quantizeActivations(node, shard, y);
        if (m_watch) m_watch(node, shard, y);
    });
    quantize({});
}

void QuantizedNetwork::calibrate(const Dataset& data, const Calibration& calibration, const std::function<bool()>& keepGoing)
{
    const std::size_t samples = std::min(calibration.samples, data.train.count());
    if (samples == 0) throw Error("calibration", text("there is no sample to calibrate on"), text("ask for one or more"));
    for (std::size_t i = 0; i < m_float.nodes().size(); ++i) m_observers.push_back(makeObserver(calibration.observer));
    ThreadPool alone(1); // observers see the samples in order, so that any of them gives the same range for any number of threads
    Pass pass(m_float, kBatch, Pass::Mode::Inference, alone);
    pass.setHook([&](int node, const Shard& shard, float* y) {
        if (!carriesQuantizer(m_float, node)) return;
        const std::size_t n = static_cast<std::size_t>(shard.rows) * m_float.node(node).shape.size();
        m_observers[static_cast<std::size_t>(node)]->observe(y, n, m_float.node(node).name);
    });
    const Samples sample = sampleOf(data, data.train, samples, calibration.seed);
    if (evaluate(pass, data, sample, samples, keepGoing).count < samples) throw Stopped{};
}

const QuantParameters& QuantizedNetwork::inputOf(int node) const
{
    int source = m_float.node(node).inputs[0];
    while (source > 0 && !carriesQuantizer(m_float, source)) source = m_float.node(source).inputs[0];
    return m_activations[static_cast<std::size_t>(source)];
}

int QuantizedNetwork::quantizerBehind(int node) const
{
    if (carriesQuantizer(m_float, node)) return node;
    for (int i = node + 1; i <= m_float.output(); ++i)
        if (m_float.node(i).inputs[0] == node && carriesQuantizer(m_float, i)) return i;
    return node; // the logits
}

int QuantizedNetwork::activationBitsAt(int node) const
{
    if (m_options.edgesAt8 && m_options.activationBits > 0) {
        int source = m_float.node(m_layers.back().node).inputs[0];
        while (source > 0 && !carriesQuantizer(m_float, source)) source = m_float.node(source).inputs[0];
        if (node == 0 || node == source) return 8;
    }
    for (const auto& [name, bits] : m_options.layers) {
        const int layer = m_float.find(name);
        if (layer >= 0 && quantizerBehind(layer) == node) return bits.activation;
    }
    return m_options.activationBits;
}

void QuantizedNetwork::quantize(const QuantizationOptions& options) { quantize(options, {}); }

void QuantizedNetwork::quantize(const QuantizationOptions& options, const std::map<std::string, std::vector<float>>& weightScales)
{
    m_options = options;
    m_activations.assign(m_float.nodes().size(), {});
    for (int i = 0; i < m_float.output(); ++i) {
        const int bits = carriesQuantizer(m_float, i) ? activationBitsAt(i) : 0;
        if (bits == 0) continue;
        const auto node = static_cast<std::size_t>(i);
        const Range range = m_observers.empty() ? m_ranges[node] : m_observers[node]->range(bits, options.activationScheme);
        m_activations[node] = activationParameters(options, bits, range, m_float.node(i).shape.size());
    }
    for (LayerQuantization& layer : m_layers) {
        const auto scales = weightScales.find(layer.name);
        layer.weightBits = weightBitsOf(options, layer.name, &layer == &m_layers.front() || &layer == &m_layers.back());
        if (const Parameter* bias = parameterNamed(*m_float.node(layer.node).layer, "bias")) layer.bias = bias->value;
        roundWeights(layer, options, inputScaleOf(layer), scales == weightScales.end() ? nullptr : &scales->second);
        writeLayer(layer);
    }
}

float QuantizedNetwork::inputScaleOf(const LayerQuantization& layer) const
{
    const QuantParameters& input = inputOf(layer.node);
    return input.scale.empty() ? 0 : input.scale.front();
}

void QuantizedNetwork::writeLayer(const LayerQuantization& layer)
{
    Layer& target = *m_network.node(layer.node).layer;
    parameterNamed(target, "weight")->value = layer.after;
    if (Parameter* bias = parameterNamed(target, "bias")) bias->value = roundedBias(layer, inputScaleOf(layer));
}

std::vector<std::int32_t> QuantizedNetwork::biasCodes(const LayerQuantization& layer) const
{
    return bitstill::biasCodes(layer, inputOf(layer.node).scale.front());
}

void QuantizedNetwork::setCodes(std::size_t layer, const std::vector<std::int32_t>& codes)
{
    LayerQuantization& l = m_layers[layer];
    assert(codes.size() == l.codes.size());
    l.codes = codes;
    writeWeights(l);
    writeLayer(l);
}

void QuantizedNetwork::shiftBias(std::size_t layer, const Tensor& shift)
{
    LayerQuantization& l = m_layers[layer];
    for (std::size_t c = 0; c < l.bias.size(); ++c) l.bias[c] += shift[c];
    writeLayer(l);
}

void QuantizedNetwork::quantizeActivations(int node, const Shard& shard, float* y) const
{
    const QuantParameters& p = m_activations[static_cast<std::size_t>(node)];
    if (p.scale.empty()) return;
    QuantParameters rows = p;
    rows.blocks.inner *= static_cast<std::size_t>(shard.rows);
    fakeQuantize(y, rows, y);
}

std::int64_t QuantizedNetwork::floatBytes() const { return static_cast<std::int64_t>(m_float.parameterCount() * sizeof(float)); }

std::int64_t QuantizedNetwork::quantizedBytes() const
{
    std::int64_t bytes = 0;
    std::size_t weights = 0;
    for (const LayerQuantization& layer : m_layers) {
        weights += layer.before.size();
        bytes += weightBytes(layer, m_options.weightScheme);
    }
    return bytes + static_cast<std::int64_t>((m_float.parameterCount() - weights) * sizeof(std::int32_t));
}

std::int64_t QuantizedNetwork::floatBytesMoved() const
{
    std::int64_t numbers = 0;
    for (const LayerQuantization& layer : m_layers)
        numbers += m_float.node(m_float.node(layer.node).inputs[0]).shape.features() + m_float.node(layer.node).shape.features();
    return floatBytes() + 4 * numbers;
}

std::int64_t QuantizedNetwork::quantizedBytesMoved() const
{
    std::int64_t bits = 0;
    for (const LayerQuantization& layer : m_layers) {
        const QuantParameters &in = inputOf(layer.node), &out = activation(quantizerBehind(layer.node));
        // Codes of fewer bits still travel as bytes.
        bits += m_float.node(m_float.node(layer.node).inputs[0]).shape.features() * (in.scale.empty() ? 32 : 8);
        bits += m_float.node(layer.node).shape.features() * (out.scale.empty() ? 32 : 8);
    }
    return quantizedBytes() + bits / 8;
}

/// Each weight is used once for every place of its output channel.
std::int64_t QuantizedNetwork::productsOf(const LayerQuantization& layer) const
{
    const std::int64_t places = m_float.node(layer.node).shape.features() / layer.before.shape().front();
    return places * static_cast<std::int64_t>(layer.before.size());
}

std::int64_t QuantizedNetwork::floatBitOperations() const
{
    std::int64_t products = 0;
    for (const LayerQuantization& layer : m_layers) products += productsOf(layer);
    return products * 32 * 32;
}

std::int64_t QuantizedNetwork::quantizedBitOperations() const
{
    double operations = 0;
    for (const LayerQuantization& layer : m_layers) {
        const QuantParameters& in = inputOf(layer.node);
        const double inputBits = in.scale.empty() ? 32 : std::log2(in.range.codes());
        double weightBits = layer.weightBits == 0 ? 32 : layer.weightBits;
        if (layer.format) weightBits = layer.format->bits(layer.before.size()) / static_cast<double>(layer.before.size());
        operations += static_cast<double>(productsOf(layer)) * weightBits * std::round(inputBits);
    }
    return std::llround(operations);
}

} // namespace bitstill
