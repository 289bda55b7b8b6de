// A branch made in the window: chosen at a moment of the scrubber, run, and shown beside its parent.

#include "app/branch_dialog.h"
#include "app/compare_window.h"
#include "tests/support/branches.h"
#include "tests/support/sessions.h"
#include "tests/support/window.h"

#include <QToolButton>

using namespace bitstill;

class TestBranchWindow : public WindowTest {
    Q_OBJECT
private:
    BranchDialog* dialog() const { return m_window->findChild<BranchDialog*>(); }
    Record record() const { return m_window->controller()->record(); }
    void askAt(int mark)
    {
        EVENTUALLY(find<QSlider>("scrubber")->maximum() > mark); // the last figures come a moment after the end
        find<QSlider>("scrubber")->setValue(mark);
        EVENTUALLY(find<QToolButton>("branchHere")->isVisible());
        find<QToolButton>("branchHere")->click();
        EVENTUALLY(dialog());
    }
    /// Without the bars that a window keeps of the runs before.
    static std::string ownText(Record r)
    {
        const auto ofAllRuns = [](const FigurePointer& f) { return f->id == "contrasts"; };
        std::erase_if(r.figures, ofAllRuns);
        for (Mark& m : r.marks) std::erase_if(m.figures, ofAllRuns);
        return figuresText(r);
    }
    /// Into the first of these fields that the dialog has a line for and that counts something: one more.
    Values typeANumber(const std::vector<std::string>& open, const Record& parent) const
    {
        for (const std::string& key : open) {
            const Field& field = *fieldOf(experimentInfo(parent.spec.experiment), key);
            auto* line = dialog()->findChild<QLineEdit*>(QStringLiteral("field.") + QString::fromStdString(key));
            if (!line || field.kind != Field::Kind::Int) continue;
            const std::int64_t more = parent.spec.integer(key) + 1;
            line->setText(QString::number(more));
            return {{key, more}};
        }
        return {};
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
        if (qstrcmp(QTest::currentTestFunction(), "itIsTheBranchOfTheCommandLine") == 0) return;
        chooseQuickRun();
        runToTheEnd();
    }
    void cleanup() { m_window.reset(); }

