// oneDNN's kernels and our own loops against plain references written with Eigen or by hand.

#include "engine/core/cpu_isa.h"
#include "engine/core/rng.h"
#include "engine/kernels/batchnorm_pool.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/dots.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/planes.h"
#include "engine/kernels/pool.h"
#include "tests/support/compare.h"

#include <Eigen/Core>
#include <limits>

using namespace bitstill;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace {

Tensor noise(Shape shape, std::uint64_t stream)
{
    Tensor t(std::move(shape));
    Rng rng(11, "kernels", stream);
    for (float& v : t) v = static_cast<float>(rng.normal());
    return t;
}

Eigen::Map<const Matrix> map(const Tensor& t) { return {t.data(), t.shape()[0], t.shape()[1]}; }

enum class Kernels { OneDnn, Winograd, Depthwise, Narrow };

std::unique_ptr<ConvKernel> make(Kernels kernels, const ConvPlan& plan)
{
    if (kernels == Kernels::Winograd) return makeWinogradConv(plan);
    if (kernels == Kernels::Narrow) return makeNarrowConv(plan);
    return kernels == Kernels::Depthwise ? makeDepthwiseConv(plan) : makeOneDnnConv(plan);
}

/// Image patches as rows (im2col), NHWC maps to (positions × k·k·in/groups), for one group.
Matrix patches(const ConvShape& s, const Tensor& x, int samples, int group)
{
    const int in = s.inChannels / s.groups;
    Matrix m(samples * s.outHeight() * s.outWidth(), in * s.kernel * s.kernel);
    m.setZero();
    int row = 0;
    for (int n = 0; n < samples; ++n)
        for (int oh = 0; oh < s.outHeight(); ++oh)
            for (int ow = 0; ow < s.outWidth(); ++ow, ++row)
                for (int c = 0; c < in; ++c)
                    for (int kh = 0; kh < s.kernel; ++kh)
                        for (int kw = 0; kw < s.kernel; ++kw) {
                            const int h = oh * s.stride + kh - s.padding, w = ow * s.stride + kw - s.padding;
                            if (h < 0 || w < 0 || h >= s.inHeight || w >= s.inWidth) continue;
                            m(row, (c * s.kernel + kh) * s.kernel + kw) =
                                x[static_cast<std::size_t>(((n * s.inHeight + h) * s.inWidth + w) * s.inChannels + group * in + c)];
                        }
    return m;
}

} // namespace

class TestKernels : public QObject {
    Q_OBJECT

    static void ownLoops()
    {
        QTest::addColumn<Kernels>("kernels");
        QTest::newRow("winograd") << Kernels::Winograd;
        QTest::newRow("depthwise") << Kernels::Depthwise;
        QTest::newRow("narrow") << Kernels::Narrow;
    }
    /// Of as many channels as these loops are for.
    static ConvShape mapsOf(Kernels kernels, int height, int width, int stride = 1)
    {
        const int channels = kernels == Kernels::Narrow ? 8 : 16;
        return {height, width, channels, channels, 3, stride, 1, kernels == Kernels::Depthwise ? channels : 1};
    }

private Q_SLOTS:
    void gemmAgreesWithEigen_data()
    {
        QTest::addColumn<bool>("ta");
        QTest::addColumn<bool>("tb");
        for (int i = 0; i < 4; ++i) QTest::addRow("transposed %d %d", i & 1, i >> 1) << bool(i & 1) << bool(i >> 1);
    }
    void gemmAgreesWithEigen()
    {
        QFETCH(bool, ta);
        QFETCH(bool, tb);
        const int m = 33, n = 17, k = 45;
        const Tensor a = ta ? noise({k, m}, 1) : noise({m, k}, 1), b = tb ? noise({n, k}, 2) : noise({k, n}, 2), c0 = noise({m, n}, 3);
        for (const float beta : {0.0f, 1.0f}) {
            Tensor c = c0;
            Gemm{.transposeA = ta, .transposeB = tb, .m = m, .n = n, .k = k, .lda = ta ? m : k, .ldb = tb ? k : n, .ldc = n, .beta = beta}
                .run(a.data(), b.data(), c.data());
            const Matrix A = ta ? Matrix(map(a).transpose()) : Matrix(map(a)), B = tb ? Matrix(map(b).transpose()) : Matrix(map(b));
            const Matrix expected = A * B + beta * map(c0);
            QVERIFY(relativeError(c.data(), expected.data(), c.size()) < 1e-5);
        }
    }

