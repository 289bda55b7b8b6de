#pragma once

#include "engine/experiment/figure.h"
#include "engine/experiment/spec.h"
#include "engine/nn/graph.h"
#include "engine/quant/layer_quantization.h"

#include <optional>

namespace bitstill {

struct LayerOutline {
    std::string name{}, kind{};
    std::vector<int> inputs{}; ///< layers, as indices; none of them reads the samples
    SampleShape shape{}; ///< of the output for one sample
    std::size_t parameters = 0;
    // Nothing for layers that are folded away, or have nothing to store.
    std::optional<std::int64_t> floatBytes{}; ///< 4 for each parameter that is left when BatchNorm is folded
    std::optional<std::int64_t> bytes{}; ///< quantized
    std::string runsIn{}; ///< the layer that does its work too (Plan::Node::writer); empty when it does its own
};

/// What a network is made of, before anything is trained.
struct NetworkOutline {
    std::vector<LayerOutline> layers; ///< in the order in which they run
    std::size_t parameters = 0;
    std::int64_t floatBytes = 0; ///< as QuantizedNetwork::floatBytes() will say
    std::int64_t bytes = 0; ///< as quantizedBytes(); 0: was not asked
    int bits = 0; ///< of the weights; 0: was not asked
    std::string format{}; ///< of the weights instead of integers
};

/// With `options`, its bytes when the weights are rounded like this.
NetworkOutline outlineOf(const Graph& graph, const std::optional<QuantizationOptions>& options = {});
/// How quant.* say that the network of this field is rounded; nothing for one that stays float.
std::optional<QuantizationOptions> plannedRounding(const Spec& spec, const std::string& field);

/// "203,530 parameters, 795.0 KiB; at 3 bits 77.4 KiB"
Text summaryOf(const NetworkOutline& outline);
/// A table of the layers ("network.layers") and a map of them ("network.map"). `name` is what the title says.
std::vector<Figure> figuresOf(const NetworkOutline& outline, const std::string& name);

} // namespace bitstill
