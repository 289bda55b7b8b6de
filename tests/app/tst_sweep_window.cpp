// A sweep in the real window: planned, run, stopped, resumed, and followed while somebody else runs it.

#include "app/file_drop.h"
#include "app/sweep_window.h"
#include "paint/translate.h"
#include "tests/support/sweeps.h"
#include "tests/support/window.h"
#include "widgets/card_grid.h"

#include <QClipboard>
#include <QPlainTextEdit>
#include <QToolButton>

using namespace bitstill;

class TestSweepWindow : public WindowTest {
    Q_OBJECT

    QByteArray m_path;

    SweepWindow* sweepWindow() const { return m_window->findChild<SweepWindow*>(); }
    template <class Widget> Widget* part(const char* name) const
    {
        auto* widget = sweepWindow()->findChild<Widget*>(QLatin1String(name));
        if (!widget) qFatal("no %s", name);
        return widget;
    }
    QString said(const char* label) const
    {
        auto* line = part<QLabel>(label);
        return line->isVisible() ? line->text() : QString();
    }
    void write(const char* line, const QString& words) const
    {
        auto* edit = part<QLineEdit>(line);
        edit->selectAll();
        QTest::keyClicks(edit, words);
    }
    bool has(const char* figure) const { return sweepWindow()->findChild<FigureCard*>(QStringLiteral("figure.") + QLatin1String(figure)); }
    /// A sweep of quick runs in this folder, whose axis is typed.
    void plan(const Folder& folder)
    {
        chooseQuickRun("1");
        type("field.quant.calibration", QStringLiteral("64"));
        for (QAction* action : m_window->findChildren<QAction*>(QStringLiteral("action.sweep"))) action->trigger();
        QVERIFY(sweepWindow() && sweepWindow()->isVisible());
        write("axisValues1", QStringLiteral("2, 3"));
        write("sweepSeeds", QStringLiteral("1..2"));
        write("sweepFolder", sweepFolder(folder));
        EVENTUALLY_EQUAL(said("sweepCount"), QStringLiteral("4 runs"));
    }
    void press(const char* button) const { QTest::mouseClick(part<QPushButton>(button), Qt::LeftButton); }
    /// Enter on the first place of it, which stands for several runs; then the last one of the menu.
    void openLastRunOf(const char* figure)
    {
        auto* view = part<FigureCard>(figure)->findChild<FigureView*>();
        view->setFocus(Qt::TabFocusReason);
        QTest::keyClick(view, Qt::Key_Home);
        QTest::keyClick(view, Qt::Key_Return);
        auto* menu = part<QMenu>("sweepRuns");
        QVERIFY(menu->isVisible());
        menu->actions().last()->trigger();
        menu->close();
        EVENTUALLY(!sweepWindow()->findChild<QMenu*>(QStringLiteral("sweepRuns")));
    }

private Q_SLOTS:
    void initTestCase()
    {
        prepare();
        m_path = qgetenv("PATH");
        qputenv("PATH", BITSTILL_BINARY "/bin:" + m_path);
    }
    void init()
    {
        forget();
        open();
    }
    void cleanup() { m_window.reset(); }

    void whatIsWrongIsSaidAtOnce()
    {
        const Folder folder;
        plan(folder);
        QVERIFY(part<QPushButton>("sweepRun")->isEnabled());
        write("axisValues1", QStringLiteral("2,99"));
        EVENTUALLY(!said("axisProblem1").isEmpty());
        QVERIFY(!part<QPushButton>("sweepRun")->isEnabled());
        write("axisValues1", QStringLiteral("2..4"));
        EVENTUALLY_EQUAL(said("sweepCount"), QStringLiteral("6 runs"));
        QCOMPARE(said("axisProblem1"), QString());
        write("sweepSeeds", QStringLiteral("one"));
        EVENTUALLY(!said("sweepSeeds.problem").isEmpty());
        write("sweepSeeds", QStringLiteral("1"));
        press("addAxis");
        auto* field = part<QComboBox>("axisField2");
        field->setCurrentIndex(field->findData(QStringLiteral("quant.scheme")));
        EVENTUALLY_EQUAL(said("sweepCount"), QStringLiteral("9 runs")); // all schemes
        field->setCurrentIndex(field->findData(QStringLiteral("quant.bits")));
        EVENTUALLY(!said("axisProblem1").isEmpty()); // in two ways at once
        QTest::mouseClick(part<QToolButton>("removeAxis2"), Qt::LeftButton);
        EVENTUALLY_EQUAL(said("sweepCount"), QStringLiteral("3 runs"));
        QVERIFY(!QFileInfo::exists(sweepFolder(folder))); // nothing was written
    }