    void dotsAgreeWithEigenRowByRow_data()
    {
        QTest::addColumn<int>("n");
        QTest::addColumn<int>("k");
        for (const auto& [n, k] : {std::pair(1, 1), {3, 2}, {10, 16}, {7, 28}, {33, 45}, {16, 784}})
            QTest::addRow("%d outputs of %d inputs", n, k) << n << k;
    }
    void dotsAgreeWithEigenRowByRow()
    {
        QFETCH(int, n);
        QFETCH(int, k);
        constexpr int kRows = 19;
        const auto outputs = static_cast<std::size_t>(n), inputs = static_cast<std::size_t>(k);
        const Tensor x = noise({kRows, k}, 1), w = noise({n, k}, 2);
        Tensor all({kRows, n}), some({kRows, n});
        kernels::dots(x.data(), w.data(), kRows, outputs, inputs, all.data());
        const Matrix expected = map(x) * map(w).transpose();
        QVERIFY(relativeError(all.data(), expected.data(), all.size()) < 1e-5);
        for (std::size_t rows = 1; rows < kRows; ++rows) {
            const std::size_t first = kRows - rows;
            kernels::dots(x.data() + first * inputs, w.data(), rows, outputs, inputs, some.data());
            QVERIFY(std::equal(some.begin(), some.begin() + rows * outputs, all.begin() + first * outputs));
        }
    }

