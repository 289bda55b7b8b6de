// What was tried, in the window: dots of the history, the frontier, and the way back to each run.

#include "app/tried_window.h"
#include "tests/support/sessions.h"
#include "tests/support/window.h"
#include "widgets/card_grid.h"

#include <QComboBox>
#include <QDoubleSpinBox>

using namespace bitstill;

namespace {

Record triedAt(const char* experiment, int bits, double accuracy)
{
    Record record;
    record.spec = quickSpec(experiment);
    if (record.spec.values.contains("quant.bits")) record.spec.values["quant.bits"] = std::int64_t{bits};
    record.outcome = Outcome::Finished;
    record.version = versionText();
    const std::string network = "static.b" + std::to_string(bits);
    record.metrics = {{"test.samples", 400}, {network + ".accuracy", accuracy}, {network + ".bytes", 1000.0 * bits}};
    if (record.spec.experiment == "four-ways") record.metrics.emplace_back(network + ".latency_us", 3.0 * bits);
    return record;
}

/// Another data set than that of quickSpec().
Record triedOn(const char* data)
{
    Record record = triedAt("before-after", 3, 0.9);
    record.spec.values["data.set"] = std::string(data);
    return record;
}

} // namespace

class TestTriedWindow : public WindowTest {
    Q_OBJECT
private:
    std::unique_ptr<Folder> m_folder;
    std::unique_ptr<RunHistory> m_history;
    std::unique_ptr<TriedWindow> m_tried;
    TriedWindow* m_shown = nullptr; ///< it, or that of the main window
    std::vector<RunId> m_opened;
    std::vector<Spec> m_set;

    void add(const Record& record) const
    {
        m_history->change([record](History& history) { history.add(record, {}, historyNow(), "test"); });
    }
    void look(const std::string& experiment)
    {
        m_tried = std::make_unique<TriedWindow>(*m_history, TriedChoice{.experiment = experiment}, Theme::light(), nullptr);
        m_tried->setAttribute(Qt::WA_DeleteOnClose, false);
        connect(m_tried.get(), &TriedWindow::openAsked, this, [this](RunId run) { m_opened.push_back(run); });
        connect(m_tried.get(), &TriedWindow::settingsAsked, this, [this](const Spec& spec) { m_set.push_back(spec); });
        m_tried->show();
        m_shown = m_tried.get();
    }
    QComboBox* box(const char* name) const { return m_shown->findChild<QComboBox*>(QLatin1String(name)); }
    /// A real run, with its network.
    void addRun() const
    {
        Session session(quickSpec("before-after"), {});
        session.wait();
        m_history->change([record = session.record(), models = session.models()](
                              History& history) { history.add(record, models, historyNow(), "test"); });
    }
    /// Does this once a search has measured the first of many ways: it is under way.
    template <class What> void findMeanwhile(const What& what)
    {
        auto* bar = m_shown->findChild<TriedSearchBar*>();
        choose("triedBudgetKind", 1);
        connect(bar, &TriedSearchBar::measured, this, what, Qt::SingleShotConnection);
        button("triedFind")->click();
    }
    bool isSearching() const { return m_shown->findChild<QWidget*>(QStringLiteral("triedProgress"))->isVisible(); }
    QPushButton* button(const char* name) const { return m_shown->findChild<QPushButton*>(QLatin1String(name)); }
    QString found() const { return m_shown->findChild<QLabel*>(QStringLiteral("triedSaid"))->text(); }
    QString said() const { return m_shown->findChild<QLabel*>(QStringLiteral("lookStatus"))->text(); }
    const FigureCard* map() const { return m_shown->grid().cards().empty() ? nullptr : m_shown->grid().cards().front(); }
    std::size_t dots() const { return map() ? std::get<Scatter>(map()->figure()->body).points.size() : 0; }
    void choose(const char* name, int index) const
    {
        box(name)->setCurrentIndex(index);
        Q_EMIT box(name)->activated(index);
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        m_folder = std::make_unique<Folder>();
        m_history = std::make_unique<RunHistory>(m_folder->path("history"));
        m_opened.clear();
        m_set.clear();
    }
    void cleanup()
    {
        m_tried.reset();
        m_history.reset();
    }

    void anEmptyHistorySaysHowToBegin()
    {
        look("before-after");
        EVENTUALLY(said().contains(QLatin1String("Nothing was tried yet")));
        QVERIFY(!map());
    }

    void whereTheExperimentHasNoneTheNewestRunsAreShown()
    {
        add(triedAt("before-after", 3, 0.8));
        look("number-line");
        EVENTUALLY(dots() == 1);
        QCOMPARE(box("triedExperiment")->currentData().toString(), QStringLiteral("before-after"));
    }

