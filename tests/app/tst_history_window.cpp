// The history in the window: found, marked, thrown away and taken back, compared, opened again.

#include "app/compare_window.h"
#include "app/history_window.h"
#include "tests/support/window.h"
#include "widgets/card_grid.h"

#include <QCheckBox>
#include <QSignalSpy>
#include <QTableView>
#include <atomic>
#include <thread>

using namespace bitstill;

namespace {

Record recordOf(const char* experiment, std::uint64_t seed, double accuracy)
{
    Record record;
    record.spec = defaultSpec(experiment);
    record.spec.seed = seed;
    record.outcome = Outcome::Finished;
    record.version = versionText();
    record.metrics = {{"float32.accuracy", accuracy}};
    return record;
}

} // namespace

class TestHistoryWindow : public WindowTest {
    Q_OBJECT
private:
    std::unique_ptr<Folder> m_folder;
    std::unique_ptr<RunHistory> m_history;
    std::unique_ptr<HistoryWindow> m_runs;
    std::vector<std::vector<RunId>> m_compared;
    std::vector<RunId> m_opened;

    template <class Widget> Widget* in(const char* name) const { return m_runs->findChild<Widget*>(QLatin1String(name)); }
    QTableView* table() const { return in<QTableView>("historyTable"); }
    int rows() const { return table()->model()->rowCount(); }
    QString cell(int row, int column) const { return table()->model()->index(row, column).data().toString(); }
    void select(const std::vector<int>& rows) const
    {
        table()->clearSelection();
        for (const int row : rows)
            table()->selectionModel()->select(table()->model()->index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
    void add(const Record& record) const
    {
        m_history->change([record](History& history) { history.add(record, {}, historyNow(), "test"); });
    }
    QPushButton* button(const char* name) const { return in<QPushButton>(name); }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        m_folder = std::make_unique<Folder>();
        qputenv("XDG_DATA_HOME", m_folder->path("data").c_str());
        m_history = std::make_unique<RunHistory>(m_folder->path("history"));
        for (const auto& [seed, accuracy] : {std::pair{1, 0.5}, {2, 0.9}, {3, 0.7}}) add(recordOf("before-after", seed, accuracy));
        add(recordOf("four-ways", 4, 0.6));
        m_runs = std::make_unique<HistoryWindow>(*m_history, 0, nullptr);
        m_runs->setAttribute(Qt::WA_DeleteOnClose, false);
        m_compared.clear();
        m_opened.clear();
        connect(m_runs.get(), &HistoryWindow::compareAsked, this, [this](const auto& runs) { m_compared.push_back(runs); });
        connect(m_runs.get(), &HistoryWindow::openAsked, this, [this](RunId run) { m_opened.push_back(run); });
        m_runs->show();
        EVENTUALLY(rows() == 4);
    }
    void cleanup()
    {
        m_runs.reset();
        m_history.reset();
        m_window.reset();
    }

    void runsAreFoundByWordsAndExperiment()
    {
        QTest::keyClicks(in<QLineEdit>("historyWords"), QStringLiteral("four"));
        EVENTUALLY(rows() == 1);
        in<QLineEdit>("historyWords")->clear();
        EVENTUALLY(rows() == 4);
        auto* box = in<QComboBox>("historyExperiment");
        box->setCurrentIndex(box->findData(QStringLiteral("before-after")));
        Q_EMIT box->activated(box->currentIndex());
        EVENTUALLY(rows() == 3);
    }

    void whatIsBeyondAScreenIsFoundTooAndStaysChosen()
    {
        constexpr int kMany = 205, kAll = kMany + 4;
        m_history->change([](History& history) {
            for (int i = 0; i < kMany; ++i) history.add(recordOf("number-line", static_cast<std::uint64_t>(i), 0.1), {}, 1000 * i, "test");
        });
        EVENTUALLY(rows() == kAll);
        select({203});
        const QString wanted = cell(203, HistoryModel::Settings);
        QTest::keyClicks(in<QLineEdit>("historyWords"), QStringLiteral("finished"));
        QSignalSpy added(table()->model(), &QAbstractItemModel::rowsInserted); // behind the first
        EVENTUALLY(added.count() > 0);
        QCOMPARE(rows(), kAll);
        QVERIFY(in<QLabel>("historyCount")->text().startsWith(QString::number(kAll)));
        const QModelIndexList chosen = table()->selectionModel()->selectedRows();
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(cell(chosen.front().row(), HistoryModel::Settings), wanted);
    }

    void aHeadingSortsByItsMetric()
    {
        table()->sortByColumn(HistoryModel::Result, Qt::DescendingOrder);
        EVENTUALLY(cell(0, HistoryModel::Result) == QLatin1String("0.9000"));
        QCOMPARE(cell(3, HistoryModel::Result), QStringLiteral("0.5000"));
        table()->sortByColumn(HistoryModel::Result, Qt::AscendingOrder);
        EVENTUALLY(cell(0, HistoryModel::Result) == QLatin1String("0.5000"));
    }

    void starsTagsAndNotesStay()
    {
        select({0});
        QCOMPARE(cell(0, HistoryModel::Star), QStringLiteral("☆"));
        button("historyStar")->click();
        EVENTUALLY(cell(0, HistoryModel::Star) == QStringLiteral("★"));
        QTest::keyClicks(in<QLineEdit>("historyTags"), QStringLiteral("paper, last one"));
        QTest::keyClicks(in<QLineEdit>("historyNote"), QStringLiteral("the good one"));
        Q_EMIT in<QLineEdit>("historyNote")->editingFinished();
        EVENTUALLY(cell(0, HistoryModel::Tags) == QLatin1String("#last one #paper the good one")
            || cell(0, HistoryModel::Tags) == QLatin1String("#paper #last one the good one"));
        in<QCheckBox>("historyStarred")->setChecked(true);
        EVENTUALLY(rows() == 1);
        History again(m_folder->path("history"));
        const std::vector<HistoryEntry> starred = again.find({.starredOnly = true});
        QCOMPARE(starred.size(), std::size_t{1});
        QCOMPARE(starred[0].note, std::string("the good one"));
        QCOMPARE(starred[0].tags.size(), std::size_t{2});
    }

    void whatIsDeletedComesBack()
    {
        select({0, 1});
        m_runs->activateWindow();
        table()->setFocus();
        EVENTUALLY(table()->hasFocus());
        QTest::keyClick(table(), Qt::Key_Delete);
        EVENTUALLY(rows() == 2);
        QTest::keyClick(table(), Qt::Key_Z, Qt::ControlModifier);
        EVENTUALLY(rows() == 4);
        QVERIFY(!button("historyUndo")->isEnabled());
        select({0});
        button("historyDelete")->click();
        EVENTUALLY(rows() == 3);
        in<QCheckBox>("historyTrash")->setChecked(true);
        EVENTUALLY(rows() == 1);
        select({0});
        button("historyRestore")->click();
        EVENTUALLY(rows() == 0);
        in<QCheckBox>("historyTrash")->setChecked(false);
        EVENTUALLY(rows() == 4);
    }

    void aLongNoteAndATagWithACommaSurviveTheLines()
    {
        const std::string note(5000, 'n');
        m_history->change([note](History& history) {
            history.setNote(history.find().front().id, note);
            history.addTag(history.find().front().id, "a,b");
        });
        EVENTUALLY(cell(0, HistoryModel::Tags).startsWith(QLatin1String("#a,b")));
        select({0});
        Q_EMIT in<QLineEdit>("historyTags")->editingFinished();
        QTest::keyClicks(in<QLineEdit>("historyTags"), QStringLiteral(", c"));
        Q_EMIT in<QLineEdit>("historyTags")->editingFinished();
        EVENTUALLY(cell(0, HistoryModel::Tags).contains(QLatin1String("#c")));
        History again(m_folder->path("history"));
        QCOMPARE(again.find().front().note, note);
    }

    void anyMetricIsShownThatCanBeChosen()
    {
        Record many = recordOf("before-after", 9, 0.5);
        for (int i = 0; i < 20; ++i) many.metrics.emplace_back("layer.conv" + std::to_string(i) + ".sqnr_db", 10 + i);
        add(many);
        EVENTUALLY(rows() == 5);
        auto* metric = in<QComboBox>("historyMetric");
        EVENTUALLY(metric->findText(QStringLiteral("layer.conv19.sqnr_db")) >= 0);
        metric->setCurrentText(QStringLiteral("layer.conv19.sqnr_db"));
        Q_EMIT metric->activated(metric->currentIndex());
        EVENTUALLY(cell(0, HistoryModel::Result) == QLatin1String("29.00"));
    }

    void closedInTheMiddleOfASearchNothingIsDelivered()
    {
        std::atomic<bool> go = false;
        m_history->read(this, [&go](History&) {
            while (!go) std::this_thread::yield();
            return [] {};
        });
        in<QLineEdit>("historyWords")->setText(QStringLiteral("four"));
        QTest::qWait(200); // the search is behind the one that waits
        m_runs.reset();
        go = true;
        QTest::qWait(100);
    }

    void whatCouldNotBeKeptIsKeptAfterARepair()
    {
        m_runs.reset();
        m_history.reset();
        std::filesystem::resize_file(m_folder->path("history") / "history.db", 3000);
        m_history = std::make_unique<RunHistory>(m_folder->path("history"));
        QSignalSpy damaged(m_history.get(), &RunHistory::damaged);
        m_history->keep(recordOf("before-after", 77, 0.8), {}, 0);
        EVENTUALLY(damaged.count() == 1);
        m_history->repair();
        m_history.reset();
        History again(m_folder->path("history"));
        QCOMPARE(again.count(), std::int64_t{5});
        QCOMPARE(again.find({.words = "77"}).size(), std::size_t{1});
    }

    /// As on a full disk: the run stays, that is said, and it is there once there is room and the history is looked at.
    void whatCouldNotBeKeptIsKeptOnceThereIsRoom()
    {
        const std::filesystem::path blobs = m_folder->path("history") / "blobs", aside = m_folder->path("aside");
        std::filesystem::rename(blobs, aside);
        m_folder->write("history/blobs", "no folder");
        QSignalSpy failed(m_history.get(), &RunHistory::failed);
        m_history->keep(recordOf("before-after", 77, 0.8), {}, 0);
        EVENTUALLY(failed.count() >= 1);
        const std::string said = failed.front().front().value<Text>().english();
        QVERIFY2(contains(said, "1 run is not in the history yet"), said.c_str());
        QCOMPARE(rows(), 4);
        std::filesystem::remove(blobs);
        std::filesystem::rename(aside, blobs);
        m_runs->close();
        HistoryWindow again(*m_history, 0, nullptr);
        EVENTUALLY(again.findChild<QTableView*>(QStringLiteral("historyTable"))->model()->rowCount() == 5);
    }

    /// Keys typed after a deletion are for the next run, not for whatever stands beside the button.
    void theKeyboardStaysInTheTable()
    {
        select({1});
        const QString next = cell(2, HistoryModel::Settings);
        button("historyDelete")->setFocus();
        button("historyDelete")->click();
        EVENTUALLY(rows() == 3);
        QVERIFY(table()->hasFocus() || !m_runs->isActiveWindow());
        QCOMPARE(m_runs->focusWidget(), table());
        EVENTUALLY(table()->selectionModel()->selectedRows().size() == 1);
        QCOMPARE(table()->selectionModel()->selectedRows().front().row(), 1);
        QCOMPARE(cell(1, HistoryModel::Settings), next);
    }

    void aRightClickOffersWhatTheButtonsDo()
    {
        select({0});
        Q_EMIT table()->customContextMenuRequested(QPoint(5, 5));
        auto* menu = in<QMenu>("menu.history");
        QVERIFY(menu);
        const auto entry = [menu](const char* words) {
            for (QAction* action : menu->actions())
                if (action->text() == QLatin1String(words)) return action;
            return static_cast<QAction*>(nullptr);
        };
        QVERIFY(entry("Open")->isEnabled() && !entry("Compare")->isEnabled() && !entry("Forget for good"));
        entry("Delete")->trigger();
        EVENTUALLY(rows() == 3);
    }

    void theMetricThatMostRunsHaveIsShownFirst()
    {
        QCOMPARE(in<QComboBox>("historyMetric")->currentData().toString(), QStringLiteral("float32.accuracy"));
        Record odd = recordOf("four-ways", 5, 0.6);
        odd.metrics = {{"a.b", 1.0}, {"float32.accuracy", 0.5}};
        add(odd);
        HistoryWindow again(*m_history, 0, nullptr);
        EVENTUALLY(again.findChild<QComboBox*>(QStringLiteral("historyMetric"))->count() == 2);
        QCOMPARE(
            again.findChild<QComboBox*>(QStringLiteral("historyMetric"))->currentData().toString(), QStringLiteral("float32.accuracy"));
    }

    void theLimitWaitsForTheNextRun()
    {
        std::vector<qlonglong> chosen;
        connect(m_runs.get(), &HistoryWindow::limitChosen, this, [&chosen](std::int64_t bytes) { chosen.push_back(bytes); });
        auto* limit = in<QComboBox>("historyLimit");
        QTest::keyClick(limit, Qt::Key_Up);
        QCOMPARE(chosen.size(), std::size_t{1});
        QTest::qWait(100);
        QCOMPARE(rows(), 4);
        m_history->keep(recordOf("before-after", 78, 0.8), {}, 1); // a byte: all but the newest go
        EVENTUALLY(rows() == 1);
    }

    void forgettingAsksFirst()
    {
        select({0});
        button("historyDelete")->click();
        EVENTUALLY(rows() == 3);
        in<QCheckBox>("historyTrash")->setChecked(true);
        EVENTUALLY(rows() == 1);
        const auto answer = [this](const char* what) {
            QTimer::singleShot(0, this, [what] {
                QWidget* question = QApplication::activeModalWidget();
                if (auto* yes = question->findChild<QPushButton*>(QLatin1String(what))) return yes->click();
                question->close();
            });
            button("historyForget")->click();
        };
        select({0});
        answer("none");
        QCOMPARE(rows(), 1);
        answer("historyForgetYes");
        EVENTUALLY(rows() == 0);
        History again(m_folder->path("history"));
        QCOMPARE(again.count({.trash = true}), std::int64_t{0});
        QCOMPARE(again.count(), std::int64_t{3});
    }

    void aPinnedRunIsWhatTheOthersDifferFrom()
    {
        table()->sortByColumn(HistoryModel::Result, Qt::DescendingOrder);
        EVENTUALLY(cell(0, HistoryModel::Result) == QLatin1String("0.9000"));
        select({0});
        button("historyPin")->click();
        QCOMPARE(cell(3, HistoryModel::Result), QStringLiteral("0.5000 (−0.4000)"));
        QCOMPARE(cell(0, HistoryModel::Result), QStringLiteral("0.9000"));
        const RunId best = table()->model()->rowCount() ? static_cast<HistoryModel*>(table()->model())->entries()[0].id : 0;
        select({1, 3});
        button("historyCompare")->click();
        QCOMPARE(m_compared.size(), std::size_t{1});
        QCOMPARE(m_compared[0].size(), std::size_t{3});
        QCOMPARE(m_compared[0][0], best);
        select({0});
        button("historyPin")->click();
        QCOMPARE(cell(3, HistoryModel::Result), QStringLiteral("0.5000"));
    }

    void buttonsFollowWhatIsChosen()
    {
        select({});
        QVERIFY(!button("historyOpen")->isEnabled() && !button("historyCompare")->isEnabled() && !button("historyDelete")->isEnabled());
        select({0});
        QVERIFY(button("historyOpen")->isEnabled() && !button("historyCompare")->isEnabled());
        button("historyOpen")->click();
        QCOMPARE(m_opened.size(), std::size_t{1});
        select({0, 1});
        QVERIFY(!button("historyOpen")->isEnabled() && button("historyCompare")->isEnabled());
    }

    void aDamagedFileIsSaidAndRepaired()
    {
        m_runs.reset();
        m_history.reset();
        std::filesystem::resize_file(m_folder->path("history") / "history.db", 3000);
        m_history = std::make_unique<RunHistory>(m_folder->path("history"));
        m_runs = std::make_unique<HistoryWindow>(*m_history, 0, nullptr);
        m_runs->setAttribute(Qt::WA_DeleteOnClose, false);
        m_runs->show();
        EVENTUALLY(button("historyRepair")->isVisible());
        button("historyRepair")->click();
        EVENTUALLY(rows() == 4); // from their records
        EVENTUALLY(in<QLabel>("historyProblem")->text().startsWith(QLatin1String("Repaired: 4 runs")));
    }

    void theWindowsRunsAreKeptAndOpenedAgain()
    {
        forget();
        open();
        chooseQuickRun();
        runToTheEnd();
        click("experiment.number-line"); // which is there again at once, and is not kept
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        History history(historyFolder());
        EVENTUALLY(history.count() == 1);
        const HistoryEntry run = history.find().front();
        QCOMPARE(run.experiment, std::string("before-after"));
        QVERIFY(run.outcome == Outcome::Finished);
        QCOMPARE(history.modelNames(run.id), std::vector<std::string>{"float32"});
        click("experiment.before-after");
        find<QAction>("action.reset")->trigger();
        type("field.train.epochs", QStringLiteral("7"));
        find<QAction>("action.history")->trigger();
        auto* runs = find<HistoryWindow>("historyWindow");
        auto* list = runs->findChild<QTableView*>(QStringLiteral("historyTable"));
        EVENTUALLY(list->model()->rowCount() == 1);
        list->selectRow(0);
        QTest::keyClick(list, Qt::Key_Return);
        EVENTUALLY(latest() && m_window->controller()->isKept());
        QVERIFY2(message().contains(QLatin1String("before-after #1")), qPrintable(message()));
        QVERIFY(!runs->windowHandle()->transientParent()); // what was opened may come in front of it
        QTRY_COMPARE(QApplication::activeWindow(), m_window.get());
        QVERIFY(latest()->figures.size() > 4);
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("2"));
        QVERIFY(find<QAction>("action.exportModel")->isEnabled());
        find<QAction>("action.undo")->trigger();
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
        QCOMPARE(history.count(), std::int64_t{1}); // and is not kept twice
    }