    /// As a person would type it: the command that is shown makes the same plan.
    void theCommandIsTheSame()
    {
        const Folder folder;
        plan(folder);
        press("copyCommand");
        const QString command = QApplication::clipboard()->text();
        QCOMPARE(command, part<QPlainTextEdit>("sweepCommand")->toPlainText());
        QVERIFY(command.startsWith(QLatin1String("bitstill-cli sweep before-after --set ")));
        const Result result = shell(QStringLiteral("PATH=\"$(dirname \"$cli\"):$PATH\" ") + command + QStringLiteral(" --dry-run"));
        QCOMPARE(result.err, std::string());
        QCOMPARE(lines(result.out), 4u);
        QVERIFY(contains(result.out, "quant.bits=3 seed=2"));
    }

    void itRunsToTheEndAndLeadsBackToARun()
    {
        const Folder folder;
        plan(folder);
        press("sweepRun");
        EVENTUALLY(!sweepWindow()->isRunning() && said("sweepProgress").startsWith(QLatin1String("4 of 4")));
        QCOMPARE(said("sweepFailures"), QString());
        EVENTUALLY(has("sweep") && has("means"));
        QVERIFY(!has("map")); // one field alone
        QCOMPARE(recordsIn(folder).size(), 4u);
        const int metrics = part<QComboBox>("sweepY")->count();
        QVERIFY(metrics > 3);
        // Another metric is another picture.
        auto* metric = part<QComboBox>("sweepY");
        metric->setCurrentIndex(metrics - 1);
        Q_EMIT metric->activated(metrics - 1);
        EVENTUALLY(toQString(part<FigureCard>("figure.sweep")->figure()->title).startsWith(metric->currentText()));
        openLastRunOf("figure.sweep");
        QCOMPARE(m_window->experiment(), QStringLiteral("before-after"));
        QCOMPARE(m_window->document().spec().seed, 2u);
        QCOMPARE(m_window->document().spec().integer("quant.bits"), 2);
        QCOMPARE(m_window->document().spec().integer("data.samples"), 600);
        openLastRunOf("figure.means");
        QCOMPARE(m_window->document().spec().seed, 2u);
    }

    /// Long runs, so that it is still at work when it is stopped; then, in the same folder, quick ones beside them.
    void itStopsAndGoesOn()
    {
        const Folder folder;
        chooseLongRun();
        m_window->document().edit("train.epochs", std::int64_t{1000});
        for (QAction* action : m_window->findChildren<QAction*>(QStringLiteral("action.sweep"))) action->trigger();
        write("axisValues1", QStringLiteral("2,3"));
        write("sweepSeeds", QStringLiteral("1"));
        write("sweepFolder", sweepFolder(folder));
        EVENTUALLY_EQUAL(said("sweepCount"), QStringLiteral("2 runs"));
        press("sweepRun");
        EVENTUALLY(said("sweepProgress").contains(QLatin1String("running")));
        QVERIFY(!part<QLineEdit>("axisValues1")->isEnabled());
        press("sweepRun");
        EVENTUALLY(!sweepWindow()->isRunning());
        EVENTUALLY_EQUAL(said("sweepProgress"), QStringLiteral("0 of 2, 2 waiting"));
        QCOMPARE(said("sweepFailures"), QString());
        QCOMPARE(strayFiles(folder), std::string());
        press("sweepRun"); // goes on
        EVENTUALLY(said("sweepProgress").contains(QLatin1String("running")));
        sweepWindow()->close(); // ends it, and nothing is lost
        EVENTUALLY(!sweepWindow() && !m_window->findChild<SweepProcess*>());
        QCOMPARE(strayFiles(folder), std::string());
    }

