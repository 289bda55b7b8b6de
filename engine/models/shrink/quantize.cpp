#include "engine/models/shrink/quantize.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/models/facts.h"
#include "engine/models/operators/operators.h"
#include "engine/models/run.h"
#include "engine/models/samples.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

constexpr double kMostAtOnce = 64e6; ///< values that calibration holds at a time: 256 MB

Tensor tensorOf(const Network& network, ValueId id)
{
    return id == kAbsent ? Tensor() : network.constants.at(id).toTensor(network.values[static_cast<std::size_t>(id)].name);
}

/// Of one sample.
double valuesOf(const Network& network, const std::vector<ValueId>& ids)
{
    const Facts facts = factsOf(network, inputShapes(network, 1, 64));
    double sum = 1;
    for (const ValueId id : ids)
        if (const auto& shape = facts.shapes[static_cast<std::size_t>(id)]) sum += static_cast<double>(elements(*shape));
    return sum;
}

/// Activation functions of one input stay with the layer before them.
bool isActivation(const Node& node) { return node.inputs.size() == 1 || node.op == "Clip" || node.op == "PRelu"; }

} // namespace

Quantizer::Quantizer(
    Network network, const NamedArrays& samples, const std::string& observer, ThreadPool& pool, const std::function<bool()>& keepGoing) :
    m_network(prepared(std::move(network))),
    m_layers(weightLayersOf(m_network))
{
    const std::vector<ValueId> rounded = roundedValues(m_network);
    for (const WeightLayer& layer : m_layers) m_sources.push_back(roundingOf(m_network, layer.input, rounded));
    std::map<ValueId, std::string> owners; // of any value
    std::size_t next = 0;
    for (std::size_t n = 0; n < m_network.nodes.size(); ++n) {
        const Node& node = m_network.nodes[n];
        if (next < m_layers.size() && m_layers[next].node == static_cast<int>(n))
            owners[node.outputs[0]] = m_layers[next++].name;
        else if (isActivation(node) && !movesNumbers(node) && owners.contains(node.inputs[0]))
            owners[node.outputs[0]] = owners.at(node.inputs[0]);
    }
    for (const ValueId id : rounded)
        if (owners.contains(id)) m_owners[id] = owners.at(id);
    for (const ValueId id : rounded) m_observers.emplace(id, makeObserver(observer));
    calibrate(samples, observer, pool, keepGoing);
}

void Quantizer::calibrate(const NamedArrays& samples, const std::string& observer, ThreadPool& pool, const std::function<bool()>& keepGoing)
{
    std::vector<ValueId> wanted;
    std::vector<Observer*> watchers;
    for (auto& [id, watcher] : m_observers) {
        watcher = makeObserver(observer);
        wanted.push_back(id);
        watchers.push_back(watcher.get());
    }
    const std::size_t count = sampleCount(m_network, samples);
    const auto piece =
        static_cast<std::size_t>(std::clamp(kMostAtOnce / valuesOf(m_network, wanted), 1.0, 32.0)); // a moving average moves with each
    for (std::size_t first = 0; first < count; first += piece) {
        if (keepGoing && !keepGoing()) throw Stopped{};
        const NamedArrays seen = run(m_network, samplesOf(m_network, samples, first, std::min(piece, count - first)), wanted, &pool);
        // Each sees the samples in their order, whoever works for it.
        pool.run(static_cast<int>(wanted.size()), [&](int i) {
            const std::string& name = m_network.values[static_cast<std::size_t>(wanted[static_cast<std::size_t>(i)])].name;
            const Array& array = seen.at(name);
            watchers[static_cast<std::size_t>(i)]->observe(std::get<std::vector<float>>(array.values).data(), array.size(), name);
        });
    }
}

Range Quantizer::rangeOf(ValueId value, int bits, Scheme scheme) const
{
    const auto found = m_observers.find(value);
    return found == m_observers.end() ? Range{} : found->second->range(bits, scheme);
}

int Quantizer::bitsOf(ValueId value, const QuantizationOptions& options) const
{
    if (options.edgesAt8 && options.activationBits > 0 && !m_layers.empty()
        && (value == m_sources.back() || std::ranges::count(m_network.inputs, value)))
        return 8;
    const auto owner = m_owners.find(value);
    const auto own = owner == m_owners.end() ? options.layers.end() : options.layers.find(owner->second);
    return own == options.layers.end() ? options.activationBits : own->second.activation;
}

Quantized Quantizer::quantize(const QuantizationOptions& options) const
{
    Quantized q{.network = m_network, .weightScheme = options.weightScheme};
    std::map<ValueId, QuantParameters> activations;
    for (const auto& [id, watcher] : m_observers)
        if (const int bits = bitsOf(id, options); bits > 0)
            activations.emplace(id, activationParameters(options, bits, watcher->range(bits, options.activationScheme), 1));
    q.round(activations);
    q.weightLayers = weightLayersOf(q.network);
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        LayerQuantization layer{.node = q.weightLayers[i].node, .name = m_layers[i].name};
        layer.before = tensorOf(m_network, m_layers[i].weights);
        layer.bias = tensorOf(m_network, m_layers[i].bias);
        layer.weightBits = weightBitsOf(options, layer.name, i == 0 || i + 1 == m_layers.size());
        QuantizationOptions own = options;
        own.granularity.axis = m_layers[i].axis;
        const auto source = activations.find(m_sources[i]);
        q.inputScales.push_back(source == activations.end() ? 0 : source->second.scale.front());
        roundWeights(layer, own, q.inputScales.back());
        q.layers.push_back(std::move(layer));
        q.write(i);
    }
    return q;
}

} // namespace bitstill::foreign
