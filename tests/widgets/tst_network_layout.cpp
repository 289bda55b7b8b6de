// Networks of every form as boxes and lines: nothing overlaps, everything goes on, all of it is inside.

#include "paint/network_layout.h"

#include <QtTest>
#include <functional>
#include <set>

using namespace bitstill;

namespace {

NodeInputs chain(int nodes)
{
    NodeInputs inputs(static_cast<std::size_t>(nodes));
    for (int i = 1; i < nodes; ++i) inputs[static_cast<std::size_t>(i)] = {i - 1};
    return inputs;
}

/// conv, relu, conv, add over and over.
NodeInputs residual(int blocks)
{
    NodeInputs inputs{{}};
    for (int i = 0; i < blocks; ++i) {
        const int last = static_cast<int>(inputs.size()) - 1;
        inputs.insert(inputs.end(), {{last}, {last + 1}, {last + 2}, {last, last + 3}});
    }
    return inputs;
}

NodeInputs parallel(int branches, int length)
{
    NodeInputs inputs{{}};
    std::vector<int> ends;
    for (int b = 0; b < branches; ++b)
        for (int i = 0; i < length; ++i) {
            inputs.push_back({i == 0 ? 0 : static_cast<int>(inputs.size()) - 1});
            if (i + 1 == length) ends.push_back(static_cast<int>(inputs.size()) - 1);
        }
    inputs.push_back(ends);
    return inputs;
}

/// Each reads all before it.
NodeInputs dense(int nodes)
{
    NodeInputs inputs;
    for (int i = 0; i < nodes; ++i) {
        inputs.emplace_back();
        for (int k = 0; k < i; ++k) inputs.back().push_back(k);
    }
    return inputs;
}

/// Down and up again, with a way across at each depth.
NodeInputs unet(int depth)
{
    NodeInputs inputs = chain(depth);
    for (int i = depth - 2; i >= 0; --i) inputs.push_back({static_cast<int>(inputs.size()) - 1, i});
    return inputs;
}

bool crosses(const QPointF& a, const QPointF& b, const QRectF& box)
{
    // Lines are horizontal or vertical.
    return QRectF(a, b).normalized().adjusted(-1e-6, -1e-6, 1e-6, 1e-6).intersects(box.adjusted(0.01, 0.01, -0.01, -0.01));
}

QByteArray said(const QRectF& r) { return QStringLiteral("%1 %2 %3 %4").arg(r.x()).arg(r.y()).arg(r.width()).arg(r.height()).toLatin1(); }

} // namespace

