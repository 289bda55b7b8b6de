#include "engine/quant/fold_batchnorm.h"

#include "engine/nn/batchnorm.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"

namespace bitstill {

namespace {

/// Scales each output channel of `weight` and adds `shift` to the scaled bias.
void absorb(Tensor& weight, Tensor& bias, const BatchNorm& bn)
{
    const std::size_t channels = bias.size(), inner = weight.size() / channels;
    std::vector<float> scale(channels), shift(channels);
    bn.inferenceAffine(scale.data(), shift.data());
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < inner; ++i) weight[c * inner + i] *= scale[c];
        bias[c] = bias[c] * scale[c] + shift[c];
    }
}

/// `layer` with `bn` folded in; null when this kind cannot absorb it.
std::unique_ptr<Layer> folded(const Layer& layer, const BatchNorm& bn)
{
    if (const auto* dense = dynamic_cast<const Dense*>(&layer)) {
        auto result = std::make_unique<Dense>(*dense);
        absorb(result->weight.value, result->bias.value, bn);
        return result;
    }
    if (const auto* conv = dynamic_cast<const Conv2d*>(&layer)) {
        Conv2d::Options options = conv->options();
        options.bias = true;
        auto result = std::make_unique<Conv2d>(conv->inChannels(), conv->outChannels(), options);
        result->weight.value = conv->weight.value;
        result->bias.value = conv->bias.value;
        absorb(result->weight.value, result->bias.value, bn);
        return result;
    }
    return nullptr;
}

} // namespace

Graph foldBatchNorm(const Graph& graph)
{
    Graph result(graph.node(0).shape);
    std::vector<int> position(graph.nodes().size(), 0); // where each node's output is in the result
    for (int i = 1; i <= graph.output(); ++i) {
        const Graph::Node& node = graph.node(i);
        const auto* bn = dynamic_cast<const BatchNorm*>(node.layer.get());
        const int source = node.inputs[0];
        const int home = position[static_cast<std::size_t>(source)];
        if (bn && source > 0 && graph.consumers(source) == 1) {
            if (auto merged = folded(*graph.node(source).layer, *bn)) {
                result.node(home).layer = std::move(merged);
                position[static_cast<std::size_t>(i)] = home;
                continue;
            }
        }
        std::vector<int> inputs;
        for (const int input : node.inputs) inputs.push_back(position[static_cast<std::size_t>(input)]);
        position[static_cast<std::size_t>(i)] = result.add(node.name, node.layer->clone(), inputs);
    }
    return result;
}

} // namespace bitstill
