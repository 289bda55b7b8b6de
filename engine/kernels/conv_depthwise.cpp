#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

namespace {

constexpr std::size_t kKernel = 9;

kernels::DepthwiseMap mapOf(const ConvShape& s)
{
    return {static_cast<std::size_t>(s.inHeight), static_cast<std::size_t>(s.inWidth), static_cast<std::size_t>(s.inChannels),
        static_cast<std::size_t>(s.stride)};
}

class DepthwiseConv : public ConvKernel {
public:
    explicit DepthwiseConv(const ConvPlan& plan) :
        m_map(mapOf(plan.shape)), m_activation(plan.activation), m_trainsBias(plan.shape.trainsBias), m_weights({9, plan.shape.inChannels}),
        m_turned(m_weights), m_zeros({plan.shape.inChannels})
    {
        for (int i = 0; i < plan.shards; ++i) {
            m_weightGradients.emplace_back(m_weights.shape());
            m_biasGradients.emplace_back(m_zeros.shape());
        }
    }

    void setWeights(const float* weights) override
    {
        for (std::size_t c = 0; c < m_map.channels; ++c)
            for (std::size_t k = 0; k < kKernel; ++k)
                m_weights[k * m_map.channels + c] = m_turned[(kKernel - 1 - k) * m_map.channels + c] = weights[c * kKernel + k];
    }

    void forward(int, int rows, const float* x, const float* bias, float* y) override
    {
        for (int r = 0; r < rows; ++r, x += m_map.inputs(), y += m_map.outputs())
            kernels::depthwise(m_map, x, m_weights.data(), bias, m_activation, y);
    }

    void backwardData(int, int rows, const float* dy, float* dx) override
    {
        for (int r = 0; r < rows; ++r, dx += m_map.inputs(), dy += m_map.outputs())
            if (m_map.stride == 1)
                kernels::depthwise(m_map, dy, m_turned.data(), m_zeros.data(), {}, dx);
            else
                kernels::depthwiseDataOfStride2(m_map, dy, m_weights.data(), dx);
    }

    void backwardWeights(int shard, int rows, const float* x, const float* dy) override
    {
        Tensor &weights = m_weightGradients[static_cast<std::size_t>(shard)], &bias = m_biasGradients[static_cast<std::size_t>(shard)];
        weights.fill(0);
        bias.fill(0);
        for (int r = 0; r < rows; ++r, x += m_map.inputs(), dy += m_map.outputs())
            kernels::depthwiseWeights(m_map, x, dy, weights.data(), m_trainsBias ? bias.data() : nullptr);
    }

    void sumGradients(int shards, float* weights, float* bias) override
    {
        assert(!bias || m_trainsBias);
        const Tensor& total = summed(m_weightGradients, shards);
        for (std::size_t c = 0; c < m_map.channels; ++c)
            for (std::size_t k = 0; k < kKernel; ++k) weights[c * kKernel + k] = total[k * m_map.channels + c];
        if (bias) std::ranges::copy(summed(m_biasGradients, shards), bias);
    }

private:
    kernels::DepthwiseMap m_map;
    Activation m_activation;
    bool m_trainsBias;
    Tensor m_weights, m_turned, m_zeros; ///< [kernel][channels]; turned by half a circle
    std::vector<Tensor> m_weightGradients, m_biasGradients; ///< by shard
};

} // namespace

bool depthwiseServes(const ConvShape& s)
{
    return s.kernel == 3 && s.stride <= 2 && s.padding == 1 && s.groups == s.inChannels && s.outChannels == s.inChannels
        && s.inChannels % 16 == 0;
}

std::unique_ptr<ConvKernel> makeDepthwiseConv(const ConvPlan& plan)
{
    assert(depthwiseServes(plan.shape));
    return std::make_unique<DepthwiseConv>(plan);
}

} // namespace bitstill
