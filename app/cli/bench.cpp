#include "app/cli/commands.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/core/text.h"
#include "engine/data/dataset.h"
#include "engine/nn/loss.h"
#include "engine/nn/optimizer.h"
#include "engine/nn/pass.h"
#include "engine/nn/zoo.h"
#include "engine/quant/aware.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

namespace bitstill::cli {

namespace {

using Clock = std::chrono::steady_clock;

double secondsFrom(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Median seconds of one call, over at least five rounds that together take `seconds`.
template <class Work> double medianSeconds(double seconds, const Work& work)
{
    for (int i = 0; i < 3; ++i) work();
    const Clock::time_point first = Clock::now();
    work();
    const int perRound = std::max(1, static_cast<int>(seconds / 20 / std::max(secondsFrom(first), 1e-9)));
    std::vector<double> rounds;
    for (const Clock::time_point start = Clock::now(); rounds.size() < 5 || secondsFrom(start) < seconds;) {
        const Clock::time_point begin = Clock::now();
        for (int i = 0; i < perRound; ++i) work();
        rounds.push_back(secondsFrom(begin) / perRound);
    }
    std::nth_element(rounds.begin(), rounds.begin() + static_cast<std::ptrdiff_t>(rounds.size() / 2), rounds.end());
    return rounds[rounds.size() / 2];
}

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

double measure(const BenchArguments& a)
{
    const Dataset data = randomImages(std::max(8192, a.batch));
    ThreadPool pool(a.threads);
    Graph graph = buildModel(a.model, data.shape, data.classCount());
    graph.initialize(1);
    if (a.qat) graph = makeQuantizationAware(QuantizedNetwork(graph, data, 512, pool), {});
    const bool training = a.what == "train";
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
    const Pass::Loss loss = [&](const Shard& s, const float* logits, float* dLogits) {
        return softmaxCrossEntropy(
            logits, labels.data() + s.first, static_cast<std::size_t>(s.rows), 10, 1.0f / static_cast<float>(a.batch), dLogits);
    };
    const GradientReady update = [&](Parameter& p, std::size_t b, std::size_t e) { optimizer.update(p, b, e); };
    return medianSeconds(a.seconds, [&] {
        first = first + 2 * static_cast<std::size_t>(a.batch) <= order.size() ? first + static_cast<std::size_t>(a.batch) : 0;
        if (training) {
            optimizer.beginStep(1e-4);
            pass.step(a.batch, fill, loss, update);
        } else {
            pass.forward(a.batch, fill);
        }
    });
}

} // namespace

int bench(const BenchArguments& a)
{
    if (a.precision != "float32") throw Error("bench", "precision " + a.precision + " is not there yet", "measure float32");
    const double seconds = measure(a);
    const double perSecond = a.batch / seconds;
    if (a.json) {
        nlohmann::json j{{"samples_per_second", perSecond}, {"model", a.model}, {"batch", a.batch}, {"threads", a.threads}, {"qat", a.qat}};
        if (a.what == "infer") j["latency_us"] = seconds * 1e6;
        std::cout << j.dump() << '\n';
        return 0;
    }
    std::cout << a.what << ' ' << a.model << (a.qat ? " with fake quantization" : "") << ", batch " << a.batch << ", " << a.threads
              << (a.threads == 1 ? " thread: " : " threads: ");
    if (a.what == "infer") std::cout << fixed(seconds * 1e6, 1) << " µs a batch, ";
    std::cout << grouped(static_cast<std::int64_t>(perSecond)) << " samples/s (median)\n";
    return 0;
}

} // namespace bitstill::cli
