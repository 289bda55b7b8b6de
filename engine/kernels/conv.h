#pragma once

#include "engine/core/tensor.h"
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

/// Forward and both gradients of one convolution over shards of a batch. Weights are brought into the order that the
/// kernels like once per step; shards then run at the same time.
class ConvKernel {
public:
    virtual ~ConvKernel() = default;

    /// Once per step, before the shards.
    virtual void setWeights(const float* weights) = 0;
    /// y = activation(conv(x) + bias); `rows` samples.
    virtual void forward(int shard, int rows, const float* x, const float* bias, float* y) = 0;
    /// dx = gradient with respect to x.
    virtual void backwardData(int shard, int rows, const float* dy, float* dx) = 0;
    /// Keeps this shard's gradient of weights and bias until sumGradients.
    virtual void backwardWeights(int shard, int rows, const float* x, const float* dy) = 0;
    /// The shards' gradients summed in shard order; `bias` may be null, and must be where it is not trained.
    virtual void sumGradients(int shards, float* weights, float* bias) = 0;

protected:
    /// The first of the shards' parts, to which the others have been added.
    static const Tensor& summed(std::vector<Tensor>& parts, int shards);
    /// Room of the calling thread, shared by all its convolutions.
    static float* room(std::size_t floats);
};

/// What a pass asks of a kernel: at most `rowsPerShard` samples a shard and `shards` shards; `training` also makes the
/// gradients' kernels, `inputGradient` says whether the gradient of the input will be asked for.
struct ConvPlan {
    ConvShape shape;
    int rowsPerShard = 1;
    int shards = 1;
    Activation activation{};
    bool training = true;
    bool inputGradient = true;
};

/// Winograd's and the depthwise loops where they serve the shape, are faster, and the network trains; oneDNN's elsewhere. A network
/// that only infers is computed sum by sum by oneDNN's, as its integer twin is.
std::unique_ptr<ConvKernel> makeConvKernel(const ConvPlan& plan);

/// oneDNN's kernels; any shape.
std::unique_ptr<ConvKernel> makeOneDnnConv(const ConvPlan& plan);

/// Whether makeWinogradConv serves this shape: 3×3, stride 1, padding 1, one group, channels multiples of 16.
bool winogradServes(const ConvShape& shape);
/// Winograd's minimal filtering (winograd.h), on any processor.
std::unique_ptr<ConvKernel> makeWinogradConv(const ConvPlan& plan);

/// Whether makeNarrowConv serves this plan: 3×3, stride 1, padding 1, one group, 4 or 8 channels out and at most 8 in, which are 4 or 8
/// where the gradient of the input is asked for.
bool narrowConvServes(const ConvPlan& plan);
/// Loops over registers of several pixels of few channels (narrow.h), on any processor.
std::unique_ptr<ConvKernel> makeNarrowConv(const ConvPlan& plan);

/// Whether makeDepthwiseConv serves this shape: 3×3, stride 1 or 2, padding 1, each channel by itself, channels a multiple of 16.
bool depthwiseServes(const ConvShape& shape);
/// Loops over registers of 16 channels (depthwise.h), on any processor.
std::unique_ptr<ConvKernel> makeDepthwiseConv(const ConvPlan& plan);

} // namespace bitstill
