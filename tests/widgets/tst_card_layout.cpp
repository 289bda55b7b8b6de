// Where the cards of a grid stand: columns, rows, spans, heights.

#include "widgets/card_layout.h"

#include <QtTest>

using namespace bitstill;

namespace {

constexpr int kGap = 12, kHeight = 300;

CardWish card(int span = 1, int neededWidth = 0, int height = kHeight)
{
    return {span, neededWidth, [height](int) { return height; }};
}

std::vector<CardWish> cards(std::size_t count) { return std::vector<CardWish>(count, card()); }

} // namespace

class TestCardLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void columnsFollowTheWidth_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("columns");
        QTest::newRow("narrower than a card") << 200 << 1;
        QTest::newRow("one") << 735 << 1;
        QTest::newRow("two") << 736 << 2;
        QTest::newRow("three") << 1098 << 3;
        QTest::newRow("four") << 1460 << 4;
        QTest::newRow("never five") << 4000 << 4;
    }
    void columnsFollowTheWidth()
    {
        QFETCH(int, width);
        QFETCH(int, columns);
        const CardLayout layout = layOutCards(cards(9), {width, 0});
        QCOMPARE(layout.columns, columns);
        QCOMPARE(layout.cards.size(), std::size_t{9});
        const auto inFirstRow = std::count_if(layout.cards.begin(), layout.cards.end(), [](const QRect& r) { return r.top() == kGap; });
        QCOMPARE(inFirstRow, columns);
    }

    void nothingOverlapsAndRowsAreFull()
    {
        std::vector<CardWish> wishes;
        for (int i = 0; i < 12; ++i) wishes.push_back(card(i % 5 == 0 ? 2 : 1, i % 4 == 0 ? 500 : 0, 200 + 31 * i));
        for (const int width : {360, 760, 1100, 1500}) {
            const CardLayout layout = layOutCards(wishes, {width, 0});
            for (std::size_t i = 0; i < layout.cards.size(); ++i) {
                const QRect& r = layout.cards[i];
                QVERIFY(r.left() >= kGap && r.right() < width && r.bottom() < layout.leastHeight);
                QVERIFY(r.height() >= 200 + 31 * static_cast<int>(i));
                for (std::size_t j = 0; j < i; ++j) QVERIFY(!r.intersects(layout.cards[j]));
                const bool endsRow = i + 1 < layout.cards.size() && layout.cards[i + 1].top() > r.top();
                if (endsRow) QVERIFY2(r.right() >= width - kGap - 4, qPrintable(QString::number(i)));
            }
        }
    }

    void wideCardsAreForWideWindows()
    {
        const std::vector<CardWish> wishes{card(2), card(), card()};
        const CardLayout two = layOutCards(wishes, {760, 0}), three = layOutCards(wishes, {1098, 0});
        QCOMPARE(two.cards[0].width(), two.cards[1].width());
        QCOMPARE(two.cards[0].top(), two.cards[1].top());
        QCOMPARE(three.cards[0].width(), 2 * 350 + kGap);
        QCOMPARE(three.cards[1].width(), 350);
        QVERIFY(three.cards[2].top() > three.cards[1].top());
    }

    void whatWouldBeCutShortTakesTwoColumns()
    {
        const std::vector<CardWish> wishes{card(1, 400), card()};
        const CardLayout two = layOutCards(wishes, {760, 0});
        QCOMPARE(two.cards[0].width(), 760 - 2 * kGap);
        QVERIFY(two.cards[1].top() > two.cards[0].bottom());
        QCOMPARE(layOutCards(wishes, {500, 0}).cards[0].width(), 500 - 2 * kGap); // there is no second column
    }

    void aRowIsAsHighAsItsHighestCardAtItsWidth()
    {
        const auto area = [](int width) { return 210000 / width; };
        const CardLayout layout = layOutCards({{1, 0, area}, card(1, 0, 100), card(1, 0, 100)}, {736, 0});
        QCOMPARE(layout.cards[0].height(), 600);
        QCOMPARE(layout.cards[1].height(), 600);
        QCOMPARE(layout.cards[2].height(), 100);
        QCOMPARE(layout.leastHeight, 600 + 100 + 3 * kGap);
    }

    void rowsGrowWithTheWindowButNotOutOfProportion()
    {
        const int least = layOutCards(cards(2), {736, 0}).leastHeight;
        QCOMPARE(layOutCards(cards(2), {736, least}).cards[0].height(), kHeight);
        const CardLayout taller = layOutCards(cards(2), {736, least + 60}), tallest = layOutCards(cards(2), {736, 3000});
        QVERIFY(taller.cards[0].height() > kHeight && taller.cards[0].bottom() < least + 60);
        QCOMPARE(tallest.cards[0].height(), static_cast<int>(1.45 * kHeight));
        QCOMPARE(tallest.leastHeight, least); // what the grid asks for does not depend on what it gets
    }

    void withoutCardsThereIsNothing()
    {
        const CardLayout layout = layOutCards({}, {800, 600});
        QVERIFY(layout.cards.empty());
        QCOMPARE(layout.leastHeight, kGap);
    }
};

QTEST_APPLESS_MAIN(TestCardLayout)
#include "tst_card_layout.moc"
