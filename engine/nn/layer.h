#pragma once

#include "engine/core/tensor.h"
#include "engine/core/text.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/pool.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bitstill {

class Rng;

/// Shape of one sample between two layers: a map of height × width × channels (NHWC), or 1 × 1 × features.
struct SampleShape {
    int height = 1, width = 1, channels = 1;

    int features() const { return height * width * channels; }
    std::size_t size() const { return static_cast<std::size_t>(features()); }
    bool operator==(const SampleShape&) const = default;
};

std::string describe(const SampleShape& shape);
/// The same to be translated: "784 features", "28×28×1".
Text described(const SampleShape& shape);

/// A trained array and its gradient, same shape. Dense weights are [out, in], convolutions' OIHW, the rest [n].
struct Parameter {
    std::string name;
    Tensor value;
    Tensor gradient;
};

/// Some samples of a batch: rows [first, first + rows). Which rows a shard holds depends on the batch and the
/// model alone, never on the number of threads; that is what makes results the same for any.
struct Shard {
    int index = 0;
    int first = 0;
    int rows = 0;
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

    virtual const char* kind() const = 0;
    virtual std::unique_ptr<Layer> clone() const = 0;
    /// Throws Error when the inputs do not fit.
    virtual SampleShape outputShape(std::span<const SampleShape> inputs) const = 0;

    virtual std::vector<Parameter*> parameters() { return {}; }
    /// Arrays that belong to the model but are not trained (running statistics), by name.
    virtual std::vector<std::pair<std::string, Tensor*>> buffers() { return {}; }
    virtual void initialize(Rng&) { }

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
    virtual int gradientTasks(const LayerState&) const { return 0; }
    /// Piece `task`, over the whole batch: x and dy are the arrays' first rows, where gradientReadsArrays(); null otherwise.
    virtual void gradientTask(
        LayerState&, int /*task*/, int /*rows*/, int /*shards*/, const float* /*x*/, const float* /*dy*/, const GradientReady&)
    {
    }
};

} // namespace bitstill