    void aRunThatTheWindowClosesOnIsKeptAsFarAsItCame()
    {
        forget();
        open();
        chooseLongRun();
        click("runButton");
        EVENTUALLY(latest() && !latest()->figures.empty());
        m_window->close();
        m_window.reset();
        History history(historyFolder());
        QCOMPARE(history.count(), std::int64_t{1});
        QVERIFY(history.find().front().outcome == Outcome::Stopped);
    }

    void aLossIsExplainedFromTheMenu()
    {
        forget();
        open();
        chooseQuickRun();
        QVERIFY(!find<QAction>("action.explain")->isEnabled());
        runToTheEnd();
        EVENTUALLY(find<QAction>("action.explain")->isEnabled());
        find<QAction>("action.explain")->trigger();
        auto* explain = m_window->findChild<QWidget*>(QStringLiteral("explainWindow"));
        EVENTUALLY(explain->findChild<QLabel*>(QStringLiteral("lookStatus"))->text().contains(QLatin1String("test samples")));
        click("experiment.four-ways");
        QVERIFY(!find<QAction>("action.explain")->isEnabled());
        QVERIFY(!explain->windowHandle()->transientParent());
        m_window->close(); // and with it all of its windows, or the program would stay for them
        QVERIFY(!explain->isVisible());
    }

    void comparedRunsStandSideBySide()
    {
        Record a = recordOf("before-after", 1, 0.5), b = recordOf("before-after", 2, 0.75);
        CompareWindow window({std::make_shared<const Record>(a), std::make_shared<const Record>(b)}, Theme::light(), nullptr);
        window.setAttribute(Qt::WA_DeleteOnClose, false);
        auto* grid = window.findChild<CardGrid*>();
        const auto change = [grid] { return std::get<Table>(grid->cards()[1]->figure()->body).rows[0][3].english(); };
        QCOMPARE(change(), std::string("+0.250"));
        auto* baseline = window.findChild<QComboBox*>(QStringLiteral("compareBaseline"));
        baseline->setCurrentIndex(1);
        Q_EMIT baseline->activated(1);
        QCOMPARE(change(), std::string("−0.250"));
    }
};

WINDOW_TEST_MAIN(TestHistoryWindow, 1280, 800)
#include "tst_history_window.moc"
