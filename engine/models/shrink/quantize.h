#pragma once

#include "engine/models/shrink/placement.h"
#include "engine/models/shrink/prepare.h"
#include "engine/quant/layer_quantization.h"
#include "engine/quant/observer.h"

#include <functional>
#include <set>

namespace bitstill {
class ThreadPool;
}

namespace bitstill::foreign {

/// A network with its numbers rounded, as another network: weights are what their codes stand for, biases steps of scale of input · scale
/// of weights, and numbers that flow pass a node FakeQuantize (see operators.h) where they are rounded. It can be run, measured and
/// written.
struct Quantized {
    Network network;
    std::vector<WeightLayer> weightLayers{}; ///< of `network`
    std::vector<LayerQuantization> layers{}; ///< of each of them; `before` and `after` have the shape that the weights have there
    std::vector<float> inputScales{}; ///< of each layer's input; 0: it is float
    Scheme weightScheme = Scheme::Symmetric;

    /// Other codes for a layer's weights, or something added to its bias (one that has none gets it).
    void setCodes(std::size_t layer, const std::vector<std::int32_t>& codes);
    void shiftBias(std::size_t layer, const Tensor& shift);
    /// Bytes of the network: weights packed at their bits with their scales, int32 biases, other constants as they are.
    std::int64_t bytes() const;

    /// Puts a FakeQuantize behind each of these values; for Quantizer.
    void round(const std::map<ValueId, QuantParameters>& activations);
    /// Puts the layer's weights and bias into the network; for Quantizer.
    void write(std::size_t layer);
    std::set<ValueId> written{}; ///< constants of the layers' own
};

/// Bytes of the constants of floats that nodes read, four for each number, without those that are `counted` already.
std::int64_t constantBytes(const Network& network, std::set<ValueId> counted = {});

/// Makes quantized networks of one float network. Calibrated once; quantize() may then be called as often as settings change.
class Quantizer {
public:
    /// Prepares the network and runs it on the samples (by the inputs' names, see run()), in pieces that fit into memory; every value that
    /// may be rounded is watched by an observer of that name. The same ranges for any number of threads. Throws Error where the network
    /// cannot run or values are not finite, Stopped when `keepGoing` says no.
    Quantizer(Network network, const NamedArrays& samples, const std::string& observer, ThreadPool& pool,
        const std::function<bool()>& keepGoing = {});

    const Network& network() const { return m_network; } ///< float, prepared
    const std::vector<WeightLayer>& layers() const { return m_layers; }
    /// Where the numbers that flow into layer `index` are rounded; kAbsent where they are float.
    ValueId sourceOf(std::size_t index) const { return m_sources[index]; }
    /// What was seen where a value is rounded: {0, 0} of others.
    Range rangeOf(ValueId value, int bits, Scheme scheme) const;
    /// options.granularity.axis is taken from the layer. Throws Error when a weight is not finite.
    Quantized quantize(const QuantizationOptions& options) const;
    /// Bytes of the float network.
    std::int64_t floatBytes() const { return constantBytes(m_network); }

private:
    void calibrate(const NamedArrays& samples, const std::string& observer, ThreadPool& pool, const std::function<bool()>& keepGoing);
    int bitsOf(ValueId value, const QuantizationOptions& options) const;

    Network m_network;
    std::vector<WeightLayer> m_layers;
    std::vector<ValueId> m_sources; ///< of each layer's input: where its numbers are rounded, or kAbsent
    std::map<ValueId, std::unique_ptr<Observer>> m_observers; ///< of the values that are rounded
    std::map<ValueId, std::string> m_owners; ///< of a rounded value: the layer that makes it, perhaps with an activation behind it
};

} // namespace bitstill::foreign
