#include "engine/quant/quantized_network.h"

#include "engine/core/error.h"
#include "engine/data/sample.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/placement.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

constexpr int kBatch = 256;

Parameter* parameterNamed(Layer& layer, const char* name)
{
    for (Parameter* p : layer.parameters())
        if (p->name == name) return p;
    return nullptr;
}

/// Leaves a 32-bit accumulator as much room as the bias takes.
constexpr double kLargestBiasCode = 0x1p30;

/// Does each output channel have one scale?
bool onePerChannel(const LayerQuantization& layer)
{
    const std::size_t scales = layer.parameters.scale.size();
    return scales == 1 || scales == layer.bias.size();
}

/// Which of the layer's scales output channel c has, where it has one.
std::size_t scaleOf(const LayerQuantization& layer, std::size_t c) { return layer.parameters.scale.size() == 1 ? 0 : c; }

} // namespace

QuantizedNetwork::QuantizedNetwork(
    const Graph& trained, const Dataset& data, const Calibration& calibration, ThreadPool& pool, const std::function<bool()>& keepGoing) :
    m_float(foldBatchNorm(trained)),
    m_network(m_float), m_pass(m_network, kBatch, Pass::Mode::Inference, pool)
{
    calibrate(data, calibration, keepGoing);
    collectLayers();
}

QuantizedNetwork::QuantizedNetwork(Graph folded, std::vector<Extent> ranges, ThreadPool& pool) :
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
    m_pass.setHook([this](int node, const Shard& shard, float* y) {
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
        const Extent range = m_observers.empty() ? m_ranges[node] : m_observers[node]->extent(bits, Scheme::AffineUnsigned);
        m_activations[node] = chooseParameters(
            bits, Scheme::AffineUnsigned, {1, 1, m_float.node(i).shape.size()}, {range}, options.profile, scaleFloor(options.profile));
    }
    for (LayerQuantization& layer : m_layers) {
        const auto scales = weightScales.find(layer.name);
        const auto own = options.layers.find(layer.name);
        const bool edge = options.edgesAt8 && (&layer == &m_layers.front() || &layer == &m_layers.back());
        layer.weightBits = own != options.layers.end() ? own->second.weight : edge && options.weightBits > 0 ? 8 : options.weightBits;
        if (const Parameter* bias = parameterNamed(*m_float.node(layer.node).layer, "bias")) layer.bias = bias->value;
        quantizeLayer(layer, scales == weightScales.end() ? nullptr : &scales->second);
    }
}

void QuantizedNetwork::quantizeLayer(LayerQuantization& layer, const std::vector<float>* scales)
{
    layer.codes.clear();
    layer.parameters = {};
    layer.format = layer.weightBits > 0 ? m_options.weightFormat : nullptr;
    extentsOf(layer.bias.data(), {1, 1, layer.bias.size()}, layer.name + ".bias"); // refuses what is not finite
    if (layer.format) extentsOf(layer.before.data(), {1, 1, layer.before.size()}, layer.name);
    if (layer.weightBits > 0 && !layer.format) {
        const Blocks blocks = blocksOf(layer.before.shape(), m_options.granularity);
        const std::vector<Extent> extents =
            observedExtents(m_options.weightObserver, layer.weightBits, m_options.weightScheme, layer.before.data(), blocks, layer.name);
        layer.parameters =
            chooseParameters(layer.weightBits, m_options.weightScheme, blocks, extents, m_options.profile, scaleFloor(m_options.profile));
        if (scales) {
            assert(scales->size() == layer.parameters.scale.size());
            layer.parameters.scale = *scales;
        }
        makeRoomForBias(layer, extents);
        layer.codes.resize(layer.before.size());
        bitstill::quantize(layer.before.data(), layer.parameters, layer.codes.data());
    }
    writeLayer(layer);
}

