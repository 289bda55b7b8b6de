#include "engine/kernels/conv.h"
#include "engine/kernels/winograd.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

namespace {

using kernels::kWinogradBlock, kernels::kWinogradPlaces;

constexpr std::size_t kKernel = 9;

/// Padded by one, both sides of the convolution are equally large.
kernels::WinogradMap mapOf(const ConvShape& s, int channels) { return {s.inHeight, s.inWidth, channels}; }

class WinogradConv : public ConvKernel {
public:
    explicit WinogradConv(const ConvPlan& plan) :
        m_in(mapOf(plan.shape, plan.shape.inChannels)), m_out(mapOf(plan.shape, plan.shape.outChannels)), m_activation(plan.activation),
        m_trainsBias(plan.shape.trainsBias), m_pairs(in() * out()), m_turned({static_cast<int>(kKernel * m_pairs)}),
        m_forwardWeights({static_cast<int>(kWinogradPlaces * m_pairs)})
    {
        if (plan.inputGradient) m_dataWeights = Tensor(m_forwardWeights.shape());
        for (int i = 0; i < plan.shards; ++i) {
            m_weightGradients.emplace_back(m_turned.shape());
            m_biasGradients.emplace_back(Shape{plan.shape.outChannels});
        }
        m_zeros = Tensor({plan.shape.inChannels});
    }

    void setWeights(const float* weights) override
    {
        // OIHW to [kernel][in][out], and turned by half a circle to [kernel][out][in].
        for (std::size_t o = 0; o < out(); ++o)
            for (std::size_t i = 0; i < in(); ++i)
                for (std::size_t k = 0; k < kKernel; ++k) m_turned[(k * in() + i) * out() + o] = weights[(o * in() + i) * kKernel + k];
        kernels::winogradWeights(m_turned.data(), m_pairs, m_forwardWeights.data());
        if (m_dataWeights.empty()) return;
        for (std::size_t p = 0; p < m_pairs; ++p)
            for (std::size_t k = 0; k < kKernel; ++k) m_turned[(kKernel - 1 - k) * m_pairs + p] = weights[p * kKernel + k];
        kernels::winogradWeights(m_turned.data(), m_pairs, m_dataWeights.data());
    }

    void forward(int, int rows, const float* x, const float* bias, float* y) override
    {
        convolve(x, m_in, m_forwardWeights, rows, bias, m_activation, y, m_out);
    }

    void backwardData(int, int rows, const float* dy, float* dx) override
    {
        convolve(dy, m_out, m_dataWeights, rows, m_zeros.data(), {}, dx, m_in);
    }

    void backwardWeights(int shard, int rows, const float* x, const float* dy) override
    {
        const std::size_t tiles = static_cast<std::size_t>(rows) * m_in.tiles(), vSize = kernels::winogradArray(in()),
                          wSize = kernels::winogradArray(out()), uSize = kWinogradPlaces * m_pairs;
        float* v = room(vSize + wSize + uSize);
        float *w = v + vSize, *u = w + wSize;
        Tensor& biasGradient = m_biasGradients[static_cast<std::size_t>(shard)];
        biasGradient.fill(0);
        std::fill(u, u + uSize, 0.0f);
        for (std::size_t first = 0; first < tiles; first += kWinogradBlock) {
            const std::size_t count = std::min(kWinogradBlock, tiles - first);
            kernels::winogradInput(x, m_in, first, count, v);
            kernels::winogradGradient(dy, m_out, first, count, w, m_trainsBias ? biasGradient.data() : nullptr);
            kernels::winogradMultiplyGradient(v, w, count, in(), out(), u);
        }
        kernels::winogradWeightsGradient(u, m_pairs, m_weightGradients[static_cast<std::size_t>(shard)].data());
    }

    void sumGradients(int shards, float* weights, float* bias) override
    {
        assert(!bias || m_trainsBias);
        const Tensor& total = summed(m_weightGradients, shards);
        for (std::size_t o = 0; o < out(); ++o)
            for (std::size_t i = 0; i < in(); ++i)
                for (std::size_t k = 0; k < kKernel; ++k) weights[(o * in() + i) * kKernel + k] = total[(k * in() + i) * out() + o];
        if (bias) std::ranges::copy(summed(m_biasGradients, shards), bias);
    }

private:
    kernels::WinogradMap m_in, m_out;
    Activation m_activation;
    bool m_trainsBias;
    std::size_t m_pairs;
    Tensor m_turned, m_forwardWeights, m_dataWeights, m_zeros;
    std::vector<Tensor> m_weightGradients, m_biasGradients; ///< by shard; weights as [kernel][in][out]

    std::size_t in() const { return static_cast<std::size_t>(m_in.channels); }
    std::size_t out() const { return static_cast<std::size_t>(m_out.channels); }

    /// y = min(max(x ∗ weights + bias, low), high).
    static void convolve(const float* x, const kernels::WinogradMap& from, const Tensor& weights, int rows, const float* bias,
        Activation activation, float* y, const kernels::WinogradMap& to)
    {
        const auto inChannels = static_cast<std::size_t>(from.channels), outChannels = static_cast<std::size_t>(to.channels);
        const std::size_t tiles = static_cast<std::size_t>(rows) * from.tiles(), vSize = kernels::winogradArray(inChannels);
        float* v = room(vSize + kernels::winogradArray(outChannels));
        float* m = v + vSize;
        for (std::size_t first = 0; first < tiles; first += kWinogradBlock) {
            const std::size_t count = std::min(kWinogradBlock, tiles - first);
            kernels::winogradInput(x, from, first, count, v);
            kernels::winogradMultiply(v, weights.data(), count, inChannels, outChannels, m);
            kernels::winogradOutput(m, to, first, count, bias, activation.low, activation.high, y);
        }
    }
};

} // namespace

bool winogradServes(const ConvShape& s)
{
    return s.kernel == 3 && s.stride == 1 && s.padding == 1 && s.groups == 1 && s.inChannels % 16 == 0 && s.outChannels % 16 == 0;
}

std::unique_ptr<ConvKernel> makeWinogradConv(const ConvPlan& plan)
{
    assert(winogradServes(plan.shape));
    return std::make_unique<WinogradConv>(plan);
}

} // namespace bitstill
