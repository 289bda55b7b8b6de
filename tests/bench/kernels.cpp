// The kernels that training and int8 inference are made of, each by itself, with Google Benchmark.
//
//     build/release/tests/bench_kernels [--benchmark_filter=conv]
//
// FLOP counts a multiplication and an addition each; bytes are those that must move at least once.

#include "engine/core/tensor.h"
#include "engine/kernels/batchnorm.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/dots.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/int8.h"
#include "engine/kernels/pool.h"
#include "engine/nn/loss.h"

#include <benchmark/benchmark.h>
#include <limits>

using namespace bitstill;

namespace {

/// Neither zeros nor denormals, half of them negative.
Tensor values(Shape shape)
{
    Tensor t(std::move(shape));
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = static_cast<float>(static_cast<int>(i * 7919 % 200) - 100) / 100.0f + 0.001f;
    return t;
}

void count(benchmark::State& state, double flop, double bytes = 0)
{
    const auto rounds = static_cast<double>(state.iterations());
    if (flop > 0) state.counters["FLOP/s"] = benchmark::Counter(flop * rounds, benchmark::Counter::kIsRate);
    if (bytes > 0) state.counters["bytes/s"] = benchmark::Counter(bytes * rounds, benchmark::Counter::kIsRate);
}

void product(benchmark::State& state)
{
    const auto m = static_cast<int>(state.range(0)), k = static_cast<int>(state.range(1)), n = static_cast<int>(state.range(2));
    const Tensor a = values({m, k}), b = values({n, k});
    Tensor c({m, n});
    const Gemm gemm{.transposeB = true, .m = m, .n = n, .k = k, .lda = k, .ldb = k, .ldc = n};
    for (auto _ : state) gemm.run(a.data(), b.data(), c.data());
    count(state, 2.0 * m * n * k);
}
BENCHMARK(product)->Args({128, 784, 256})->Args({32, 784, 256})->Args({256, 1024, 1024});

/// As Dense infers.
void dotProducts(benchmark::State& state)
{
    const auto m = static_cast<int>(state.range(0)), k = static_cast<int>(state.range(1)), n = static_cast<int>(state.range(2));
    const Tensor a = values({m, k}), b = values({n, k});
    Tensor c({m, n});
    for (auto _ : state)
        kernels::dots(a.data(), b.data(), static_cast<std::size_t>(m), static_cast<std::size_t>(n), static_cast<std::size_t>(k), c.data());
    count(state, 2.0 * m * n * k);
}
BENCHMARK(dotProducts)->Args({1, 784, 256})->Args({64, 784, 256})->Args({64, 256, 128})->Args({64, 1024, 1024});

template <bool own> void int8Product(benchmark::State& state)
{
    const auto m = static_cast<int>(state.range(0)), k = static_cast<int>(state.range(1)), n = static_cast<int>(state.range(2));
    const std::vector<std::int8_t> codes(static_cast<std::size_t>(n) * static_cast<std::size_t>(k), 3);
    const Int8Weights weights = own ? Int8Weights::inOwnLoops(n, k, codes) : Int8Weights(n, k, codes);
    const std::vector<std::uint8_t> x(static_cast<std::size_t>(m) * static_cast<std::size_t>(k), 5);
    std::vector<std::int32_t> y(static_cast<std::size_t>(m) * static_cast<std::size_t>(n));
    for (auto _ : state) weights.multiply(0, x.data(), m, y.data());
    count(state, 2.0 * m * n * k);
}
BENCHMARK(int8Product<false>)
    ->Args({1, 784, 256})
    ->Args({32, 784, 256})
    ->Args({256, 784, 256})
    ->Args({256, 256, 128})
    ->Args({256, 1024, 1024});

BENCHMARK(int8Product<true>)->Args({1, 784, 256})->Args({256, 784, 256})->Args({256, 1024, 1024});

/// side, in, out, kernel, stride, groups; eight samples, what a shard has.
void convShapes(benchmark::internal::Benchmark* b)
{
    b->Args({28, 1, 16, 3, 1, 1})->Args({14, 16, 32, 3, 1, 1}); // cnn-16-32
    b->Args({14, 32, 32, 3, 1, 32})->Args({14, 32, 64, 1, 1, 1})->Args({14, 64, 64, 3, 2, 64})->Args({7, 128, 128, 1, 1, 1}); // dwcnn
    b->Args({4, 128, 256, 1, 1, 1});
    b->Args({28, 16, 16, 3, 1, 1})->Args({28, 16, 32, 3, 2, 1})->Args({14, 32, 32, 3, 1, 1})->Args({14, 32, 64, 3, 2, 1}); // resnet-8
    b->Args({7, 64, 64, 3, 1, 1})->Args({28, 16, 32, 1, 2, 1});
}

enum class Direction { Forward, Data, Weights };
template <Direction D, auto make = makeConvKernel> void conv(benchmark::State& state)
{
    constexpr int kRows = 8;
    const auto arg = [&](int i) { return static_cast<int>(state.range(i)); };
    const int kernel = arg(3);
    const ConvShape s{arg(0), arg(0), arg(1), arg(2), kernel, arg(4), kernel / 2, arg(5), false};
    const Tensor x = values({kRows, static_cast<int>(s.inputs())}), dy = values({kRows, static_cast<int>(s.outputs())}),
                 w = values({static_cast<int>(s.weights())}), bias({s.outChannels});
    Tensor y = dy, dx = x;
    const auto k = make({.shape = s, .rowsPerShard = kRows});
    k->setWeights(w.data());
    for (auto _ : state) {
        if (D == Direction::Forward) k->forward(0, kRows, x.data(), bias.data(), y.data());
        if (D == Direction::Data) k->backwardData(0, kRows, dy.data(), dx.data());
        if (D == Direction::Weights) k->backwardWeights(0, kRows, x.data(), dy.data());
    }
    count(state, 2.0 * kRows * static_cast<double>(s.outputs()) * s.inChannels / s.groups * kernel * kernel);
}
BENCHMARK(conv<Direction::Forward>)->Apply(convShapes);
BENCHMARK(conv<Direction::Data>)->Apply(convShapes);
BENCHMARK(conv<Direction::Weights>)->Apply(convShapes);

/// What Winograd's kernels are chosen over.
void winogradShapes(benchmark::internal::Benchmark* b)
{
    for (const int channels : {16, 32, 64}) b->Args({448 / channels, channels, channels, 3, 1, 1});
    b->Args({14, 16, 32, 3, 1, 1})->Args({14, 64, 128, 3, 1, 1})->Args({14, 128, 256, 3, 1, 1});
}
BENCHMARK(conv<Direction::Forward, makeOneDnnConv>)->Apply(winogradShapes);
BENCHMARK(conv<Direction::Data, makeOneDnnConv>)->Apply(winogradShapes);
BENCHMARK(conv<Direction::Weights, makeOneDnnConv>)->Apply(winogradShapes);
BENCHMARK(conv<Direction::Forward, makeWinogradConv>)->Apply(winogradShapes);
BENCHMARK(conv<Direction::Data, makeWinogradConv>)->Apply(winogradShapes);
BENCHMARK(conv<Direction::Weights, makeWinogradConv>)->Apply(winogradShapes);

/// What the loops over few channels are chosen over.
void narrowShapes(benchmark::internal::Benchmark* b) { b->Args({14, 4, 8, 3, 1, 1})->Args({14, 8, 8, 3, 1, 1})->Args({28, 4, 4, 3, 1, 1}); }
BENCHMARK(conv<Direction::Forward, makeOneDnnConv>)->Apply(narrowShapes);
BENCHMARK(conv<Direction::Data, makeOneDnnConv>)->Apply(narrowShapes);
BENCHMARK(conv<Direction::Weights, makeOneDnnConv>)->Apply(narrowShapes);
BENCHMARK(conv<Direction::Forward, makeNarrowConv>)->Apply(narrowShapes);
BENCHMARK(conv<Direction::Data, makeNarrowConv>)->Apply(narrowShapes);
BENCHMARK(conv<Direction::Weights, makeNarrowConv>)->Apply(narrowShapes);

/// What the depthwise loops are chosen over.
void depthwiseShapes(benchmark::internal::Benchmark* b)
{
    b->Args({14, 32, 32, 3, 1, 32})->Args({14, 64, 64, 3, 2, 64})->Args({7, 128, 128, 3, 1, 128})->Args({7, 128, 128, 3, 2, 128});
}
BENCHMARK(conv<Direction::Forward, makeOneDnnConv>)->Apply(depthwiseShapes);
BENCHMARK(conv<Direction::Data, makeOneDnnConv>)->Apply(depthwiseShapes);
BENCHMARK(conv<Direction::Weights, makeOneDnnConv>)->Apply(depthwiseShapes);
BENCHMARK(conv<Direction::Forward, makeDepthwiseConv>)->Apply(depthwiseShapes);
BENCHMARK(conv<Direction::Data, makeDepthwiseConv>)->Apply(depthwiseShapes);
BENCHMARK(conv<Direction::Weights, makeDepthwiseConv>)->Apply(depthwiseShapes);

constexpr Activation kRelu{0, std::numeric_limits<float>::infinity()};

void batchNormForward(benchmark::State& state)
{
    const auto rows = static_cast<std::size_t>(state.range(0)), channels = static_cast<std::size_t>(state.range(1));
    const Tensor x = values({static_cast<int>(rows * channels)}), scale = values({static_cast<int>(channels)});
    Tensor y = x;
    for (auto _ : state) kernels::affine(x.data(), y.data(), scale.data(), scale.data(), rows, channels, kRelu);
    count(state, 0, 8.0 * static_cast<double>(rows * channels));
}
BENCHMARK(batchNormForward)->Args({6272, 16})->Args({1568, 64})->Args({100352, 16});

void batchNormBackward(benchmark::State& state)
{
    const auto rows = static_cast<std::size_t>(state.range(0)), channels = static_cast<std::size_t>(state.range(1));
    const Tensor x = values({static_cast<int>(rows * channels)}), c = values({static_cast<int>(channels)});
    Tensor dy = x;
    std::vector<double> sumDy(channels), sumDyX(channels);
    for (auto _ : state) {
        kernels::backwardSums(x.data(), dy.data(), c.data(), c.data(), c.data(), rows, channels, kRelu, sumDy.data(), sumDyX.data());
        kernels::backwardAffine(x.data(), dy.data(), dy.data(), {c.data(), c.data(), c.data(), c.data(), c.data()}, rows, channels, kRelu);
    }
    count(state, 0, 20.0 * static_cast<double>(rows * channels));
}
BENCHMARK(batchNormBackward)->Args({6272, 16})->Args({1568, 64})->Args({100352, 16});

void maxPooling(benchmark::State& state)
{
    const auto side = static_cast<int>(state.range(0)), channels = static_cast<int>(state.range(1));
    const kernels::PoolShape s{side, side, channels, side / 2, side / 2, 2, 2, 2, 2};
    const Tensor x = values({8, side, side, channels});
    Tensor y({8, side / 2, side / 2, channels}), dx = x;
    std::vector<std::uint8_t> from(y.size());
    for (auto _ : state) {
        kernels::maxPool(s, 8, x.data(), y.data(), from.data());
        kernels::maxPoolBackward(s, 8, y.data(), from.data(), dx.data());
    }
    count(state, 0, static_cast<double>(8 * x.size() + 10 * y.size()));
}
BENCHMARK(maxPooling)->Args({28, 16})->Args({14, 32});

void crossEntropy(benchmark::State& state)
{
    const auto rows = static_cast<std::size_t>(state.range(0));
    const Tensor logits = values({static_cast<int>(rows), 10});
    Tensor gradient = logits;
    const std::vector<std::int32_t> labels(rows, 3);
    for (auto _ : state) benchmark::DoNotOptimize(softmaxCrossEntropy(logits.data(), labels.data(), rows, 10, 0.1f, gradient.data()));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}
BENCHMARK(crossEntropy)->Arg(128);

} // namespace

BENCHMARK_MAIN();
