#include "engine/kernels/conv.h"
#include "engine/kernels/narrow.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

namespace {

constexpr std::size_t kKernel = 9;

/// Padded by one, both sides of the convolution are equally large.
kernels::NarrowMap mapOf(const ConvShape& s, int channels)
{
    return {static_cast<std::size_t>(s.inHeight), static_cast<std::size_t>(s.inWidth), static_cast<std::size_t>(channels)};
}

class NarrowConv : public ConvKernel {
public:
    explicit NarrowConv(const ConvPlan& plan) :
        m_in(mapOf(plan.shape, plan.shape.inChannels)), m_out(mapOf(plan.shape, plan.shape.outChannels)), m_activation(plan.activation),
        m_trainsBias(plan.shape.trainsBias), m_weights({plan.shape.inChannels, static_cast<int>(kKernel), 16}), m_zeros({16})
    {
        if (plan.inputGradient) m_dataWeights = Tensor({plan.shape.outChannels, static_cast<int>(kKernel), 16});
        for (int i = 0; i < plan.shards; ++i) {
            m_weightGradients.emplace_back(m_weights.shape());
            m_biasGradients.emplace_back(m_zeros.shape());
        }
    }

    void setWeights(const float* weights) override
    {
        for (std::size_t i = 0; i < in(); ++i)
            for (std::size_t k = 0; k < kKernel; ++k)
                for (std::size_t l = 0; l < 16; ++l) m_weights[(i * kKernel + k) * 16 + l] = weights[(l % out() * in() + i) * kKernel + k];
        if (m_dataWeights.empty()) return;
        // Turned by half a circle, inputs and outputs exchanged.
        for (std::size_t o = 0; o < out(); ++o)
            for (std::size_t k = 0; k < kKernel; ++k)
                for (std::size_t l = 0; l < 16; ++l)
                    m_dataWeights[(o * kKernel + k) * 16 + l] = weights[(o * in() + l % in()) * kKernel + kKernel - 1 - k];
    }

    void forward(int, int rows, const float* x, const float* bias, float* y) override
    {
        // As large as all channels of all pixels of a register. Shards run at the same time, so it is no member.
        float repeated[16];
        for (std::size_t l = 0; l < 16; ++l) repeated[l] = bias[l % out()];
        convolve(m_in, m_out, rows, x, m_weights, repeated, m_activation, y);
    }

    void backwardData(int, int rows, const float* dy, float* dx) override
    {
        convolve(m_out, m_in, rows, dy, m_dataWeights, m_zeros.data(), {}, dx);
    }

    void backwardWeights(int shard, int rows, const float* x, const float* dy) override
    {
        Tensor &weights = m_weightGradients[static_cast<std::size_t>(shard)], &bias = m_biasGradients[static_cast<std::size_t>(shard)];
        weights.fill(0);
        bias.fill(0);
        const std::size_t frameSize = kernels::narrowFrameSize(m_out);
        float* frame = room(frameSize + kernels::narrowPaddedSize(m_in)); // first, as it is read in whole lines of the cache
        float* padded = frame + frameSize;
        for (int r = 0; r < rows; ++r, x += m_in.size(), dy += m_out.size()) {
            kernels::narrowPad(x, m_in, padded);
            kernels::narrowFrame(dy, m_out, frame);
            kernels::narrowWeights(padded, m_in, out(), frame, weights.data());
            if (m_trainsBias) kernels::narrowBias(frame, frameSize, bias.data());
        }
    }

    void sumGradients(int shards, float* weights, float* bias) override
    {
        assert(!bias || m_trainsBias);
        const Tensor& total = summed(m_weightGradients, shards);
        for (std::size_t o = 0; o < out(); ++o)
            for (std::size_t i = 0; i < in(); ++i)
                for (std::size_t k = 0; k < kKernel; ++k)
                    weights[(o * in() + i) * kKernel + k] = overPixels(total.data() + (i * kKernel + k) * 16 + o);
        if (!bias) return;
        const Tensor& ofBias = summed(m_biasGradients, shards);
        for (std::size_t o = 0; o < out(); ++o) bias[o] = overPixels(ofBias.data() + o);
    }

private:
    kernels::NarrowMap m_in, m_out;
    Activation m_activation;
    bool m_trainsBias;
    Tensor m_weights, m_dataWeights, m_zeros; ///< [input's channel][kernel][16]; of the gradient's convolution [output's channel]...
    std::vector<Tensor> m_weightGradients, m_biasGradients; ///< by shard, laid out as the weights are

    std::size_t in() const { return m_in.channels; }
    std::size_t out() const { return m_out.channels; }

    /// The sum over the pixels that one register holds.
    float overPixels(const float* lane) const
    {
        float sum = 0;
        for (std::size_t l = 0; l < 16; l += out()) sum += lane[l];
        return sum;
    }

    static void convolve(const kernels::NarrowMap& from, const kernels::NarrowMap& to, int rows, const float* x, const Tensor& weights,
        const float* bias, Activation activation, float* y)
    {
        float* padded = room(kernels::narrowPaddedSize(from));
        for (int r = 0; r < rows; ++r, x += from.size(), y += to.size()) {
            kernels::narrowPad(x, from, padded);
            kernels::narrowConvolve(padded, from, to.channels, weights.data(), bias, activation, y);
        }
    }
};

} // namespace

bool narrowConvServes(const ConvPlan& plan)
{
    const ConvShape& s = plan.shape;
    const auto in = static_cast<std::size_t>(s.inChannels), out = static_cast<std::size_t>(s.outChannels);
    return s.kernel == 3 && s.stride == 1 && s.padding == 1 && s.groups == 1 && kernels::narrowServes(in, out)
        && (!plan.inputGradient || kernels::narrowServes(out, in));
}

std::unique_ptr<ConvKernel> makeNarrowConv(const ConvPlan& plan)
{
    assert(narrowConvServes(plan));
    return std::make_unique<NarrowConv>(plan);
}

} // namespace bitstill