    void aClickOnADotOpensItsRun()
    {
        add(triedAt("before-after", 3, 0.8));
        add(triedAt("before-after", 4, 0.7));
        look("before-after");
        EVENTUALLY(dots() == 2);
        auto* view = map()->findChild<FigureView*>();
        QTest::mouseClick(view, Qt::LeftButton, {}, view->mapFromGlobal(map()->pointAt(1)));
        QCOMPARE(m_opened, std::vector<RunId>{1}); // the frontier is drawn last
        Q_EMIT m_tried->placeChosen(m_tried->grid().cards()[1], 0);
        QCOMPARE(m_opened, (std::vector<RunId>{1, 1}));
    }

    void newRunsComeInWhileItIsOpen()
    {
        add(triedAt("before-after", 3, 0.8));
        look("before-after");
        EVENTUALLY(dots() == 1);
        add(triedAt("before-after", 2, 0.4));
        EVENTUALLY(dots() == 2);
    }

    void anotherExperimentAndAxisAreChosen()
    {
        add(triedAt("before-after", 3, 0.8));
        add(triedAt("four-ways", 4, 0.7));
        look("before-after");
        EVENTUALLY(dots() == 1);
        QCOMPARE(box("triedExperiment")->count(), 2);
        QVERIFY(!box("triedCost")->isEnabled()); // bytes alone
        choose("triedExperiment", box("triedExperiment")->findData(QStringLiteral("four-ways")));
        EVENTUALLY(box("triedCost")->count() == 2);
        choose("triedCost", 1);
        EVENTUALLY(std::get<Scatter>(map()->figure()->body).x.unit.english() == "µs");
        QVERIFY(QString::fromStdString(m_tried->provenance()).contains(QLatin1String("four-ways")));
    }

    void whatIsFoundIsSetByAClick()
    {
        addRun();
        look("before-after");
        EVENTUALLY(dots() == 2);
        QVERIFY(!button("triedSet")->isVisible());
        m_tried->findChild<QDoubleSpinBox*>(QStringLiteral("triedBudget"))->setValue(5);
        button("triedFind")->click();
        EVENTUALLY(found().contains(QLatin1String("against float")));
        QVERIFY(dots() > 2); // each that was measured leaves one
        button("triedSet")->click();
        QCOMPARE(m_set.size(), std::size_t{1});
        QVERIFY(validate(m_set[0]).empty());
        // A dot of the search leads to its settings, not to a run.
        const auto& points = std::get<Scatter>(map()->figure()->body).points;
        for (std::size_t i = 0; i < points.size(); ++i)
            if (!points[i].detail.english().starts_with("#")) Q_EMIT m_tried->placeChosen(map(), i);
        QCOMPARE(m_set.size(), dots() - 1);
        QVERIFY(m_opened.empty());
    }

    void aSearchIsStopped()
    {
        addRun();
        look("before-after");
        EVENTUALLY(dots() == 2);
        std::size_t measured = 0;
        findMeanwhile([&] {
            EVENTUALLY(dots() == 3);
            button("triedFind")->click();
            measured = dots();
        });
        EVENTUALLY(measured > 0);
        QVERIFY(found().contains(QLatin1String("Stopped")));
        QVERIFY(!isSearching() && !button("triedSet")->isVisible());
        QTest::qWait(200); // more than the ways that are left take
        QCOMPARE(dots(), measured);
        QVERIFY(found().contains(QLatin1String("Stopped")));
    }

    void anotherExperimentEndsTheSearch()
    {
        addRun();
        add(triedAt("four-ways", 4, 0.7));
        look("before-after");
        EVENTUALLY(dots() == 2);
        findMeanwhile([&] { choose("triedExperiment", box("triedExperiment")->findData(QStringLiteral("four-ways"))); });
        EVENTUALLY(dots() == 1);
        QVERIFY(!isSearching());
        QTest::qWait(200);
        QCOMPARE(dots(), std::size_t{1});
        choose("triedExperiment", box("triedExperiment")->findData(QStringLiteral("before-after")));
        EVENTUALLY(dots() == 2);
        QVERIFY(found().isEmpty() && !button("triedSet")->isVisible());
    }

    void aRunOnOtherDataDoesNotChangeWhatIsLookedAt()
    {
        addRun();
        look("before-after");
        EVENTUALLY(dots() == 2);
        findMeanwhile([&] { add(triedOn("rings")); });
        EVENTUALLY(box("triedData")->count() == 2);
        QCOMPARE(box("triedData")->currentData().toString(), QStringLiteral("strokes"));
        EVENTUALLY(button("triedSet")->isVisible()); // the search went on
        QVERIFY(dots() > 2);
    }

    void whereTheRunsThatWereChosenGoTheOthersAreShown()
    {
        add(triedAt("before-after", 3, 0.8));
        add(triedOn("rings"));
        add(triedAt("before-after", 4, 0.7));
        look("before-after");
        EVENTUALLY(dots() == 2);
        choose("triedData", box("triedData")->findData(QStringLiteral("rings")));
        EVENTUALLY(dots() == 1);
        m_history->change([](History& history) { history.toTrash({2}); });
        EVENTUALLY(dots() == 2);
        QCOMPARE(box("triedData")->currentData().toString(), QStringLiteral("strokes"));
    }

