// Earlier moments of a run in the real window: the scrubber, steps, and playing them.

#include "tests/support/figure_of.h"
#include "tests/support/patience.h"
#include "tests/support/window.h"

#include <QToolButton>

using namespace bitstill;

class TestMoments : public WindowTest {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
    }
    void cleanup() { m_window.reset(); }

    void scrubbingShowsEarlierMoments()
    {
        chooseQuickRun();
        runToTheEnd();
        auto* scrubber = find<QSlider>("scrubber");
        QVERIFY(scrubber->isVisible());
        QCOMPARE(scrubber->maximum(), 3); // untrained, two epochs, now
        auto* card = find<FigureCard>("figure.accuracy");
        const auto points = [card] { return std::get<Curves>(card->figure()->body).series[1].x.size(); };
        const std::size_t atTheEnd = points();
        QVERIFY(find<QLabel>("step")->isVisible());
        scrubber->setValue(0);
        QVERIFY(!find<QLabel>("step")->isVisible()); // it counts up to now
        QCOMPARE(points(), 1u); // measured once, before training
        // The form shows the settings of now; what is looked at says its own.
        auto* doing = find<QLabel>("doing");
        QVERIFY2(doing->text().startsWith(QLatin1String("Settings as they are now")), qPrintable(doing->text()));
        // Also what only another run would show.
        find<QAction>("action.newSeed")->trigger();
        type("field.train.epochs", QStringLiteral("7"));
        QVERIFY2(doing->text().startsWith(QLatin1String("Settings at that moment: Epochs 2, Seed ")), qPrintable(doing->text()));
        find<QAction>("action.undo")->trigger();
        find<QAction>("action.undo")->trigger();
        QVERIFY2(doing->text().startsWith(QLatin1String("Settings as they are now")), qPrintable(doing->text()));
        scrubber->setValue(3);
        QCOMPARE(points(), atTheEnd);
        find<QSlider>("field.quant.bits")->setValue(0);
        scrubber->setValue(1);
        QVERIFY2(doing->text().startsWith(QLatin1String("Settings at that moment: Bits 3.")), qPrintable(doing->text()));
        find<QSlider>("field.quant.bits")->setValue(1);
        QCOMPARE(scrubber->value(), 3); // back to now, where the answer is
    }

    void aClickBesideTheHandleGoesThere()
    {
        chooseQuickRun();
        runToTheEnd();
        auto* scrubber = find<QSlider>("scrubber");
        EVENTUALLY_EQUAL(scrubber->value(), 3);
        QTest::mouseClick(scrubber, Qt::LeftButton, {}, {2, scrubber->height() / 2});
        QCOMPARE(scrubber->value(), 0);
        QTest::mouseClick(scrubber, Qt::LeftButton, {}, {scrubber->width() * 2 / 3, scrubber->height() / 2});
        QCOMPARE(scrubber->value(), 2);
    }

    void momentsAreSteppedThroughAndPlayed()
    {
        chooseQuickRun();
        const auto act = [this](const char* name) { return m_window->findChild<QAction*>(QLatin1String("action.") + QLatin1String(name)); };
        QVERIFY(!act("replay")->isEnabled()); // there is nothing yet
        runToTheEnd();
        auto* scrubber = find<QSlider>("scrubber");
        QCOMPARE(scrubber->maximum(), 3);
        find<QToolButton>("earlier")->click();
        QCOMPARE(scrubber->value(), 2);
        act("firstMoment")->trigger();
        QCOMPARE(scrubber->value(), 0);
        find<QToolButton>("earlier")->click(); // there is none
        QCOMPARE(scrubber->value(), 0);
        find<QToolButton>("later")->click();
        QCOMPARE(scrubber->value(), 1);
        act("now")->trigger();
        QCOMPARE(scrubber->value(), 3);

        std::vector<int> seen;
        connect(&m_window->document(), &Document::figuresChanged, this, [&] {
            if (seen.empty() || seen.back() != scrubber->value()) seen.push_back(scrubber->value());
        });
        find<QToolButton>("replay")->click();
        QCOMPARE(scrubber->value(), 0); // from the start, as there is nothing after now
        QCOMPARE(act("replay")->text(), QStringLiteral("Stop playing"));
        EVENTUALLY(act("replay")->text() == QLatin1String("Play the moments"));
        QCOMPARE(seen, (std::vector{0, 1, 2, 3}));

        act("firstMoment")->trigger();
        find<QToolButton>("replay")->click();
        scrubber->setValue(1); // a hand on the slider ends it
        QCOMPARE(act("replay")->text(), QStringLiteral("Play the moments"));
    }
};

WINDOW_TEST_MAIN(TestMoments, 1280, 800)
#include "tst_moments.moc"
