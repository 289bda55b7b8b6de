#include "engine/models/shrink/quantize.h"

#include "engine/models/operators/operators.h"

#include <algorithm>
#include <set>

namespace bitstill::foreign {

namespace {

Node fakeQuantize(const std::string& name, ValueId from, ValueId to, const QuantParameters& p)
{
    return {.name = name,
        .domain = kOwnDomain,
        .op = "FakeQuantize",
        .inputs = {from},
        .outputs = {to},
        .attributes = {{"scale", p.scale.front()}, {"zero_point", std::int64_t{p.zeroPoint.front()}}, {"low", std::int64_t{p.range.low}},
            {"high", std::int64_t{p.range.high}}, {"profile", profileNames()[static_cast<std::size_t>(p.profile)]}}};
}

std::string freeName(const Network& network, std::string name)
{
    while (network.find(name) != kAbsent) name += "_";
    return name;
}

} // namespace

void Quantized::round(const std::map<ValueId, QuantParameters>& activations)
{
    std::map<ValueId, ValueId> rounded;
    std::vector<Node> nodes;
    const auto roundNow = [&](ValueId id) {
        const auto found = activations.find(id);
        if (found == activations.end()) return;
        ValueInfo info = network.values[static_cast<std::size_t>(id)];
        const std::string name = info.name = freeName(network, info.name + ".rounded");
        const ValueId to = network.add(std::move(info));
        nodes.push_back(fakeQuantize(name, id, to, found->second));
        rounded.emplace(id, to);
    };
    for (const ValueId id : network.inputs) roundNow(id);
    for (Node& node : network.nodes) {
        for (ValueId& id : node.inputs)
            if (const auto found = rounded.find(id); found != rounded.end()) id = found->second;
        nodes.push_back(std::move(node));
        const std::vector<ValueId> made = nodes.back().outputs;
        for (const ValueId id : made)
            if (id != kAbsent) roundNow(id);
    }
    network.nodes = std::move(nodes);
}

void Quantized::write(std::size_t i)
{
    const LayerQuantization& layer = layers[i];
    WeightLayer& place = weightLayers[i];
    Node& node = network.nodes[static_cast<std::size_t>(place.node)];
    const auto put = [&](ValueId& id, std::size_t input, const Tensor& tensor, const char* what) {
        if (tensor.empty()) return;
        // Others may read the same constant, and their rounding is another.
        if (!written.contains(id)) {
            id = network.add({.name = freeName(network, layer.name + what), .type = "F32", .shape = tensor.shape(), .shaped = true});
            written.insert(id);
        }
        network.constants.insert_or_assign(id, Array::of(tensor));
        node.inputs.resize(std::max(node.inputs.size(), input + 1), kAbsent);
        node.inputs[input] = id;
    };
    put(place.weights, 1, layer.after, ".weight.rounded");
    put(place.bias, 2, roundedBias(layer, inputScales[i]), ".bias.rounded");
}

void Quantized::setCodes(std::size_t layer, const std::vector<std::int32_t>& codes)
{
    layers[layer].codes = codes;
    writeWeights(layers[layer]);
    write(layer);
}

void Quantized::shiftBias(std::size_t layer, const Tensor& shift)
{
    LayerQuantization& l = layers[layer];
    Node& node = network.nodes[static_cast<std::size_t>(weightLayers[layer].node)];
    if (node.op == "MatMul") { // which has no bias
        const ValueInfo& y = network.values[static_cast<std::size_t>(weightLayers[layer].output)];
        if (!y.shaped || y.shape.size() != 2) return;
        node.op = "Gemm";
    }
    if (l.bias.empty()) l.bias = Tensor(shift.shape());
    for (std::size_t c = 0; c < l.bias.size(); ++c) l.bias[c] += shift[c];
    write(layer);
}

std::int64_t Quantized::bytes() const
{
    std::int64_t bytes = 0;
    std::set<ValueId> counted;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        bytes += weightBytes(layers[i], weightScheme);
        counted.insert(weightLayers[i].weights);
    }
    return bytes + constantBytes(network, counted);
}

std::int64_t constantBytes(const Network& network, std::set<ValueId> counted)
{
    std::int64_t bytes = 0;
    for (const Node& node : network.nodes)
        for (const ValueId id : node.inputs) {
            const auto found = network.constants.find(id);
            if (found != network.constants.end() && found->second.isFloat() && counted.insert(id).second)
                bytes += 4 * static_cast<std::int64_t>(found->second.size());
        }
    return bytes;
}

} // namespace bitstill::foreign
