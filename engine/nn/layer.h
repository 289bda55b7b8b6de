#pragma once

#include "engine/core/clone_ptr.h"
#include "engine/core/sample_shape.h"
#include "engine/core/tensor.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/pool.h"
#include "engine/nn/ids.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bitstill {

class Rng;
class WeightParametrization;

/// A trained array and its gradient, same shape. Dense weights are [out, in], convolutions' OIHW, the rest [n].
struct Parameter {
    std::string name;
    Tensor value;
    Tensor gradient;
};

/// What a layer does to the numbers that flow through it. Folding, equalization, rounding of weights, the placement of quantizers and
/// integer plans go by this and by the functions below, never by which class a layer is.
enum class LayerRole {
    Linear, ///< Σ w·x + b with weights of its own
    Activation, ///< activation() of each number
    Selects, ///< the largest of windows: numbers that came in, unchanged, so that their codes stay what they are
    Averages, ///< means of windows
    Adds, ///< the sum of two branches
    Moves, ///< the same numbers in the same order, seen in another shape
    Normalizes, ///< scale and shift by channel: the batch's in training, channelAffine() in inference
    Rounds, ///< to codes and back (fake quantization)
    Other, ///< runs in float, nothing is folded into it or equalized across it
};

/// The weights of a linear layer: output channels are the first axis.
struct LinearWeights {
    Parameter& weight;
    Parameter& bias;
    ClonePtr<WeightParametrization>& parametrization;
};

/// Where a linear layer reads: each output channel sums over a kernel × kernel window of the channels of its group.
struct LinearWindow {
    int kernel = 1;
    int stride = 1;
    int padding = 0;
    int groups = 1;
};

/// y = x·scale + shift, by channel.
struct ChannelAffine {
    std::vector<float> scale, shift;
};

/// Some samples of a batch: rows [first, first + rows). Which rows a shard holds depends on the batch and the
/// model alone, never on the number of threads; that is what makes results the same for any.
struct Shard {
    ShardId index;
    int first = 0;
    int rows = 0;

    /// In an array of so many floats a row: those before the shard's, and the shard's.
    std::size_t floatsBefore(std::size_t row) const { return static_cast<std::size_t>(first) * row; }
    std::size_t floats(std::size_t row) const { return static_cast<std::size_t>(rows) * row; }
};

/// What a pass over a graph asks of a layer: how much room, which activation to apply to the output as it is made, which
/// windows to take the largest of then, whether gradients will follow.
struct PassShape {
    std::vector<SampleShape> inputs;
    SampleShape output;
    int rowsPerShard = 1;
    int shards = 1;
    bool training = false;
    bool inputGradient = false;
    Activation activation;
    std::optional<kernels::PoolShape> maxPool;
};

/// Where a layer keeps what one pass needs between forward and backward.
struct LayerState {
    virtual ~LayerState() = default;
    PassShape shape;
};

/// Arrays of one shard. Pointers are to the shard's first row.
struct ForwardArrays {
    std::vector<const float*> x;
    float* y = nullptr;
};
struct BackwardArrays {
    std::vector<const float*> x;
    const float* y = nullptr;
    float* dy = nullptr; ///< may be overwritten
    std::vector<float*> dx; ///< null where nobody asks
};

/// Said once a range of a parameter's gradient is complete, so that the optimizer can use it while it is in cache.
using GradientReady = std::function<void(Parameter&, std::size_t begin, std::size_t end)>;

/// A layer: parameters and what it does to a shard. Layers keep nothing of a pass themselves (see LayerState), so
/// that several passes can use one network. Methods called for shards may run at the same time for different shards.
class Layer {
public:
    virtual ~Layer() = default;

    /// Its name in messages, plans and files.
    virtual const char* kind() const = 0;
    virtual LayerRole role() const = 0;
    virtual std::unique_ptr<Layer> clone() const = 0;
    /// Throws Error when the inputs do not fit.
    virtual SampleShape outputShape(std::span<const SampleShape> inputs) const = 0;

