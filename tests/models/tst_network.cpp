// Foreign networks as a value, and what their convolutions compute.

#include "engine/models/layout.h"
#include "engine/models/run.h"
#include "engine/models/trace.h"
#include "tests/support/compare.h"
#include "tests/support/noise.h"

#include <QtTest>

using namespace bitstill;

namespace {

/// Kernel and how it moves, along one axis of a picture.
struct Axis {
    int in, kernel, stride, dilation, before, after;
    int out() const { return (in + before + after - (kernel - 1) * dilation - 1) / stride + 1; }
};

Tensor directly(const Tensor& x, const Tensor& w, const Tensor& bias, const Axis& rows, const Axis& columns, int groups)
{
    const int outs = w.shape()[0], perGroup = w.shape()[1];
    Tensor y({1, outs, rows.out(), columns.out()});
    std::size_t i = 0;
    for (int o = 0; o < outs; ++o)
        for (int r = 0; r < rows.out(); ++r)
            for (int c = 0; c < columns.out(); ++c, ++i) {
                auto sum = static_cast<double>(bias[static_cast<std::size_t>(o)]);
                std::size_t weight = static_cast<std::size_t>(o * perGroup * rows.kernel * columns.kernel);
                for (int channel = o / (outs / groups) * perGroup, last = channel + perGroup; channel < last; ++channel)
                    for (int ky = 0; ky < rows.kernel; ++ky)
                        for (int kx = 0; kx < columns.kernel; ++kx, ++weight) {
                            const int row = r * rows.stride - rows.before + ky * rows.dilation;
                            const int column = c * columns.stride - columns.before + kx * columns.dilation;
                            if (row < 0 || row >= rows.in || column < 0 || column >= columns.in) continue;
                            const auto from = static_cast<std::size_t>((channel * rows.in + row) * columns.in + column);
                            sum += static_cast<double>(w[weight]) * static_cast<double>(x[from]);
                        }
                y[i] = static_cast<float>(sum);
            }
    return y;
}

} // namespace