    void aSearchOutlivesAnotherThemeAndLanguage()
    {
        forget(); // it begins in English
        open();
        chooseQuickRun();
        runToTheEnd();
        find<QAction>("action.tried")->trigger();
        m_shown = m_window->findChild<TriedWindow*>();
        QVERIFY(m_shown);
        EVENTUALLY(dots() == 2);
        findMeanwhile([&] {
            find<QAction>("action.theme")->trigger();
            find<QAction>("action.language")->trigger();
        });
        EVENTUALLY(button("triedSet")->isVisible());
        QCOMPARE(m_window->findChild<TriedWindow*>(), m_shown);
        QVERIFY(dots() > 2);
        EVENTUALLY(found().contains(QStringLiteral("측정")));
        QCOMPARE(m_shown->windowTitle(), QStringLiteral("시도한 것"));
        QCOMPARE(box("triedBudgetKind")->currentIndex(), 1);
        find<QAction>("action.theme")->trigger();
        find<QAction>("action.language")->trigger();
        EVENTUALLY(found().contains(QLatin1String("measured")));
        QVERIFY(button("triedSet")->isVisible() && dots() > 2);
        m_window.reset();
    }

    void aLiveChangeAfterARunLeavesADotThatStays()
    {
        forget();
        open();
        chooseQuickRun();
        runToTheEnd();
        const auto show = [this] {
            find<QAction>("action.tried")->trigger();
            m_shown = m_window->findChild<TriedWindow*>();
            QVERIFY(m_shown);
        };
        show();
        EVENTUALLY(dots() == 2);
        find<QSlider>("field.quant.bits")->setValue(3); // 5 bits
        EVENTUALLY(dots() == 3);
        m_window.reset();
        open(); // another day
        show();
        EVENTUALLY(dots() == 3);
        connect(m_shown, &TriedWindow::settingsAsked, this, [this](const Spec& spec) { m_set.push_back(spec); });
        const auto& points = std::get<Scatter>(map()->figure()->body).points;
        const auto touched = std::ranges::find_if(points, [](const ScatterPoint& p) { return contains(p.detail.english(), "static.b5"); });
        QVERIFY(touched != points.end());
        QVERIFY2(contains(touched->detail.english(), "changed after the run"), touched->detail.english().c_str());
        Q_EMIT m_shown->placeChosen(map(), static_cast<std::size_t>(touched - points.begin()));
        EVENTUALLY(m_set.size() == 1);
        QCOMPARE(m_set[0].integer("quant.bits"), std::int64_t{5});
        QCOMPARE(m_set[0].word("model.name"), std::string("mlp-16"));
        EVENTUALLY(find<QSlider>("field.quant.bits")->value() == 3); // the window took them
        m_window.reset();
    }

    void noDotOfASearchThatIsGoneCanBeClicked()
    {
        addRun();
        look("before-after");
        EVENTUALLY(dots() == 2);
        choose("triedBudgetKind", 1);
        button("triedFind")->click();
        EVENTUALLY(button("triedSet")->isVisible());
        const std::size_t before = dots();
        button("triedFind")->click();
        QVERIFY(dots() < before);
        for (std::size_t i = 0; i < before; ++i) Q_EMIT m_tried->placeChosen(map(), i);
        QVERIFY(m_set.empty());
        QCOMPARE(m_opened, (std::vector<RunId>(dots(), 1)));
    }

    void aRunWithoutItsNetworkIsSaid()
    {
        add(triedAt("before-after", 3, 0.8));
        look("before-after");
        EVENTUALLY(dots() == 1);
        button("triedFind")->click();
        EVENTUALLY(found().contains(QLatin1String("has kept its network")));
    }

    void onlyNetworksOfBeforeAfterAreSearched()
    {
        add(triedAt("four-ways", 4, 0.7));
        look("four-ways");
        EVENTUALLY(dots() == 1);
        QVERIFY(!button("triedFind")->isVisible());
    }

    void itIsOfTheExperimentThatItIsAskedFrom()
    {
        add(triedAt("before-after", 3, 0.8));
        add(triedAt("four-ways", 4, 0.7));
        look("before-after");
        EVENTUALLY_EQUAL(box("triedExperiment")->currentData().toString(), QStringLiteral("before-after"));
        m_tried->setExperiment("four-ways");
        EVENTUALLY_EQUAL(box("triedExperiment")->currentData().toString(), QStringLiteral("four-ways"));
    }

    void theMenuOpensIt()
    {
        open();
        find<QAction>("action.tried")->trigger();
        QVERIFY(m_window->findChild<TriedWindow*>());
        m_window.reset();
    }
};

WINDOW_TEST_MAIN(TestTriedWindow, 1280, 800)
#include "tst_tried_window.moc"