    virtual std::vector<Parameter*> parameters() { return {}; }
    /// Arrays that belong to the model but are not trained (running statistics), by name.
    virtual std::vector<std::pair<std::string, Tensor*>> buffers() { return {}; }
    virtual void initialize(Rng&) { }

    /// Of a linear layer that is trained; those that compute with codes have none.
    virtual std::optional<LinearWeights> weights() { return {}; }
    /// Of a convolution; a linear layer without one reads all of its input at once.
    virtual std::optional<LinearWindow> window() const { return {}; }
    /// Of a layer that Normalizes: what it does in inference.
    virtual std::optional<ChannelAffine> channelAffine() const { return {}; }
    /// Becomes the layer that puts out affine(y) where it put out y; false, and unchanged, where that is another kind of layer.
    virtual bool absorb(const ChannelAffine&) { return false; }
    /// Of a layer that is an Activation; the layer before may apply it.
    virtual std::optional<Activation> activation() const { return {}; }
    /// Of a layer that Selects or Averages.
    virtual std::optional<kernels::PoolShape> poolWindows(const SampleShape& /*in*/, const SampleShape& /*out*/) const { return {}; }

    /// This layer can apply the activation that follows it as it writes its output.
    virtual bool fusesActivation() const { return false; }
    /// In training it can take these windows of its output at once, and pass their gradient back.
    virtual bool fusesMaxPool(const kernels::PoolShape&) const { return false; }
    /// It can write its output over its input, and its input's gradient over its output's.
    virtual bool inPlace() const { return false; }
    /// backward() can write the gradient of its input over that of its output.
    virtual bool gradientOverGradient() const { return false; }
    /// forward() may run once more before the layer behind needs the output again: cheaper than keeping it for the whole batch.
    virtual bool repeats() const { return false; }
    /// backward() reads the input.
    virtual bool readsInputAgain() const { return true; }
    /// gradientTask() reads the input and the output's gradient of the whole batch; otherwise they may be gone by then.
    virtual bool gradientReadsArrays() const { return false; }
    /// It needs the whole batch in between: gather and combine run before forward (training only), gatherBackward
    /// and combineBackward before backward.
    virtual bool gathers() const { return false; }

    virtual std::unique_ptr<LayerState> makeState(const PassShape& shape) const
    {
        auto state = std::make_unique<LayerState>();
        state->shape = shape;
        return state;
    }
    /// Once per pass, before the shards.
    virtual void begin(LayerState&) { }
    virtual void gather(LayerState&, const Shard&, const ForwardArrays&) const { }
    virtual void combine(LayerState&, int /*shards*/) { }
    virtual void forward(LayerState&, const Shard&, const ForwardArrays&) const = 0;
    virtual void gatherBackward(LayerState&, const Shard&, const BackwardArrays&) const { }
    virtual void combineBackward(LayerState&, int /*shards*/) { }
    virtual void backward(LayerState&, const Shard&, const BackwardArrays&) const = 0;

    /// Training, layers of many weights: pieces of the output that can be computed at the same time, each with weights of its own, for
    /// many rows at once; forward() is not called then. Gradient task t is about piece t, so that a thread keeps its weights.
    virtual int outputPieces() const { return 0; }
    virtual void forwardPiece(LayerState&, int /*piece*/, int /*rows*/, const ForwardArrays&) const { }

    /// Pieces of parameter gradient that can be computed at the same time once all shards are back.
    virtual int gradientTasks() const { return 0; }
    /// Piece `task`, over the whole batch: x and dy are the arrays' first rows, where gradientReadsArrays(); null otherwise.
    virtual void gradientTask(
        LayerState&, int /*task*/, int /*rows*/, int /*shards*/, const float* /*x*/, const float* /*dy*/, const GradientReady&)
    {
    }
};

} // namespace bitstill
