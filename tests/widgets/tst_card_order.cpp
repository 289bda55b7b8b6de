// The order of figures that a person makes.

#include "widgets/card_order.h"

#include <QtTest>

using namespace bitstill;

namespace {

std::vector<FigurePointer> figures(const std::string& ids)
{
    std::vector<FigurePointer> all;
    for (const char id : ids) all.push_back(std::make_shared<const Figure>(Figure{std::string(1, id), {}, {}, {}, Table{}}));
    return all;
}

std::string shown(const CardOrder& order, const std::string& ids)
{
    std::string sorted;
    for (const FigurePointer& figure : order.sorted(figures(ids))) sorted += figure->id;
    return sorted;
}

} // namespace

class TestCardOrder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingChosenIsTheExperimentsOrder() { QCOMPARE(shown({}, "abcd"), std::string("abcd")); }

    void pinnedOnesStandOnTop()
    {
        CardOrder order;
        order.pin("c", true);
        order.pin("b", true);
        QCOMPARE(shown(order, "abcd"), std::string("cbad"));
        order.pin("c", false);
        QCOMPARE(shown(order, "abcd"), std::string("bacd"));
    }

    void movedOnesChangePlaces()
    {
        CardOrder order;
        order.move("a", 1, order.sorted(figures("abcd")));
        QCOMPARE(shown(order, "abcd"), std::string("bacd"));
        order.move("d", -1, order.sorted(figures("abcd")));
        QCOMPARE(shown(order, "abcd"), std::string("badc"));
        order.move("b", -1, order.sorted(figures("abcd"))); // it is the first
        QCOMPARE(shown(order, "abcd"), std::string("badc"));
    }

    void pinnedOnesStayAmongThemselves()
    {
        CardOrder order;
        order.pin("c", true);
        order.pin("d", true);
        order.move("d", -1, order.sorted(figures("abcd")));
        QCOMPARE(shown(order, "abcd"), std::string("dcab"));
        order.move("c", 1, order.sorted(figures("abcd")));
        order.move("a", -1, order.sorted(figures("abcd")));
        QCOMPARE(shown(order, "abcd"), std::string("dcab"));
    }

    void whatComesLaterStandsBehindItsNeighbour()
    {
        CardOrder order;
        order.move("a", 1, order.sorted(figures("ac"))); // ca
        QCOMPARE(shown(order, "abcd"), std::string("cdab"));
        QCOMPARE(shown(order, "xac"), std::string("xca"));
        QCOMPARE(shown(order, "c"), std::string("c"));
    }

    /// What an experiment does not show at the moment comes back to where it was.
    void whatIsNotThereKeepsItsPlace()
    {
        CardOrder order;
        for (const char* id : {"b", "c", "d"}) order.pin(id, true);
        order.move("d", -1, order.sorted(figures("abd"))); // without c
        QCOMPARE(shown(order, "abd"), std::string("dba"));
        QVERIFY(order.isPinned("c"));
        QCOMPARE(shown(order, "abcd"), std::string("dcba"));

        CardOrder moved;
        moved.move("d", -1, moved.sorted(figures("abcd"))); // abdc
        moved.move("a", 1, moved.sorted(figures("abc"))); // without d
        QCOMPARE(shown(moved, "abc"), std::string("bac"));
        QCOMPARE(shown(moved, "abcd"), std::string("badc"));
        moved.move("e", -1, moved.sorted(figures("abce")));
        QCOMPARE(shown(moved, "abcde"), std::string("badec"));
    }

    void whatWasMovedAndIsPinnedStandsThereOnce()
    {
        CardOrder order;
        order.move("a", 1, order.sorted(figures("abc")));
        order.pin("a", true);
        QCOMPARE(shown(order, "abc"), std::string("abc"));
        QVERIFY(CardOrder::from(order.text()) == order);
    }

    void itReadsBack()
    {
        CardOrder order;
        order.pin("weights.dense1", true);
        order.move("a", 1, figures("abc"));
        QVERIFY(CardOrder::from(order.text()) == order);
        QVERIFY(CardOrder::from("").isDefault());
        QVERIFY(CardOrder::from("nonsense\n\np:\nq:a\n").isDefault());
        QCOMPARE(CardOrder::from("p:a\np:a\nm:a\n").text(), std::string("p:a\n"));
    }
};

QTEST_GUILESS_MAIN(TestCardOrder)
#include "tst_card_order.moc"
