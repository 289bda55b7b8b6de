// A layer without weights. To engine/nn/, one file with its header; then use it in the zoo or where a graph is built. A layer says of
// itself what it is and what passes may do with it; what it does not override is the careful choice. Methods called for shards run at the
// same time: keep what a pass needs in a LayerState (makeState), never in the layer.

#include "examples/templates/templates.h"

namespace bitstill {

namespace {

/// y = x where x > 0, else 0.01·x.
class LeakyRelu : public Layer {
public:
    const char* kind() const override { return "leaky-relu"; }
    LayerRole role() const override { return LayerRole::Other; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<LeakyRelu>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override { return inputs[0]; }

    void forward(LayerState& state, const Shard& shard, const ForwardArrays& a) const override
    {
        for (std::size_t i = 0; i < count(state, shard); ++i) a.y[i] = a.x[0][i] > 0 ? a.x[0][i] : kSlope * a.x[0][i];
    }
    void backward(LayerState& state, const Shard& shard, const BackwardArrays& a) const override
    {
        if (!a.dx[0]) return; // nobody asks
        for (std::size_t i = 0; i < count(state, shard); ++i) a.dx[0][i] = a.x[0][i] > 0 ? a.dy[i] : kSlope * a.dy[i];
    }

private:
    static constexpr float kSlope = 0.01f;
    static std::size_t count(const LayerState& state, const Shard& shard)
    {
        return static_cast<std::size_t>(shard.rows) * state.shape.output.size();
    }
};

} // namespace

std::unique_ptr<Layer> makeLeakyRelu() { return std::make_unique<LeakyRelu>(); }

} // namespace bitstill