    void aFolderIsFollowedWhileItGrows()
    {
        const Folder folder;
        QCOMPARE(
            sweepIn(folder, {"--grid", "quant.bits=2,3", "--grid", "model.name=mlp-8,mlp-16", "--seeds", "1..2", "--on", "none"}).status,
            0);
        QVERIFY(fileKindOf(sweepFolder(folder)) == FileKind::Sweep); // so it can be dropped, too
        m_window->openFile(sweepFolder(folder) + QStringLiteral("/sweep.json"));
        EVENTUALLY_EQUAL(said("sweepProgress"), QStringLiteral("0 of 8, 8 waiting"));
        QVERIFY(said("sweepSettings").contains(QLatin1String("quant.bits = 2, 3")));
        QVERIFY(!sweepWindow()->findChild<QLineEdit*>(QStringLiteral("axisValues1"))); // what it is stands in the folder
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "1/2"}).status, 0);
        EVENTUALLY_EQUAL(said("sweepProgress"), QStringLiteral("4 of 8, 4 waiting"));
        EVENTUALLY(has("sweep"));
        const FigureCard* card = part<FigureCard>("figure.sweep");
        QCOMPARE(cli({"sweep", "work", sweepFolder(folder), "--part", "2/2"}).status, 0);
        EVENTUALLY_EQUAL(said("sweepProgress"), QStringLiteral("8 of 8"));
        EVENTUALLY(has("map") && has("means"));
        QCOMPARE(part<FigureCard>("figure.sweep"), card); // the same card, with more in it
        m_window->openFile(sweepFolder(folder)); // the same window again
        QCOMPARE(m_window->findChildren<SweepWindow*>().size(), 1);
        // With no series for the networks, one network at a time.
        auto* by = part<QComboBox>("sweepBy");
        by->setCurrentIndex(0);
        Q_EMIT by->activated(0);
        EVENTUALLY(sweepWindow()->findChild<QComboBox*>(QStringLiteral("sweepWhere.model.name")));
        openLastRunOf("figure.map");
        QCOMPARE(describe(m_window->document().spec().values.at("model.name")), std::string("mlp-8"));
    }

    void aBrokenFolderGivesASentence()
    {
        const Folder folder;
        folder.write("sweep.json", "{\"schema\": 1");
        QVERIFY(fileKindOf(QString::fromStdString(folder.path("sweep.json").string())) == FileKind::Experiment); // no runs beside it
        m_window->openFile(QString::fromStdString(folder.path().string()));
        EVENTUALLY(said("sweepHint").contains(QLatin1String("sweep.json")));
        QVERIFY(!part<QPushButton>("sweepRun")->isEnabled());
    }

    void aMissingProgramIsSaid()
    {
        const Folder folder;
        plan(folder);
        qputenv("PATH", folder.path().c_str());
        press("sweepRun");
        EVENTUALLY(said("sweepFailures").contains(QLatin1String("bitstill-cli")));
        qputenv("PATH", BITSTILL_BINARY "/bin:" + m_path);
        QVERIFY(!sweepWindow()->isRunning());
    }

    /// In another theme and language what was typed stays.
    void anotherLookKeepsThePlan()
    {
        const Folder folder;
        plan(folder);
        sweepWindow()->setLook(Theme::darkTheme(), QStringLiteral("ko"));
        QCOMPARE(part<QLineEdit>("axisValues1")->text(), QStringLiteral("2, 3"));
        EVENTUALLY(part<QPushButton>("sweepRun")->isEnabled());
    }
};

WINDOW_TEST_MAIN(TestSweepWindow, 1280, 800)
#include "tst_sweep_window.moc"
