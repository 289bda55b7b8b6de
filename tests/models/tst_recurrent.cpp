// RNN, GRU and LSTM in all their ways against the formulas of https://onnx.ai/onnx/operators/onnx__LSTM.html and its neighbours.

#include "engine/models/run.h"
#include "engine/models/understand.h"
#include "tests/support/foreign_classifier.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;

namespace {

constexpr std::size_t kSteps = 4, kBatch = 2, kInputs = 3, kHidden = 2;
constexpr std::size_t kLengths[kBatch] = {4, 2};

struct Way {
    std::string op, direction = "forward";
    bool lengths = false, clips = false, coupled = false, linear = false;

    std::size_t gates() const { return op == "LSTM" ? 4 : op == "GRU" ? 3 : 1; }
    std::size_t directions() const { return direction == "bidirectional" ? 2 : 1; }
};

/// As the tensors of the node lie.
struct Numbers {
    std::vector<float> x, w, r, b, h, c, p;

    explicit Numbers(const Way& way) :
        x(numbers(kSteps * kBatch * kInputs, 1)), w(numbers(way.directions() * way.gates() * kHidden * kInputs, 2)),
        r(numbers(way.directions() * way.gates() * kHidden * kHidden, 3)), b(numbers(way.directions() * 2 * way.gates() * kHidden, 4)),
        h(numbers(way.directions() * kBatch * kHidden, 5)), c(numbers(way.directions() * kBatch * kHidden, 6)),
        p(numbers(way.directions() * 3 * kHidden, 7))
    {
    }
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// All states of one direction, [step][batch][hidden], and behind them the last, [batch][hidden].
std::vector<double> reference(const Way& way, const Numbers& n, std::size_t d)
{
    const std::size_t rows = way.gates() * kHidden;
    const bool backwards = way.direction == "reverse" || d == 1;
    const auto clipped = [&](double v) { return way.clips ? std::clamp(v, -0.4, 0.4) : v; };
    std::vector<double> states((kSteps + 1) * kBatch * kHidden, 0.0);
    for (std::size_t batch = 0; batch < kBatch; ++batch) {
        const std::size_t length = way.lengths ? kLengths[batch] : kSteps;
        double h[kHidden], c[kHidden];
        for (std::size_t j = 0; j < kHidden; ++j) {
            h[j] = n.h[(d * kBatch + batch) * kHidden + j];
            c[j] = n.c[(d * kBatch + batch) * kHidden + j];
        }
        for (std::size_t t = 0; t < length; ++t) {
            const std::size_t step = backwards ? length - 1 - t : t;
            const auto ofInput = [&](std::size_t gate, std::size_t j) {
                double sum = n.b[d * 2 * rows + gate * kHidden + j];
                for (std::size_t i = 0; i < kInputs; ++i)
                    sum += double{n.w[(d * rows + gate * kHidden + j) * kInputs + i]} * n.x[(step * kBatch + batch) * kInputs + i];
                return sum;
            };
            const auto ofState = [&](std::size_t gate, std::size_t j, const double* state) {
                double sum = n.b[d * 2 * rows + rows + gate * kHidden + j];
                for (std::size_t i = 0; i < kHidden; ++i) sum += n.r[(d * rows + gate * kHidden + j) * kHidden + i] * state[i];
                return sum;
            };
            double next[kHidden], reset[kHidden];
            for (std::size_t j = 0; way.op == "GRU" && j < kHidden; ++j)
                reset[j] = sigmoid(clipped(ofInput(1, j) + ofState(1, j, h))) * h[j];
            for (std::size_t j = 0; j < kHidden; ++j) {
                const auto gate = [&](std::size_t g, double added = 0) { return clipped(ofInput(g, j) + ofState(g, j, h) + added); };
                const auto peephole = [&](std::size_t g) { return n.p[(d * 3 + g) * kHidden + j] * c[j]; };
                if (way.op == "RNN") {
                    next[j] = std::tanh(gate(0));
                } else if (way.op == "GRU") {
                    const double update = sigmoid(gate(0)), kept = way.linear ? sigmoid(gate(1)) * ofState(2, j, h) : ofState(2, j, reset);
                    next[j] = (1 - update) * std::tanh(clipped(ofInput(2, j) + kept)) + update * h[j];
                } else {
                    const double in = sigmoid(gate(0, peephole(0))), forget = way.coupled ? 1 - in : sigmoid(gate(2, peephole(2)));
                    c[j] = forget * c[j] + in * std::tanh(gate(3));
                    next[j] = sigmoid(gate(1, peephole(1))) * std::tanh(c[j]);
                }
            }
            for (std::size_t j = 0; j < kHidden; ++j) states[(step * kBatch + batch) * kHidden + j] = h[j] = next[j];
        }
        for (std::size_t j = 0; j < kHidden; ++j) states[(kSteps * kBatch + batch) * kHidden + j] = h[j];
    }
    return states;
}

foreign::Network network(const Way& way, const Numbers& n)
{
    const auto size = [](std::size_t s) { return static_cast<int>(s); };
    const int directions = size(way.directions()), rows = size(way.gates() * kHidden), hidden = size(kHidden), batch = size(kBatch);
    OnnxModel m;
    m.input("x", {size(kSteps), batch, size(kInputs)}).weights("w", {directions, rows, size(kInputs)}, n.w);
    m.weights("r", {directions, rows, hidden}, n.r).weights("b", {directions, 2 * rows}, n.b).integers("lengths", {4, 2});
    m.weights("h", {directions, batch, hidden}, n.h)
        .weights("c", {directions, batch, hidden}, n.c)
        .weights("p", {directions, 3 * hidden}, n.p);
    std::vector<std::string> in{"x", "w", "r", "b", way.lengths ? "lengths" : "", "h"};
    if (way.op == "LSTM") in.insert(in.end(), {"c", "p"});
    m.node(way.op, in, {"y", "last"}).with("hidden_size", hidden).with("direction", way.direction.c_str());
    if (way.clips) m.with("clip", 0.4f);
    if (way.coupled) m.with("input_forget", 1);
    if (way.linear) m.with("linear_before_reset", 1);
    m.output("y").output("last");
    return foreign::readOnnxBytes(m.bytes(), "m.onnx");
}

} // namespace

class TestRecurrent : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Each weight once a step, of one sequence.
    void workIsCounted()
    {
        const Way way{.op = "LSTM", .direction = "bidirectional"};
        const std::size_t weights = 2 * 4 * kHidden * (kInputs + kHidden);
        foreign::Network whole = network(way, Numbers(way));
        QCOMPARE(foreign::costsOf(whole).at(0).products, static_cast<std::int64_t>(weights * kSteps));
        whole.nodes.at(0).outputs.at(0) = foreign::kAbsent;
        QCOMPARE(foreign::costsOf(whole).at(0).products, static_cast<std::int64_t>(weights * kSteps));
    }