void QuantizedNetwork::writeLayer(LayerQuantization& layer)
{
    Layer& target = *m_network.node(layer.node).layer;
    if (layer.codes.empty()) {
        layer.after = layer.before;
        layer.codesUsed = 0;
        if (layer.format) layer.format->roundTrip(layer.before.data(), layer.before.size(), layer.after.data());
    } else {
        dequantize(layer.codes.data(), layer.parameters, layer.after.data());
        std::vector<char> used(static_cast<std::size_t>(layer.parameters.range.codes()), 0);
        for (const std::int32_t code : layer.codes) used[static_cast<std::size_t>(code - layer.parameters.range.low)] = 1;
        layer.codesUsed = static_cast<int>(std::count(used.begin(), used.end(), 1));
    }
    layer.sqnrDb = sqnrDb(layer.before.data(), layer.after.data(), layer.before.size());
    parameterNamed(target, "weight")->value = layer.after;
    Parameter* bias = parameterNamed(target, "bias");
    if (!bias) return;
    bias->value = layer.bias;
    const QuantParameters& input = inputOf(layer.node);
    if (input.scale.empty() || layer.codes.empty() || !onePerChannel(layer)) return;
    const std::vector<std::int32_t> codes = biasCodes(layer);
    for (std::size_t c = 0; c < codes.size(); ++c)
        bias->value[c] = static_cast<float>(codes[c]) * (input.scale.front() * layer.parameters.scale[scaleOf(layer, c)]);
}

std::vector<std::int32_t> QuantizedNetwork::biasCodes(const LayerQuantization& layer) const
{
    const float input = inputOf(layer.node).scale.front();
    std::vector<std::int32_t> codes;
    for (std::size_t c = 0; c < layer.bias.size(); ++c) {
        const double code = std::nearbyint(static_cast<double>(layer.bias[c] / (input * layer.parameters.scale[scaleOf(layer, c)])));
        codes.push_back(static_cast<std::int32_t>(std::clamp(code, -kLargestBiasCode, kLargestBiasCode)));
    }
    return codes;
}

void QuantizedNetwork::makeRoomForBias(LayerQuantization& layer, const std::vector<Extent>& extents) const
{
    const QuantParameters& input = inputOf(layer.node);
    QuantParameters& p = layer.parameters;
    if (input.scale.empty() || !onePerChannel(layer)) return;
    const auto step = static_cast<double>(input.scale.front());
    for (std::size_t s = 0; s < p.scale.size(); ++s) {
        // A step that float32 can hold, and half of kLargestBiasCode: bias correction may still add something.
        double least = static_cast<double>(std::numeric_limits<float>::min()) / step;
        for (std::size_t c = 0; c < layer.bias.size(); ++c)
            if (scaleOf(layer, c) == s)
                least = std::max(least, std::abs(static_cast<double>(layer.bias[c])) / (step * kLargestBiasCode / 2));
        if (static_cast<double>(p.scale[s]) >= least) continue;
        const QuantParameters wider = chooseParameters(layer.weightBits, m_options.weightScheme, {1, 1, 1}, {extents[s]}, m_options.profile,
            std::nextafter(static_cast<float>(least), HUGE_VALF));
        p.scale[s] = std::max(wider.scale.front(), p.scale[s]);
        p.zeroPoint[s] = wider.zeroPoint.front();
    }
}

void QuantizedNetwork::setCodes(std::size_t layer, const std::vector<std::int32_t>& codes)
{
    LayerQuantization& l = m_layers[layer];
    assert(codes.size() == l.codes.size());
    l.codes = codes;
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
        const auto n = static_cast<std::int64_t>(layer.before.size()), channels = static_cast<std::int64_t>(layer.parameters.scale.size());
        const int bits = layer.weightBits == 0 ? 32 : layer.weightBits;
        weights += layer.before.size();
        if (layer.format) {
            bytes += static_cast<std::int64_t>(std::ceil(layer.format->bits(layer.before.size()) / 8));
            continue;
        }
        bytes += (n * bits + 7) / 8 + channels * (m_options.weightScheme == Scheme::Symmetric ? 4 : 5);
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

} // namespace bitstill
