#pragma once

#include "engine/kernels/activation.h"

#include <cstddef>
#include <memory>

namespace bitstill {

/// A 2-D convolution's shape. Maps are NHWC, weights OIHW (out, in/groups, height, width), as PyTorch's.
struct ConvShape {
    int inHeight = 0, inWidth = 0, inChannels = 0;
    int outChannels = 0;
    int kernel = 0;
    int stride = 1;
    int padding = 0;
    int groups = 1;
    bool trainsBias = true;

    int outHeight() const { return (inHeight + 2 * padding - kernel) / stride + 1; }
    int outWidth() const { return (inWidth + 2 * padding - kernel) / stride + 1; }
    std::size_t weights() const
    {
        return static_cast<std::size_t>(outChannels) * static_cast<std::size_t>(inChannels / groups)
            * static_cast<std::size_t>(kernel * kernel);
    }
    std::size_t inputs() const { return static_cast<std::size_t>(inHeight * inWidth * inChannels); }
    std::size_t outputs() const { return static_cast<std::size_t>(outHeight() * outWidth() * outChannels); }
};

/// Forward and both gradients of one convolution over shards of a batch, through oneDNN. Weights are brought into
/// the order that the kernels like once per step; shards then run at the same time, each with its own scratch.
class ConvKernel {
public:
    /// For at most `rowsPerShard` samples a shard and `shards` shards. `training` also makes the gradients' kernels;
    /// `inputGradient` says whether the gradient of the input will be asked for.
    ConvKernel(const ConvShape& shape, int rowsPerShard, int shards, Activation activation, bool training, bool inputGradient);
    ~ConvKernel();

    /// Once per step, before the shards.
    void setWeights(const float* weights);
    /// y = activation(conv(x) + bias); `rows` samples.
    void forward(int shard, int rows, const float* x, const float* bias, float* y);
    /// dx = gradient with respect to x.
    void backwardData(int shard, int rows, const float* dy, float* dx);
    /// Keeps this shard's gradient of weights and bias until sumGradients.
    void backwardWeights(int shard, int rows, const float* x, const float* dy);
    /// The shards' gradients summed in shard order; `bias` may be null, and must be where it is not trained.
    void sumGradients(int shards, float* weights, float* bias);

private:
    struct Impl;
    std::unique_ptr<Impl> m;
};

} // namespace bitstill
