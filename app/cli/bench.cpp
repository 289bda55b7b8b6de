#include "app/cli/commands.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/core/text.h"
#include "engine/data/dataset.h"
#include "engine/distill/teach.h"
#include "engine/io/json_text.h"
#include "engine/measure/latency.h"
#include "engine/nn/loss.h"
#include "engine/nn/optimizer.h"
#include "engine/nn/pass.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"
#include "engine/quant/integer_network.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

namespace bitstill::cli {

namespace {

/// Random pictures as bytes, as training reads them.
Dataset randomImages(int count)
{
    Dataset data;
    data.shape = {28, 28, 1};
    data.classes.assign(10, "");
    Rng rng(1, "bench");
    for (int i = 0; i < count; ++i) data.train.labels.push_back(static_cast<std::int32_t>(rng.below(10)));
    data.train.bytes.resize(static_cast<std::size_t>(count) * data.shape.size());
    for (std::uint8_t& b : data.train.bytes) b = static_cast<std::uint8_t>(rng.below(256));
    data.measureNormalization();
    return data;
}

/// Normal weights instead of the uniform ones that training starts from: integer kernels without VNNI are slower where
/// many neighbours are large, and those of a trained network are not.
void spreadWeights(Graph& graph)
{
    Rng rng(1, "bench");
    for (const auto& [name, parameter] : graph.parameters()) {
        const auto [low, high] = std::minmax_element(parameter->value.begin(), parameter->value.end());
        const double sd = static_cast<double>(*high - *low) / std::sqrt(12.0);
        if (name.ends_with(".weight") && sd > 0)
            for (float& w : parameter->value) w = static_cast<float>(sd * rng.normal());
    }
}

double measure(const BenchArguments& a)
{
    const Dataset data = randomImages(std::max(8192, a.batch));
    ThreadPool pool(a.threads);
    Graph graph = buildModel(a.model, data.shape, data.classCount());
    graph.initialize(1);
    const bool training = a.what == "train";
    if (!training) spreadWeights(graph);
    std::optional<QuantizedNetwork> quantized;
    if (a.qat || a.lsq || a.precision != "float32") quantized.emplace(graph, data, Calibration{}, pool);
    if (a.qat || a.lsq) graph = makeQuantizationAware(*quantized, a.lsq ? AwareMethod::LearnedStep : AwareMethod::StraightThrough);
    if (a.precision == "dynamic") graph = makeDynamic(*quantized);
    std::optional<IntegerNetwork> integers;
    if (a.precision == "int8") integers.emplace(*quantized, a.batch, pool);
    Pass pass(graph, a.batch, training ? Pass::Mode::Training : Pass::Mode::Inference, pool);
    std::vector<std::uint32_t> order(data.train.count());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    Rng(1, "shuffle").shuffle(order);
    Optimizer optimizer(graph, {.momentum = 0.9, .weightDecay = 1e-4});
    std::vector<std::int32_t> labels(static_cast<std::size_t>(a.batch));
    std::size_t first = 0;
    const Pass::Fill fill = [&](const Shard& s, float* x) {
        const std::uint32_t* chosen = order.data() + first + s.first;
        data.gather(data.train, chosen, static_cast<std::size_t>(s.rows), x);
        for (int i = 0; i < s.rows; ++i) labels[static_cast<std::size_t>(s.first + i)] = data.train.labels[chosen[i]];
    };
    Logits teacher{std::vector<float>(a.taught ? data.train.count() * 10 : 0), data.train.count(), 10};
    Rng says(1, "teacher");
    for (float& v : teacher.values) v = static_cast<float>(3 * says.normal());
    const DistillSettings settings;
    const SampleLoss taught = lossOf({.samples = &data.train, .teacher = &teacher, .settings = &settings, .method = hintonMethod().loss});
    const Pass::Loss loss = [&](const Shard& s, const float* logits, float* dLogits) {
        if (a.taught) {
            double total = 0;
            for (int i = 0; i < s.rows; ++i)
                total += taught(order[first + static_cast<std::size_t>(s.first + i)], logits + i * 10, 10, dLogits + i * 10);
            for (int i = 0; i < s.rows * 10; ++i) dLogits[i] /= static_cast<float>(a.batch);
            return total;
        }
        return softmaxCrossEntropy(
            logits, labels.data() + s.first, static_cast<std::size_t>(s.rows), 10, 1.0f / static_cast<float>(a.batch), dLogits);
    };
    const GradientReady update = [&](Parameter& p, std::size_t b, std::size_t e) { optimizer.update(p, b, e); };
    return medianSeconds(a.seconds, [&] {
        first = first + 2 * static_cast<std::size_t>(a.batch) <= order.size() ? first + static_cast<std::size_t>(a.batch) : 0;
        if (training) {
            optimizer.beginStep(1e-4);
            pass.step(a.batch, fill, loss, update);
        } else if (integers) {
            integers->forward(a.batch, data, data.train, first);
        } else {
            pass.forward(a.batch, fill);
        }
    });
}

} // namespace

int bench(const BenchArguments& a)
{
    if (a.what == "train" && a.precision != "float32")
        throw WrongUse(text("training is in float32; measure `bench infer --precision %1`, or `bench train --qat`", a.precision));
    if (a.what == "infer" && a.taught) throw WrongUse(text("--taught is about training; measure `bench train --taught`"));
    if (a.qat && a.lsq) throw WrongUse(text("--qat and --lsq are two ways to do the same; choose one"));
    const double seconds = measure(a);
    const double perSecond = a.batch / seconds;
    if (a.json) {
        nlohmann::json j{{"samples_per_second", perSecond}, {"model", a.model}, {"batch", a.batch}, {"threads", a.threads},
            {"precision", a.precision}, {"qat", a.qat}, {"lsq", a.lsq}, {"taught", a.taught}};
        if (a.what == "infer") j["latency_us"] = seconds * 1e6;
        std::cout << jsonText(j) << '\n';
        return 0;
    }
    std::cout << a.what << ' ' << a.model
              << (a.lsq          ? " with learned steps"
                         : a.qat ? " with fake quantization"
                                 : "")
              << (a.taught ? ", taught by cached logits" : "") << (a.precision == "float32" ? "" : " " + a.precision) << ", batch "
              << a.batch << ", " << a.threads << (a.threads == 1 ? " thread: " : " threads: ");
    if (a.what == "infer") std::cout << fixed(seconds * 1e6, 1) << " µs a batch, ";
    std::cout << grouped(static_cast<std::int64_t>(perSecond)) << " samples/s (median)\n";
    return 0;
}

} // namespace bitstill::cli
