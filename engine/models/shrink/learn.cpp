#include "engine/models/shrink/learn.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/distill/teach.h"
#include "engine/models/shrink/trainable.h"
#include "engine/nn/loss.h"
#include "engine/quant/aware.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace bitstill::foreign {

namespace {

constexpr int kBatch = 16; ///< samples that the float network answers at a time: ResNet-50 makes 70 MB of numbers for each

/// How the layer's weights are rounded while they learn: from the steps that they have.
ClonePtr<WeightParametrization> roundingOf(const LayerQuantization& layer, Scheme scheme)
{
    auto rounding = std::make_unique<WeightQuantization>();
    rounding->bits = layer.weightBits;
    rounding->scheme = scheme;
    rounding->profile = layer.parameters.profile;
    const std::vector<float>& steps = layer.parameters.scale;
    if (steps.size() > 1) rounding->granularity.kind = Granularity::Kind::PerChannel;
    const Shape shape{static_cast<int>(steps.size())};
    if (scheme == Scheme::Symmetric) rounding->step = Parameter{"weight_step", Tensor(shape, steps), Tensor(shape)};
    return ClonePtr<WeightParametrization>(std::move(rounding));
}

/// The graph that rounds as the network does, with the weights that were there before rounding.
Trainable awareOf(const Quantized& quantized)
{
    Trainable aware(quantized.network);
    for (std::size_t i = 0; i < quantized.layers.size(); ++i) {
        const LayerQuantization& from = quantized.layers[i];
        const LinearWeights to = aware.layer(i);
        to.weight.value = aware.fromNetwork(i, from.before);
        if (!from.bias.empty()) to.bias.value = from.bias;
        if (!from.codes.empty()) to.parametrization = roundingOf(from, quantized.weightScheme);
    }
    return aware;
}

/// The steps of what flows, as they were learned.
void takeSteps(Quantized& quantized, const QuantizationOptions& options, const Trainable& aware)
{
    for (Node& node : quantized.network.nodes) {
        const int at = node.op == "FakeQuantize" ? aware.roundingAt(node.outputs[0]) : -1;
        if (at < 0) continue;
        const auto& rounding = static_cast<const FakeQuantize&>(*aware.graph.node(at).layer);
        const QuantParameters p = activationParameters(options, rounding.bits(), rounding.range(), 1);
        node.attributes["scale"] = p.scale.front();
        node.attributes["zero_point"] = std::int64_t{p.zeroPoint.front()};
    }
    for (std::size_t i = 0; i < quantized.layers.size(); ++i) {
        const Node* maker = quantized.network.makerOf(quantized.weightLayers[i].input);
        while (maker && movesNumbers(*maker)) maker = quantized.network.makerOf(maker->inputs[0]);
        if (maker && maker->op == "FakeQuantize") quantized.inputScales[i] = std::get<float>(maker->attributes.at("scale"));
    }
}

void takeWeights(Quantized& quantized, const QuantizationOptions& options, Trainable& aware, std::size_t i)
{
    LayerQuantization& layer = quantized.layers[i];
    const LinearWeights learned = aware.layer(i);
    layer.before = aware.toNetwork(i, learned.weight.value);
    QuantizationOptions own = options;
    own.granularity.axis = quantized.weightLayers[i].axis;
    std::vector<float> steps;
    if (learned.parametrization) {
        const auto& rounding = static_cast<const WeightQuantization&>(*learned.parametrization);
        if (rounding.step)
            steps = rounding.parametersFor(learned.weight.value).scale;
        else
            own.weightObserver = "min-max"; // with which it learned
    }
    Tensor shift = learned.bias.value;
    if (!layer.bias.empty())
        for (std::size_t c = 0; c < shift.size(); ++c) shift[c] -= layer.bias[c];
    const bool shifts = std::any_of(shift.data(), shift.data() + shift.size(), [](float s) { return s != 0; });
    roundWeights(layer, own, quantized.inputScales[i], steps.empty() ? nullptr : &steps);
    if (shifts)
        quantized.shiftBias(i, shift);
    else
        quantized.write(i);
}

} // namespace

Lessons lessonsFrom(const Network& floats, const NamedArrays& inputs, const std::vector<std::int32_t>& labels, ThreadPool& pool,
    const std::function<bool()>& keepGoing)
{
    Trainable network(floats);
    Lessons lessons;
    Dataset& data = lessons.data;
    data.shape = network.graph.node(0).shape;
    data.train.values = network.rowsOf(inputs);
    data.train.labels = labels;
    data.train.labels.resize(data.train.values.size() / data.shape.size(), -1);
    const auto classes = static_cast<std::size_t>(network.graph.node(network.graph.output()).shape.features());
    for (std::size_t c = 0; c < classes; ++c) data.classes.push_back(std::to_string(c));
    Pass pass(network.graph, kBatch, Pass::Mode::Inference, pool);
    lessons.teacher = evaluate(pass, data, data.train, data.train.count(), keepGoing);
    if (lessons.teacher.count < data.train.count()) throw Stopped{};
    for (std::size_t i = 0; i < data.train.count(); ++i) {
        std::int32_t& label = data.train.labels[i];
        lessons.labelled.push_back(label >= 0 && static_cast<std::size_t>(label) < classes);
        if (!lessons.labelled.back()) label = static_cast<std::int32_t>(argmax(lessons.teacher.row(i), classes));
    }
    return lessons;
}

TrainOutcome learn(Quantized& quantized, const QuantizationOptions& options, const Lessons& lessons, const LearnOptions& how,
    ThreadPool& pool, const StepObserver& observer)
{
    Trainable aware = awareOf(quantized);
    const Teaching teaching{.method = hintonMethod(),
        .loss = {.samples = &lessons.data.train, .teacher = &lessons.teacher, .labelled = &lessons.labelled, .settings = &how.distill}};
    const TrainOptions train{.epochs = how.epochs,
        .batch = std::min(how.batch, static_cast<int>(lessons.data.train.count())),
        .seed = how.seed,
        .optimizer = {.name = "adam", .relative = true}, // weights with BatchNorm folded in are of very different sizes
        .schedule = {.learningRate = how.learningRate}};
    const auto take = [&] {
        takeSteps(quantized, options, aware);
        for (std::size_t i = 0; i < quantized.layers.size(); ++i) takeWeights(quantized, options, aware, i);
    };
    try {
        const TrainOutcome outcome = teach(aware.graph, lessons.data, train, teaching, pool, observer);
        if (outcome != TrainOutcome::Diverged) take();
        return outcome;
    } catch (const Stopped&) {
        take();
        throw;
    }
}

} // namespace bitstill::foreign