    void planesAgreeWithEigenPlaceByPlace_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("k");
        for (const auto& [rows, k] : {std::pair(1, 1), {5, 2}, {13, 16}, {29, 45}, {3, 1100}})
            QTest::addRow("%d rows of %d", rows, k) << rows << k;
    }
    void planesAgreeWithEigenPlaceByPlace()
    {
        QFETCH(int, rows);
        QFETCH(int, k);
        constexpr std::size_t kAll = 9 * kernels::kPlaces;
        const auto outputs = static_cast<std::size_t>(rows), inputs = static_cast<std::size_t>(k);
        const Tensor w = noise({rows, k}, 1), x = noise({k, kAll}, 2), bias = noise({rows}, 3);
        Tensor all({rows, kAll}), some({rows, kAll});
        const kernels::PlaneProduct whole{.rows = outputs, .n = kAll, .k = inputs, .xRow = kAll, .yRow = kAll};
        whole.run(w.data(), x.data(), bias.data(), all.data());
        const Matrix expected = (map(w) * map(x)).colwise() + Eigen::Map<const Eigen::VectorXf>(bias.data(), rows);
        QVERIFY(relativeError(all.data(), expected.data(), all.size()) < 1e-5);
        for (std::size_t n = kernels::kPlaces; n < kAll; n += kernels::kPlaces) {
            kernels::PlaneProduct part = whole;
            part.n = n;
            part.run(w.data(), x.data() + kAll - n, bias.data(), some.data());
            for (std::size_t r = 0; r < outputs; ++r)
                QVERIFY(std::equal(some.begin() + r * kAll, some.begin() + r * kAll + n, all.begin() + (r + 1) * kAll - n));
        }
    }

    void convolutionAgreesWithEigen_data()
    {
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("out");
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("padding");
        QTest::addColumn<int>("groups");
        QTest::addColumn<Kernels>("kernels");
        QTest::newRow("3x3") << 16 << 32 << 3 << 1 << 1 << 1 << Kernels::OneDnn;
        QTest::newRow("one channel") << 1 << 16 << 3 << 1 << 1 << 1 << Kernels::OneDnn;
        QTest::newRow("3x3 stride 2") << 8 << 12 << 3 << 2 << 1 << 1 << Kernels::OneDnn;
        QTest::newRow("1x1") << 16 << 8 << 1 << 1 << 0 << 1 << Kernels::OneDnn;
        QTest::newRow("1x1 stride 2") << 16 << 8 << 1 << 2 << 0 << 1 << Kernels::OneDnn;
        QTest::newRow("1x1 stride 2, few channels") << 4 << 6 << 1 << 2 << 0 << 1 << Kernels::OneDnn;
        QTest::newRow("5x5 valid") << 3 << 5 << 5 << 1 << 0 << 1 << Kernels::OneDnn;
        QTest::newRow("depthwise, oneDNN") << 32 << 32 << 3 << 1 << 1 << 32 << Kernels::OneDnn;
        QTest::newRow("depthwise stride 2, oneDNN") << 32 << 32 << 3 << 2 << 1 << 32 << Kernels::OneDnn;
        QTest::newRow("depthwise") << 48 << 48 << 3 << 1 << 1 << 48 << Kernels::Depthwise;
        QTest::newRow("depthwise stride 2") << 48 << 48 << 3 << 2 << 1 << 48 << Kernels::Depthwise;
        QTest::newRow("groups") << 16 << 16 << 3 << 1 << 1 << 2 << Kernels::OneDnn;
        QTest::newRow("winograd") << 16 << 32 << 3 << 1 << 1 << 1 << Kernels::Winograd;
        QTest::newRow("winograd, 16 channels out") << 32 << 16 << 3 << 1 << 1 << 1 << Kernels::Winograd;
        QTest::newRow("winograd, odd sixteens") << 48 << 80 << 3 << 1 << 1 << 1 << Kernels::Winograd;
        for (const auto& [in, out] : {std::pair(4, 4), {4, 8}, {8, 4}, {8, 8}})
            QTest::addRow("narrow, %d to %d channels", in, out) << in << out << 3 << 1 << 1 << 1 << Kernels::Narrow;
    }
    /// Where there is no bias to train, the weights' gradient is the same without its.
    void aBiasThatIsNotTrainedChangesNothing_data()
    {
        QTest::addColumn<Kernels>("kernels");
        QTest::addColumn<int>("groups");
        QTest::newRow("oneDNN") << Kernels::OneDnn << 1;
        QTest::newRow("winograd") << Kernels::Winograd << 1;
        QTest::newRow("depthwise") << Kernels::Depthwise << 32;
    }
    void aBiasThatIsNotTrainedChangesNothing()
    {
        QFETCH(Kernels, kernels);
        QFETCH(int, groups);
        ConvShape s{9, 11, 32, 32, 3, 1, 1, groups};
        const Tensor x = noise({2, 9, 11, 32}, 1), dy = noise({2, 9, 11, 32}, 2), w = noise({32, 32 / groups, 3, 3}, 3);
        Tensor dw[2] = {w, w}, db({32});
        for (const bool trains : {true, false}) {
            s.trainsBias = trains;
            const auto conv = make(kernels, {.shape = s, .rowsPerShard = 2});
            conv->setWeights(w.data());
            conv->backwardWeights(0, 2, x.data(), dy.data());
            conv->sumGradients(1, dw[trains].data(), trains ? db.data() : nullptr);
        }
        QVERIFY(relativeError(dw[0].data(), dw[1].data(), w.size()) < 1e-6);
    }

    void convolutionAgreesWithEigen()
    {
        QFETCH(int, in);
        QFETCH(int, out);
        QFETCH(int, kernel);
        QFETCH(int, stride);
        QFETCH(int, padding);
        QFETCH(int, groups);
        QFETCH(Kernels, kernels);
        const ConvShape s{17, 19, in, out, kernel, stride, padding, groups};
        const int samples = 3;
        const Tensor x = noise({samples, 17, 19, in}, 1), w = noise({out, in / groups, kernel, kernel}, 2), b = noise({out}, 3),
                     dy = noise({samples, s.outHeight(), s.outWidth(), out}, 4);
        const auto conv = make(kernels, {.shape = s, .rowsPerShard = 2, .shards = 2});
        conv->setWeights(w.data());
        Tensor y(dy.shape()), dx(x.shape()), dw(w.shape()), db(b.shape());
        for (int shard = 0; shard < 2; ++shard) { // two samples, then the one that is left
            const int rows = shard == 0 ? 2 : 1;
            const std::size_t i = static_cast<std::size_t>(2 * shard) * s.inputs(), o = static_cast<std::size_t>(2 * shard) * s.outputs();
            conv->forward(shard, rows, x.data() + i, b.data(), y.data() + o);
            conv->backwardData(shard, rows, dy.data() + o, dx.data() + i);
            conv->backwardWeights(shard, rows, x.data() + i, dy.data() + o);
        }
        conv->sumGradients(2, dw.data(), db.data());

        const int perGroup = out / groups, positions = samples * s.outHeight() * s.outWidth();
        double forwardError = 0, weightError = 0;
        for (int g = 0; g < groups; ++g) {
            const Matrix p = patches(s, x, samples, g);
            const Eigen::Map<const Matrix> weights(w.data() + g * perGroup * p.cols(), perGroup, p.cols());
            const Eigen::Map<const Matrix> allY(y.data(), positions, out), allDy(dy.data(), positions, out);
            const Matrix expected =
                (p * weights.transpose()).rowwise() + Eigen::Map<const Eigen::RowVectorXf>(b.data() + g * perGroup, perGroup);
            forwardError = std::max(forwardError,
                static_cast<double>(
                    (allY.middleCols(g * perGroup, perGroup) - expected).cwiseAbs().maxCoeff() / expected.cwiseAbs().maxCoeff()));
            const Matrix expectedDw = allDy.middleCols(g * perGroup, perGroup).transpose() * p;
            const Eigen::Map<const Matrix> gotDw(dw.data() + g * perGroup * p.cols(), perGroup, p.cols());
            weightError =
                std::max(weightError, static_cast<double>((gotDw - expectedDw).cwiseAbs().maxCoeff() / expectedDw.cwiseAbs().maxCoeff()));
        }
        QVERIFY2(forwardError < 1e-5, qPrintable(QString::number(forwardError)));
        QVERIFY2(weightError < 1e-5, qPrintable(QString::number(weightError)));
        // <dy, conv(dx')> = <dxᵀ, dx'>: the data gradient is the transpose of the convolution.
        const Tensor other = noise(x.shape(), 9), zero({out});
        Tensor image(dy.shape());
        conv->forward(0, 2, other.data(), zero.data(), image.data());
        conv->forward(1, 1, other.data() + 2 * s.inputs(), zero.data(), image.data() + 2 * s.outputs());
        double left = 0, right = 0, scale = 0;
        for (std::size_t i = 0; i < image.size(); ++i) {
            left += static_cast<double>(image[i]) * static_cast<double>(dy[i]);
            scale += std::abs(static_cast<double>(image[i]) * static_cast<double>(dy[i]));
        }
        for (std::size_t i = 0; i < dx.size(); ++i) right += static_cast<double>(dx[i]) * static_cast<double>(other[i]);
        QVERIFY2(std::abs(left - right) < 1e-5 * scale, qPrintable(QString::number(left) + QLatin1Char(' ') + QString::number(right)));
        const Eigen::Map<const Matrix> allDy(dy.data(), positions, out);
        const Eigen::RowVectorXf expectedBias = allDy.colwise().sum();
        QVERIFY(relativeError(db.data(), expectedBias.data(), db.size()) < 1e-5);
    }

    /// The first layer of a network has one or three channels in, and nobody asks for their gradient.
    void narrowLoopsServeAFirstLayer_data()
    {
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("out");
        for (const auto& [in, out] : {std::pair(1, 4), {1, 8}, {3, 4}, {3, 8}, {7, 8}}) QTest::addRow("%d to %d", in, out) << in << out;
    }
    void narrowLoopsServeAFirstLayer()
    {
        QFETCH(int, in);
        QFETCH(int, out);
        const ConvPlan plan{.shape = {9, 13, in, out, 3, 1, 1}, .rowsPerShard = 2, .inputGradient = false};
        QVERIFY(narrowConvServes(plan));
        const Tensor x = noise({2, 9, 13, in}, 1), w = noise({out, in, 3, 3}, 2), bias = noise({out}, 3), dy = noise({2, 9, 13, out}, 4);
        Tensor y[2] = {dy, dy}, dw[2] = {w, w}, db[2] = {bias, bias};
        for (const bool own : {false, true}) {
            const auto conv = own ? makeNarrowConv(plan) : makeOneDnnConv(plan);
            conv->setWeights(w.data());
            conv->forward(0, 2, x.data(), bias.data(), y[own].data());
            conv->backwardWeights(0, 2, x.data(), dy.data());
            conv->sumGradients(1, dw[own].data(), db[own].data());
        }
        QVERIFY(relativeError(y[1].data(), y[0].data(), dy.size()) < 1e-5);
        QVERIFY(relativeError(dw[1].data(), dw[0].data(), w.size()) < 1e-5);
        QVERIFY(relativeError(db[1].data(), db[0].data(), bias.size()) < 1e-5);
    }
    void narrowLoopsLeaveOtherShapesAlone()
    {
        const auto serves = [](const ConvShape& s, bool inputGradient = true) {
            return narrowConvServes({.shape = s, .inputGradient = inputGradient});
        };
        QVERIFY(serves({9, 9, 4, 8, 3, 1, 1}));
        QVERIFY(!serves({9, 9, 3, 8, 3, 1, 1}));
        QVERIFY(serves({9, 9, 3, 8, 3, 1, 1}, false));
        QVERIFY(!serves({9, 9, 4, 16, 3, 1, 1}));
        QVERIFY(!serves({9, 9, 4, 6, 3, 1, 1}));
        QVERIFY(!serves({9, 9, 9, 8, 3, 1, 1}, false));
        QVERIFY(!serves({9, 9, 4, 8, 3, 2, 1}));
        QVERIFY(!serves({9, 9, 4, 8, 3, 1, 0}));
        QVERIFY(!serves({9, 9, 4, 8, 5, 1, 1}));
        QVERIFY(!serves({9, 9, 4, 4, 3, 1, 1, 4}));
    }

    void ownLoopsServeSmallMaps_data()
    {
        QTest::addColumn<Kernels>("kernels");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        for (const auto& [h, w] : {std::pair(1, 1), {2, 3}, {4, 4}, {5, 8}, {1, 130}}) {
            QTest::addRow("winograd %dx%d", h, w) << Kernels::Winograd << 1 << h << w;
            QTest::addRow("narrow %dx%d", h, w) << Kernels::Narrow << 1 << h << w;
            QTest::addRow("depthwise %dx%d", h, w) << Kernels::Depthwise << 1 << h << w;
            QTest::addRow("depthwise %dx%d stride 2", h, w) << Kernels::Depthwise << 2 << h << w;
        }
    }
    void ownLoopsServeSmallMaps()
    {
        QFETCH(Kernels, kernels);
        QFETCH(int, stride);
        QFETCH(int, height);
        QFETCH(int, width);
        const ConvShape s = mapsOf(kernels, height, width, stride);
        const int c = s.inChannels;
        const Tensor x = noise({3, height, width, c}, 1), w = noise({c, c / s.groups, 3, 3}, 2), bias = noise({c}, 4),
                     dy = noise({3, s.outHeight(), s.outWidth(), c}, 3);
        struct Results {
            Tensor y, dx, dw, db;
        };
        Results results[2];
        for (const bool own : {false, true}) {
            const auto conv = make(own ? kernels : Kernels::OneDnn, {.shape = s, .rowsPerShard = 3});
            Results& r = results[own];
            r = {Tensor(dy.shape()), Tensor(x.shape()), Tensor(w.shape()), Tensor(bias.shape())};
            conv->setWeights(w.data());
            conv->forward(0, 3, x.data(), bias.data(), r.y.data());
            conv->backwardData(0, 3, dy.data(), r.dx.data());
            conv->backwardWeights(0, 3, x.data(), dy.data());
            conv->sumGradients(1, r.dw.data(), r.db.data());
        }
        for (Tensor Results::*what : {&Results::y, &Results::dx, &Results::dw, &Results::db}) {
            const Tensor &a = results[0].*what, &b = results[1].*what;
            QVERIFY(relativeError(b.data(), a.data(), a.size()) < 1e-5);
        }
    }

    /// Inference stays the sum that its integer twin is compared with; training takes what is faster.
    void ownLoopsAreForTraining_data() { ownLoops(); }
    void ownLoopsAreForTraining()
    {
        QFETCH(Kernels, kernels);
        const ConvShape s = mapsOf(kernels, 6, 7);
        const int c = s.inChannels;
        const Tensor x = noise({1, 6, 7, c}, 1), w = noise({c, c / s.groups, 3, 3}, 2), bias = noise({c}, 3);
        const auto bits = [&](const std::unique_ptr<ConvKernel>& conv) {
            std::vector<float> y(s.outputs());
            conv->setWeights(w.data());
            conv->forward(0, 1, x.data(), bias.data(), y.data());
            return y;
        };
        if (bits(make(kernels, {.shape = s})) == bits(make(Kernels::OneDnn, {.shape = s}))) QSKIP("without FMA both round alike");
        QCOMPARE(bits(makeConvKernel({.shape = s, .training = false})), bits(make(Kernels::OneDnn, {.shape = s, .training = false})));
#if defined(__x86_64__)
        if (kernels == Kernels::Winograd || cpuIsa() == CpuIsa::Avx512)
            QCOMPARE(bits(makeConvKernel({.shape = s})), bits(make(kernels, {.shape = s})));
#endif
    }

    void ownLoopsApplyTheActivation_data() { ownLoops(); }
    void ownLoopsApplyTheActivation()
    {
        QFETCH(Kernels, kernels);
        const ConvShape s = mapsOf(kernels, 6, 7);
        const int c = s.inChannels;
        const Tensor x = noise({1, 6, 7, c}, 1), w = noise({c, c / s.groups, 3, 3}, 2), bias = noise({c}, 3);
        Tensor plain(x.shape()), clipped(plain.shape());
        for (const bool clips : {false, true}) {
            const auto conv = make(kernels, {.shape = s, .activation = clips ? Activation::relu6() : Activation{}});
            conv->setWeights(w.data());
            conv->forward(0, 1, x.data(), bias.data(), clips ? clipped.data() : plain.data());
        }
        QVERIFY(std::ranges::max(plain) > 6 && std::ranges::min(plain) < 0);
        for (std::size_t i = 0; i < plain.size(); ++i) QCOMPARE(clipped[i], std::clamp(plain[i], 0.0f, 6.0f));
    }

    void momentsDoNotCareAboutTheMean_data()
    {
        QTest::addColumn<int>("channels");
        for (const int c : {1, 4, 5, 8, 16, 33, 256}) QTest::addRow("%d channels", c) << c;
    }
    void momentsDoNotCareAboutTheMean()
    {
        QFETCH(int, channels);
        Tensor x = noise({3000, channels}, 4);
        for (float& v : x) v += 100; // a mean far larger than the deviation
        kernels::Moments all(static_cast<std::size_t>(channels)), first = all, second = all;
        kernels::addMoments(x.data(), 1000, first);
        kernels::addMoments(x.data() + 1000 * channels, 2000, second);
        all.merge(first.count, first.mean.data(), first.m2.data());
        all.merge(second.count, second.mean.data(), second.m2.data());
        const Eigen::MatrixXd exact = map(x).cast<double>();
        for (int c = 0; c < channels; ++c) {
            const double mean = exact.col(c).mean(), m2 = (exact.col(c).array() - mean).square().sum();
            QVERIFY(std::abs(all.mean[static_cast<std::size_t>(c)] - mean) < 1e-4);
            QVERIFY(std::abs(all.m2[static_cast<std::size_t>(c)] - m2) < 1e-4 * m2);
        }
    }

    void maxPoolRemembersTheFirstOfEquals()
    {
        const kernels::PoolShape s{2, 2, 1, 1, 1, 2, 2, 2, 2};
        const Tensor x({4}, std::vector<float>{1, 3, 3, 2});
        float y = 0;
        std::uint8_t from = 9;
        kernels::maxPool(s, 1, x.data(), &y, &from);
        QCOMPARE(y, 3.0f);
        QCOMPARE(int(from), 1);
        Tensor dx({4});
        const float dy = 5;
        kernels::maxPoolBackward(s, 1, &dy, &from, dx.data());
        QCOMPARE(std::vector<float>(dx.begin(), dx.end()), (std::vector<float>{0, 5, 0, 0}));
    }

    void batchNormWithWindowsEqualsBothApart_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("windows"); // in a row; of seven, rows of few channels begin between two lines of the cache
        QTest::addColumn<float>("high");
        for (const int channels : {3, 4, 8, 32})
            for (const int windows : {2, 7}) {
                QTest::addRow("%d, %d windows, relu", channels, windows) << channels << windows << std::numeric_limits<float>::infinity();
                QTest::addRow("%d, %d windows, relu6", channels, windows) << channels << windows << 6.0f;
            }
    }
    void batchNormWithWindowsEqualsBothApart()
    {
        QFETCH(int, channels);
        QFETCH(int, windows);
        QFETCH(float, high);
        constexpr int kSamples = 3;
        const auto c = static_cast<std::size_t>(channels);
        const kernels::PoolShape s{6, 2 * windows, channels, 3, windows, 2, 2, 2, 2};
        QVERIFY(kernels::canPool(s));
        const std::size_t out = 3 * static_cast<std::size_t>(windows) * kSamples, in = 4 * out;
        Tensor x = noise({static_cast<int>(in), channels}, 1), scale = noise({channels}, 2), shift = noise({channels}, 3);
        scale[0] = 0; // every position of a window the same
        for (float& v : x) v *= 4;
        const Activation act{0, high};
        const Tensor a = noise({channels}, 4), b = noise({channels}, 5), d = noise({channels}, 6), mean = noise({channels}, 7),
                     dy = noise({static_cast<int>(out), channels}, 8);
        const kernels::AffineGradient g{scale.data(), shift.data(), a.data(), b.data(), d.data()};

        Tensor z = x, y({static_cast<int>(out), channels}), dz = x, dx = x;
        std::vector<std::uint8_t> from(out * c);
        std::vector<double> sums(c), sumsX(c), sumsTogether(c), sumsXTogether(c);
        kernels::affine(x.data(), z.data(), scale.data(), shift.data(), in, c, act);
        kernels::maxPool(s, kSamples, z.data(), y.data(), from.data());
        kernels::maxPoolBackward(s, kSamples, dy.data(), from.data(), dz.data());
        kernels::backwardSums(x.data(), dz.data(), scale.data(), shift.data(), mean.data(), in, c, act, sums.data(), sumsX.data());
        kernels::backwardAffine(x.data(), dz.data(), dx.data(), g, in, c, act);
        for (std::size_t i = 0; i < c; ++i) {
            double sum = 0, sumX = 0;
            for (std::size_t p = i; p < in * c; p += c) {
                const float value = x[p] * scale[i] + shift[i];
                if (value <= act.low || value >= act.high) continue;
                sum += static_cast<double>(dz[p]);
                sumX += static_cast<double>(dz[p] * (x[p] - mean[i]));
            }
            QVERIFY(std::abs(sums[i] - sum) < 1e-4);
            QVERIFY(std::abs(sumsX[i] - sumX) < 1e-3);
        }

        Tensor together = y, chosen = y, dxTogether = x;
        kernels::affineMaxPool(s, kSamples, x.data(), scale.data(), shift.data(), act, together.data(), chosen.data());
        kernels::backwardSums(
            chosen.data(), dy.data(), scale.data(), shift.data(), mean.data(), out, c, act, sumsTogether.data(), sumsXTogether.data());
        kernels::backwardAffineMaxPool(s, kSamples, x.data(), chosen.data(), dy.data(), g, act, dxTogether.data());
        QVERIFY(std::equal(y.begin(), y.end(), together.begin()));
        QVERIFY(relativeError(dxTogether.data(), dx.data(), dx.size()) < 1e-6);
        for (std::size_t i = 0; i < c; ++i) {
            QVERIFY(std::abs(sumsTogether[i] - sums[i]) < 1e-4);
            QVERIFY(std::abs(sumsXTogether[i] - sumsX[i]) < 1e-3);
        }
    }

    void windowsThatLeaveAnEdgeStayApart() { QVERIFY(!kernels::canPool({7, 7, 4, 3, 3, 2, 2, 2, 2})); }

    void bytesAreLookedUp()
    {
        std::vector<std::uint8_t> table(256), x(300);
        for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint8_t>(i * 167 + 13);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::uint8_t>(i * 59);
        for (const std::size_t n : {0, 1, 63, 64, 65, 300}) { // what is left over behind whole registers too
            std::vector<std::uint8_t> y(301, 7);
            kernels::lookUp(table.data(), x.data(), n, y.data());
            for (std::size_t i = 0; i < n; ++i) QCOMPARE(y[i], table[x[i]]);
            QCOMPARE(y[n], 7);
        }
    }

    void bytesBecomeNormalizedFloats()
    {
        const std::vector<std::uint8_t> bytes{0, 128, 255};
        std::vector<float> y(3);
        kernels::normalizeBytes(bytes.data(), y.data(), 3, 1.0f / 255, -0.5f);
        QCOMPARE(y, (std::vector<float>{-0.5f, 128.0f * (1.0f / 255) - 0.5f, 255.0f * (1.0f / 255) - 0.5f}));
    }
};

QTEST_APPLESS_MAIN(TestKernels)
#include "tst_kernels.moc"