class TestNetwork : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void valuesAreFoundByName()
    {
        foreign::Network n;
        const foreign::ValueId x = n.add({"x", "F32", {-1, 3}, true}), y = n.add({"y", "I64", {}, false});
        QCOMPARE(n.find("x"), x);
        QCOMPARE(n.find("y"), y);
        QCOMPARE(n.find("z"), foreign::kAbsent);
        n.nodes.push_back({.name = "node", .domain = {}, .op = "Cast", .inputs = {x}, .outputs = {y}, .attributes = {}});
        QCOMPARE(n.makerOf(y), &n.nodes.front());
        QVERIFY(!n.makerOf(x));
    }

    void axesAreTurnedWhereTheyFitOnlySo_data()
    {
        QTest::addColumn<Shape>("given");
        QTest::addColumn<Shape>("wanted");
        QTest::addColumn<Shape>("found");
        QTest::addColumn<std::vector<float>>("values");
        const std::vector<float> asTheyAre{0, 1, 2, 3, 4, 5}, turned{0, 3, 1, 4, 2, 5};
        QTest::newRow("channels to the end") << Shape{1, 2, 1, 3} << Shape{-1, 1, 3, 2} << Shape{1, 1, 3, 2} << turned;
        QTest::newRow("channels to the front") << Shape{1, 3, 1, 2} << Shape{-1, 2, 3, 1} << Shape{1, 2, 3, 1}
                                               << std::vector<float>{0, 2, 4, 1, 3, 5};
        QTest::newRow("of a sequence") << Shape{1, 2, 3} << Shape{1, 3, 2} << Shape{1, 3, 2} << turned;
        QTest::newRow("they fit") << Shape{1, 2, 1, 3} << Shape{-1, 2, 1, 3} << Shape{1, 2, 1, 3} << asTheyAre;
        QTest::newRow("they fit neither way") << Shape{1, 2, 1, 3} << Shape{-1, 5, 3, 2} << Shape{1, 2, 1, 3} << asTheyAre;
        QTest::newRow("they cannot be told apart") << Shape{1, 6} << Shape{6, 1} << Shape{1, 6} << asTheyAre;
    }
    void axesAreTurnedWhereTheyFitOnlySo()
    {
        QFETCH(Shape, given);
        QFETCH(Shape, wanted);
        QFETCH(Shape, found);
        QFETCH(std::vector<float>, values);
        // What goes in, by its name or by its place.
        foreign::Network reader;
        reader.inputs = {reader.add({"x", "F32", wanted, true})};
        const Array array{given, std::vector<float>{0, 1, 2, 3, 4, 5}};
        for (const char* name : {"x", "other"}) {
            const Array fed = foreign::turnedFor(reader, {{name, array}}).at(name);
            QCOMPARE(fed.shape, found);
            QCOMPARE(std::get<std::vector<float>>(fed.values), values);
        }
        // What comes out.
        foreign::Network network, other;
        network.inputs = network.outputs = {network.add({"x", "F32", given, true})};
        other.outputs = {other.add({"y", "F32", wanted, true})};
        const foreign::Network like = foreign::turnedLike(other, network);
        QCOMPARE(like.nodes.empty(), found == given);
        const Array out = foreign::run(like, {{"x", array}}).begin()->second;
        QCOMPARE(out.shape, found);
        QCOMPARE(std::get<std::vector<float>>(out.values), values);
    }

    void convolutionsAgreeWithTheirDefinition_data()
    {
        QTest::addColumn<QList<int>>("rows");
        QTest::addColumn<QList<int>>("columns");
        QTest::addColumn<int>("perGroup");
        QTest::addColumn<int>("outs");
        // in, kernel, stride, dilation, before, after
        const std::vector<std::pair<QList<int>, QList<int>>> windows{{{7, 3, 1, 1, 1, 1}, {9, 3, 1, 1, 1, 1}},
            {{4, 3, 2, 1, 0, 1}, {5, 3, 2, 1, 0, 1}}, {{8, 1, 1, 1, 0, 0}, {8, 1, 1, 1, 0, 0}}, {{5, 1, 1, 1, 0, 0}, {7, 1, 1, 1, 0, 0}},
            {{9, 2, 3, 1, 1, 0}, {33, 5, 2, 1, 2, 2}}, {{11, 3, 2, 2, 2, 2}, {70, 3, 3, 2, 0, 1}}, {{2, 3, 1, 1, 4, 3}, {1, 3, 2, 1, 3, 3}},
            {{3, 3, 1, 400, 400, 400}, {3, 3, 1, 400, 400, 400}}, {{20, 1, 1, 1, 0, 0}, {1, 1, 4, 1, 0, 0}}};
        for (const auto& [rows, columns] : windows)
            for (const auto& [perGroup, outs] : {std::pair(1, 6), {1, 12}, {2, 6}, {5, 15}, {18, 7}}) {
                const int groups = perGroup == 18 ? 1 : 3;
                QTest::addRow(
                    "%d of %d by %d of %d, %d groups of %d to %d", rows[1], rows[0], columns[1], columns[0], groups, perGroup, outs)
                    << rows << columns << perGroup << outs;
            }
    }
    void convolutionsAgreeWithTheirDefinition()
    {
        QFETCH(QList<int>, rows);
        QFETCH(QList<int>, columns);
        QFETCH(int, perGroup);
        QFETCH(int, outs);
        const Axis r{rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]};
        const Axis c{columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]};
        const int groups = perGroup == 18 ? 1 : 3;
        const Tensor x = noise({1, perGroup * groups, r.in, c.in}), w = noise({outs, perGroup, r.kernel, c.kernel}, 0.5),
                     bias = noise({outs}, 2);
        using Integers = std::vector<std::int64_t>;
        const foreign::Node node{.name = "conv",
            .domain = {},
            .op = "Conv",
            .inputs = {0, 1, 2},
            .outputs = {3},
            .attributes = {{"group", std::int64_t{groups}}, {"strides", Integers{r.stride, c.stride}},
                {"dilations", Integers{r.dilation, c.dilation}}, {"pads", Integers{r.before, c.before, r.after, c.after}}}};
        const Array given[] = {Array::of(x), Array::of(w), Array::of(bias)};
        const Tensor y = foreign::runNode(node, [&](foreign::ValueId id) { return &given[id]; })[0].toTensor("y");
        const Tensor expected = directly(x, w, bias, r, c, groups);
        QCOMPARE(y.shape(), expected.shape());
        QVERIFY(relativeError(y.data(), expected.data(), y.size()) < 1e-5);
    }
};

QTEST_GUILESS_MAIN(TestNetwork)
#include "tst_network.moc"