class TestNetworkLayout : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFormFits_data()
    {
        QTest::addColumn<NodeInputs>("inputs");
        QTest::newRow("one") << chain(1);
        QTest::newRow("4") << chain(4);
        QTest::newRow("40") << chain(40);
        QTest::newRow("400") << chain(400);
        QTest::newRow("diamond") << NodeInputs{{}, {0}, {0}, {1, 2}};
        QTest::newRow("residual") << residual(9);
        QTest::newRow("40 branches") << parallel(40, 2);
        QTest::newRow("4 long branches") << parallel(4, 60);
        QTest::newRow("dense") << dense(24);
        QTest::newRow("u-net") << unet(40);
        QTest::newRow("nothing is connected") << NodeInputs(50);
        QTest::newRow("late inputs") << NodeInputs{{}, {}, {0}, {2}, {1, 3}};
        QTest::newRow("what is no earlier node") << NodeInputs{{-1, 5, 0}, {0, 0, 1}, {1000000, 1}};
    }
    void everyFormFits()
    {
        QFETCH(NodeInputs, inputs);
        const NetworkLanes lanes = lanesOf(inputs);
        for (const QSizeF size : {QSizeF(360, 200), QSizeF(780, 400), QSizeF(1000, 560), QSizeF(120, 2000), QSizeF(40, 10)}) {
            const NetworkLayout layout = layoutNetwork(inputs, size);
            const QRectF all = QRectF({}, size).adjusted(-1e-6, -1e-6, 1e-6, 1e-6);
            QCOMPARE(layout.boxes.size(), inputs.size());
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                const QRectF& box = layout.boxes[i];
                QVERIFY2(box.isValid() && all.contains(box), said(box));
                for (std::size_t k = 0; k < i; ++k) QVERIFY2(!box.intersects(layout.boxes[k]), said(box));
                if (layout.nameRows[layout.rowOf[i]].height() > 0) QVERIFY(layout.nameRows[layout.rowOf[i]].bottom() <= box.top() + 1e-6);
            }
            std::size_t edges = 0;
            for (const std::vector<std::size_t>& read : lanes.inputs) edges += read.size();
            QCOMPARE(layout.edges.size(), edges);
            for (const NetworkLayout::Edge& edge : layout.edges) {
                const QRectF &from = layout.boxes[edge.from], &to = layout.boxes[edge.to];
                QCOMPARE(edge.points.front(), QPointF(from.right(), from.center().y()));
                QCOMPARE(edge.points.back(), QPointF(to.left(), to.center().y()));
                const std::size_t rowFrom = layout.rowOf[edge.from], rowTo = layout.rowOf[edge.to];
                QVERIFY(rowFrom < rowTo || (rowFrom == rowTo && from.right() < to.left()));
                for (qsizetype p = 1; p < edge.points.size(); ++p) {
                    QVERIFY(all.contains(edge.points[p]));
                    for (const QRectF& box : layout.boxes) QVERIFY2(!crosses(edge.points[p - 1], edge.points[p], box), said(box));
                }
            }
        }
    }

    /// Few are large, many are narrow, and none is lower than it can be seen at the height that they ask for.
    void asManyAsThereIsRoomFor()
    {
        const auto boxOf = [](const NodeInputs& inputs, qreal width) {
            return layoutNetwork(inputs, {width, networkHeight(inputs, width)}).boxes.front().size();
        };
        QVERIFY(boxOf(chain(4), 780).width() > 130);
        QVERIFY(boxOf(residual(4), 780).width() > 68); // names are in them
        QVERIFY(boxOf(chain(150), 780).width() < 68);
        for (const NodeInputs& inputs : {chain(1), chain(40), chain(150), residual(16), parallel(4, 8), unet(12)})
            for (const qreal width : {360.0, 780.0, 1200.0}) {
                QVERIFY(boxOf(inputs, width).height() >= 12);
                QVERIFY(networkHeight(inputs, width) <= 900);
            }
    }

    void branchesStandBesideEachOther()
    {
        const NetworkLanes lanes = lanesOf({{}, {0}, {0}, {2}, {1, 3}});
        QCOMPARE(lanes.layer, (std::vector<std::size_t>{0, 1, 1, 2, 3}));
        QCOMPARE(lanes.lane, (std::vector<std::size_t>{0, 1, 0, 0, 0})); // the longer one goes straight on
        QCOMPARE(lanes.track[1], 1u);
    }

    void whatReadsNothingStandsBeforeItsReader()
    {
        const NetworkLanes lanes = lanesOf({{}, {}, {0}, {2}, {1, 3}});
        QCOMPARE(lanes.layer, (std::vector<std::size_t>{0, 2, 1, 2, 3}));
    }

    void rowsEndWhereFewLinesGoOn()
    {
        const NetworkLayout layout = layoutNetwork(residual(6), {780, 400});
        std::set<std::size_t> crossing; // one output goes on, to the sum and to the layer before it
        for (const NetworkLayout::Edge& edge : layout.edges)
            if (layout.rowOf[edge.from] != layout.rowOf[edge.to]) crossing.insert(edge.from);
        QCOMPARE(crossing.size(), layout.nameRows.size() - 1);
    }

    void nothingIsNothing()
    {
        QVERIFY(layoutNetwork({}, {100, 100}).boxes.empty());
        QCOMPARE(layoutNetwork(chain(3), {0, 0}).boxes.size(), std::size_t{3});
        QCOMPARE(networkHeight({}, 100), 0.0);
    }
};

QTEST_APPLESS_MAIN(TestNetworkLayout)
#include "tst_network_layout.moc"