    /// The same bits as from the command line, which makes a session of the same.
    void itIsTheBranchOfTheCommandLine_data()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments())
            if (fieldOf(e, "train.learning_rate")) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }
    void itIsTheBranchOfTheCommandLine()
    {
        QFETCH(QString, id);
        const Spec spec = quickestSpec(id.toStdString());
        m_window->openExperiment(id);
        m_window->document().replace(spec);
        click("runButton");
        EVENTUALLY(record().spec == spec && latest() && latest()->outcome == Outcome::Finished);
        const Record parent = record();
        const long mark = openMark(parent);
        askAt(static_cast<int>(mark) - 1);
        const Values changes = typeANumber(parent.marks[static_cast<std::size_t>(mark - 1)].open, parent);
        QCOMPARE(changes.size(), 1u);
        dialog()->findChild<QPushButton*>(QStringLiteral("branchRun"))->click();
        EVENTUALLY(record().branch.has_value() && m_window->findChild<CompareWindow*>());
        // With the keyboard, as nobody is at anything else.
        QVERIFY(!m_window->findChild<CompareWindow*>()->testAttribute(Qt::WA_ShowWithoutActivating));
        QTest::keyClick(m_window->findChild<CompareWindow*>(), Qt::Key_Escape);
        EVENTUALLY(!m_window->findChild<CompareWindow*>());
        const BranchedRun run = branchOf(parent, mark, changes);
        const Record cli = ran(run.spec, {.replay = run.knobs, .branch = run.point});
        QVERIFY(cli.outcome == Outcome::Finished && record().outcome == Outcome::Finished);
        QVERIFY(record().branch == cli.branch && record().knobs == cli.knobs && record().spec == parent.spec);
        QCOMPARE(ownText(record()), ownText(cli));
        // One more sample for calibration may change no range.
        QVERIFY(id == QLatin1String("own-model") || ownText(cli) != ownText(parent));
        for (const auto& [key, value] : changes) QVERIFY(m_window->document().spec().values.at(key) == value);
        for (const auto& [key, value] : changes) { // up to the moment that it left, its settings were the parent's
            QVERIFY(m_window->controller()->settingsBefore(static_cast<int>(mark) - 1).values.at(key) == parent.spec.values.at(key));
            QVERIFY(m_window->controller()->settingsBefore(static_cast<int>(mark)).values.at(key) == value);
        }
        QCOMPARE(m_window->document().provenance(), provenance(cli));
        m_window->document().changes().undo();
        QVERIFY(m_window->document().spec() == parent.spec);
    }

    void onlyWhatCanChangeIsOffered()
    {
        QVERIFY(!m_window->findChild<QAction*>(QStringLiteral("action.branch"))->isEnabled()
            && !find<QToolButton>("branchHere")->isVisible()); // now is no moment to leave
        askAt(1);
        for (const char* key : {"field.train.batch", "field.model.name", "field.data.set"})
            QVERIFY2(!dialog()->findChild<QWidget*>(QLatin1String(key)), key);
        QVERIFY(dialog()->findChild<QWidget*>(QStringLiteral("field.quant.bits")));
        // The parent is no run with defaults, and nothing is changed yet.
        for (const QLabel* label : dialog()->findChildren<QLabel*>())
            QVERIFY2(!label->text().contains(QLatin1String("changed")), qPrintable(label->text()));
        auto* why = dialog()->findChild<QLabel*>(QStringLiteral("branchProblem"));
        dialog()->findChild<QPushButton*>(QStringLiteral("branchRun"))->click();
        QVERIFY(why->isVisible() && dialog()->isVisible());
        QVERIFY(!record().branch && !m_window->controller()->isRunning());
    }

    void anotherRunMayBeShownMeanwhile()
    {
        const Record parent = record();
        askAt(1);
        KeptRun other{.record = parent};
        other.record.marks.clear();
        m_window->document().show(std::move(other), "other");
        dialog()->findChild<QLineEdit*>(QStringLiteral("field.train.learning_rate"))->setText(QStringLiteral("0.01"));
        dialog()->findChild<QPushButton*>(QStringLiteral("branchRun"))->click();
        EVENTUALLY(record().branch == branchOf(parent, 2, {}).point);
        QVERIFY(m_window->document().spec().real("train.learning_rate") == 0.01);
    }

    void aStoppedBranchIsNotCompared()
    {
        askAt(1);
        dialog()->findChild<QLineEdit*>(QStringLiteral("field.train.epochs"))->setText(QStringLiteral("500"));
        dialog()->findChild<QPushButton*>(QStringLiteral("branchRun"))->click();
        EVENTUALLY(m_window->controller()->isRunning() && latest() && latest()->marks.size() > 3);
        m_window->controller()->stop();
        EVENTUALLY(!m_window->controller()->isRunning());
        QCoreApplication::processEvents();
        QVERIFY(!m_window->findChild<CompareWindow*>());
    }

    /// What was left out of its record would be missing from its branch.
    void aRunThatIsNotKnownWholeIsNotLeft()
    {
        for (const bool repeatable : {true, false}) {
            m_window->document().show({.record = m_window->document().run().record(), .repeatable = repeatable}, "kept");
            find<QSlider>("scrubber")->setValue(1);
            QCOMPARE(m_window->findChild<QAction*>(QStringLiteral("action.branch"))->isEnabled(), repeatable);
        }
    }

    void aSecondBranchIsOfTheFirst()
    {
        askAt(1);
        dialog()->findChild<QLineEdit*>(QStringLiteral("field.train.learning_rate"))->setText(QStringLiteral("0.01"));
        dialog()->findChild<QPushButton*>(QStringLiteral("branchRun"))->click();
        EVENTUALLY(m_window->findChildren<CompareWindow*>().size() == 1 && !dialog());
        const Record first = record();
        askAt(2);
        dialog()->findChild<QLineEdit*>(QStringLiteral("field.train.epochs"))->setText(QStringLiteral("3"));
        dialog()->findChild<QPushButton*>(QStringLiteral("branchRun"))->click();
        EVENTUALLY(m_window->findChildren<CompareWindow*>().size() == 2);
        QVERIFY(record().branch == branchOf(first, 3, {}).point && record().knobs.size() == 2);
        QCOMPARE(record().marks.size(), first.marks.size() + 1);
    }
};

QTEST_MAIN(TestBranchWindow)
#include "tst_branch_window.moc"
