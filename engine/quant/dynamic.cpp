#include "engine/kernels/elementwise.h"
#include "engine/quant/int8_layer.h"
#include "engine/quant/integer_network.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// Where a shard's samples become codes, and codes sums.
struct DynamicState : LayerState {
    struct Room {
        std::vector<std::uint8_t> codes, zeroPoints, windows;
        std::vector<float> scales;
        std::vector<std::int32_t> acc;
    };
    std::vector<Room> rooms; ///< by shard
};

/// A dense or convolution layer that rounds what enters it as it comes, multiplies in integers and puts out floats.
class DynamicLayer : public Layer {
public:
    DynamicLayer(std::shared_ptr<const Int8Layer> layer, SampleShape output) : m_layer(std::move(layer)), m_output(output) { }

    const char* kind() const override { return "dynamic_int8"; }
    LayerRole role() const override { return LayerRole::Linear; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<DynamicLayer>(*this); }
    SampleShape outputShape(std::span<const SampleShape>) const override { return m_output; }
    bool fusesActivation() const override { return true; }

    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override
    {
        auto state = std::make_unique<DynamicState>();
        state->shape = shape;
        const auto rows = static_cast<std::size_t>(shape.rowsPerShard);
        for (int i = 0; i < shape.shards; ++i)
            state->rooms.push_back({std::vector<std::uint8_t>(rows * m_layer->inputs), std::vector<std::uint8_t>(rows),
                std::vector<std::uint8_t>(m_layer->scratchBytes(shape.rowsPerShard)), std::vector<float>(rows),
                std::vector<std::int32_t>(rows * m_output.size())});
        return state;
    }

    void forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const override
    {
        DynamicState::Room& room = static_cast<DynamicState&>(state).rooms[static_cast<std::size_t>(shard.index)];
        const auto rows = static_cast<std::size_t>(shard.rows), channels = static_cast<std::size_t>(m_layer->channels);
        for (std::size_t r = 0; r < rows; ++r) {
            const float* x = a.x[0] + r * m_layer->inputs;
            Range e;
            kernels::extremes(x, m_layer->inputs, e.low, e.high);
            const Blocks all{1, 1, m_layer->inputs};
            if (!std::isfinite(e.low) || !std::isfinite(e.high)) rangesOf(x, all, m_layer->name); // says which value it is
            const QuantParameters p =
                chooseParameters(8, Scheme::AffineUnsigned, all, {e}, Profile::Bitstill, scaleFloor(Profile::Bitstill));
            quantize(x, m_layer->inputs, p, room.codes.data() + r * m_layer->inputs);
            room.scales[r] = p.scale.front();
            room.zeroPoints[r] = static_cast<std::uint8_t>(p.zeroPoint.front());
        }
        m_layer->accumulate(shard.index, room.codes.data(), room.zeroPoints.data(), shard.rows, room.windows.data(), room.acc.data());
        const std::size_t pixels = m_output.size() / channels;
        for (std::size_t i = 0; i < rows * pixels; ++i) {
            const std::size_t r = i / pixels;
            for (std::size_t c = 0; c < channels; ++c)
                a.y[i * channels + c] = static_cast<float>(room.acc[i * channels + c] - room.zeroPoints[r] * m_layer->codeSums[c])
                        * (room.scales[r] * m_layer->scales[c])
                    + m_layer->bias[c];
        }
        if (state.shape.activation != Activation{}) kernels::activate(a.y, a.y, rows * m_output.size(), state.shape.activation);
    }
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override { } // runs for inference alone

private:
    std::shared_ptr<const Int8Layer> m_layer;
    SampleShape m_output;
};

} // namespace

Graph makeDynamic(const QuantizedNetwork& source)
{
    const Graph& g = source.folded();
    Graph result(g.node(0).shape);
    for (int i = 1; i <= g.output(); ++i) {
        const Graph::Node& node = g.node(i);
        std::unique_ptr<Layer> layer;
        for (const LayerQuantization& l : source.layers())
            if (l.node == i) layer = std::make_unique<DynamicLayer>(std::make_shared<Int8Layer>(source, l), node.shape);
        result.add(node.name, layer ? std::move(layer) : node.layer->clone(), node.inputs);
    }
    return result;
}

} // namespace bitstill
