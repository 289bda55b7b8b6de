#pragma once

#include "engine/kernels/pool.h"
#include "engine/nn/layer.h"

namespace bitstill {

/// Largest or mean of each kernel × kernel window, moved by `stride`, no padding; what does not fill a window at
/// the edge is left out, as in PyTorch. `global` means one window over the whole map.
class Pooling : public Layer {
public:
    enum class Kind { Max, Average, GlobalAverage };
    explicit Pooling(Kind kind, int kernel = 2, int stride = 2) : m_kind(kind), m_kernel(kernel), m_stride(stride) { }

    const char* kind() const override;
    LayerRole role() const override { return m_kind == Kind::Max ? LayerRole::Selects : LayerRole::Averages; }
    std::unique_ptr<Layer> clone() const override { return std::make_unique<Pooling>(*this); }
    SampleShape outputShape(std::span<const SampleShape> inputs) const override;
    std::unique_ptr<LayerState> makeState(const PassShape& shape) const override;
    std::optional<kernels::PoolShape> poolWindows(const SampleShape& in, const SampleShape& out) const override;
    bool readsInputAgain() const override { return false; }
    void forward(LayerState&, const Shard&, const ForwardArrays&) const override;
    void backward(LayerState&, const Shard&, const BackwardArrays&) const override;

private:
    Kind m_kind;
    int m_kernel;
    int m_stride;
};

} // namespace bitstill