    void comesOut_data()
    {
        QTest::addColumn<QString>("op");
        QTest::addColumn<QString>("direction");
        QTest::addColumn<QString>("way");
        for (const char* op : {"RNN", "GRU", "LSTM"})
            for (const char* direction : {"forward", "reverse", "bidirectional"})
                for (const char* way : {"", "lengths", "clip", "linear", "coupled"}) {
                    if (way == std::string("linear") && op != std::string("GRU")) continue;
                    if (way == std::string("coupled") && op != std::string("LSTM")) continue;
                    QTest::addRow("%s %s %s", op, direction, way) << op << direction << way;
                }
    }
    void comesOut()
    {
        QFETCH(QString, op);
        QFETCH(QString, direction);
        QFETCH(QString, way);
        const Way w{.op = op.toStdString(),
            .direction = direction.toStdString(),
            .lengths = way == QLatin1String("lengths"),
            .clips = way == QLatin1String("clip"),
            .coupled = way == QLatin1String("coupled"),
            .linear = way == QLatin1String("linear")};
        const Numbers n(w);
        const Shape shape{static_cast<int>(kSteps), static_cast<int>(kBatch), static_cast<int>(kInputs)};
        const NamedArrays found = foreign::run(network(w, n), {{"x", Array{shape, n.x}}});
        const auto &y = std::get<std::vector<float>>(found.at("y").values), &last = std::get<std::vector<float>>(found.at("last").values);
        QCOMPARE(y.size(), kSteps * w.directions() * kBatch * kHidden);
        QCOMPARE(last.size(), w.directions() * kBatch * kHidden);
        constexpr std::size_t kState = kBatch * kHidden;
        for (std::size_t d = 0; d < w.directions(); ++d) {
            const std::vector<double> wanted = reference(w, n, d);
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                const std::size_t step = i / kState;
                const float is = step < kSteps ? y[(step * w.directions() + d) * kState + i % kState] : last[d * kState + i % kState];
                QVERIFY2(std::abs(static_cast<double>(is) - wanted[i]) < 1e-5,
                    qPrintable(QString("%1: %2, not %3").arg(i).arg(is).arg(wanted[i])));
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestRecurrent)
#include "tst_recurrent.moc"
