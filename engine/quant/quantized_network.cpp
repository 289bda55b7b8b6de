#include "engine/quant/quantized_network.h"

#include "engine/core/error.h"
#include "engine/measure/error_measures.h"
#include "engine/nn/evaluate.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/placement.h"

#include <algorithm>
#include <cmath>
#include <mutex>

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
    const Graph& trained, const Dataset& data, std::size_t calibrationSamples, ThreadPool& pool, const std::function<bool()>& keepGoing) :
    m_float(foldBatchNorm(trained)),
    m_network(m_float), m_pass(m_network, kBatch, Pass::Mode::Inference, pool)
{
    calibrate(data, calibrationSamples, keepGoing);
    for (int i = 1; i <= m_float.output(); ++i) {
        Parameter* weight = parameterNamed(*m_float.node(i).layer, "weight");
        if (!weight) continue;
        LayerQuantization& layer = m_layers.emplace_back();
        layer.node = i;
        layer.name = m_float.node(i).name;
        layer.before = weight->value;
        layer.after = weight->value;
    }
    m_pass.setHook([this](int node, const Shard& shard, float* y) { quantizeActivations(node, shard, y); });
    quantize({});
}

void QuantizedNetwork::calibrate(const Dataset& data, std::size_t samples, const std::function<bool()>& keepGoing)
{
    m_extents.resize(m_float.nodes().size());
    std::vector<std::unique_ptr<Observer>> watchers;
    for (std::size_t i = 0; i < m_extents.size(); ++i) watchers.push_back(makeMinMax());
    std::mutex mutex; // min and max come out the same in whatever order shards arrive
    m_pass.setHook([&](int node, const Shard& shard, float* y) {
        if (!carriesQuantizer(m_float, node)) return;
        const std::size_t n = static_cast<std::size_t>(shard.rows) * m_float.node(node).shape.size();
        std::lock_guard lock(mutex);
        watchers[static_cast<std::size_t>(node)]->observe(y, n, m_float.node(node).name);
    });
    samples = std::min(samples, data.train.count());
    if (evaluate(m_pass, data, data.train, samples, keepGoing).count < samples) throw Stopped{};
    for (std::size_t i = 0; i < m_extents.size(); ++i) m_extents[i] = watchers[i]->extent(8, Scheme::AffineUnsigned);
}

float QuantizedNetwork::inputScale(int node) const
{
    int source = m_float.node(node).inputs[0];
    while (source > 0 && m_activations[static_cast<std::size_t>(source)].scale.empty()) source = m_float.node(source).inputs[0];
    return m_activations[static_cast<std::size_t>(source)].scale.front();
}

void QuantizedNetwork::quantize(const QuantizationOptions& options)
{
    m_options = options;
    m_activations.assign(m_extents.size(), {});
    if (options.activationBits > 0)
        for (int i = 0; i < m_float.output(); ++i)
            if (carriesQuantizer(m_float, i))
                m_activations[static_cast<std::size_t>(i)] = chooseParameters(options.activationBits, Scheme::AffineUnsigned,
                    {1, 1, m_float.node(i).shape.size()}, {m_extents[static_cast<std::size_t>(i)]});
    for (LayerQuantization& layer : m_layers) quantizeLayer(layer);
}

void QuantizedNetwork::quantizeLayer(LayerQuantization& layer)
{
    const Blocks blocks = blocksOf(layer.before.shape(), m_options.granularity);
    const std::vector<Extent> extents = extentsOf(layer.before.data(), blocks, layer.name);
    layer.parameters = chooseParameters(m_options.weightBits, m_options.weightScheme, blocks, extents);
    std::vector<std::int32_t> codes(layer.before.size());
    bitstill::quantize(layer.before.data(), layer.parameters, codes.data());
    dequantize(codes.data(), layer.parameters, layer.after.data());
    std::vector<char> used(static_cast<std::size_t>(layer.parameters.range.codes()), 0);
    for (const std::int32_t code : codes) used[static_cast<std::size_t>(code - layer.parameters.range.low)] = 1;
    layer.codesUsed = static_cast<int>(std::count(used.begin(), used.end(), 1));
    layer.sqnrDb = sqnrDb(layer.before.data(), layer.after.data(), layer.before.size());

    Layer& target = *m_network.node(layer.node).layer;
    parameterNamed(target, "weight")->value = layer.after;
    Parameter* bias = parameterNamed(target, "bias");
    const Parameter* floatBias = parameterNamed(*m_float.node(layer.node).layer, "bias");
    if (!bias) return;
    bias->value = floatBias->value;
    if (m_options.activationBits == 0) return;
    const float scaleX = inputScale(layer.node);
    const bool perOutput = m_options.granularity.kind == Granularity::Kind::PerChannel && m_options.granularity.axis == 0;
    for (std::size_t c = 0; c < bias->value.size(); ++c) {
        const float step = scaleX * layer.parameters.scale[perOutput ? c : 0];
        bias->value[c] = std::nearbyint(floatBias->value[c] / step) * step;
    }
}

void QuantizedNetwork::quantizeActivations(int node, const Shard& shard, float* y) const
{
    const QuantParameters& p = m_activations[static_cast<std::size_t>(node)];
    if (p.scale.empty()) return;
    fakeQuantize(y, static_cast<std::size_t>(shard.rows) * p.blocks.inner, p.scale.front(), p.zeroPoint.front(), p.range, y);
}

std::int64_t QuantizedNetwork::floatBytes() const { return static_cast<std::int64_t>(m_float.parameterCount() * sizeof(float)); }

std::int64_t QuantizedNetwork::quantizedBytes() const
{
    std::int64_t bytes = 0;
    std::size_t weights = 0;
    for (const LayerQuantization& layer : m_layers) {
        const auto n = static_cast<std::int64_t>(layer.before.size()), channels = static_cast<std::int64_t>(layer.parameters.scale.size());
        bytes += (n * m_options.weightBits + 7) / 8 + channels * (m_options.weightScheme == Scheme::Symmetric ? 4 : 5);
        weights += layer.before.size();
    }
    return bytes + static_cast<std::int64_t>((m_float.parameterCount() - weights) * sizeof(std::int32_t));
}

} // namespace bitstill
