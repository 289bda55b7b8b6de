// Runs, contrasts, moments and messages in the real window.

#include "app/sidebar.h"
#include "tests/support/window.h"

#include <QTextBrowser>
#include <QToolButton>
#include <set>

using namespace bitstill;

class TestMainWindow : public WindowTest {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
    }
    void cleanup() { m_window.reset(); }

    void firstWindowShowsTheNumberLine()
    {
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        QVERIFY(find<QPushButton>("experiment.number-line")->isChecked());
        QVERIFY(find<QTextBrowser>("lesson")->toPlainText().contains(QLatin1String("zero point"), Qt::CaseInsensitive));
    }

    void contrastsSetTheirFieldsAndRun()
    {
        m_window->openExperiment(QStringLiteral("teacher-student"));
        QTest::mouseClick(find<QPushButton>("contrast.shuffled"), Qt::LeftButton);
        QVERIFY(m_window->controller()->isRunning());
        QCOMPARE(m_window->controller()->spec().word("distill.knowledge"), std::string("shuffled"));
        QTest::mouseClick(find<QPushButton>("contrast.pool"), Qt::LeftButton);
        QCOMPARE(m_window->controller()->spec().word("distill.knowledge"), std::string("intact"));
        QVERIFY(m_window->controller()->spec().flag("distill.pool"));
        m_window->controller()->stop();
    }

    void runChangeBits()
    {
        chooseQuickRun();
        runToTheEnd();
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        auto* bits = find<QSlider>("field.quant.bits");
        bits->setFocus();
        QTest::keyClick(bits, Qt::Key_Left); // 4 → 3
        const auto caption = [this] {
            for (const FigurePointer& f : m_window->controller()->latest()->figures)
                if (f->id == "weights.dense1") return f->caption.english();
            return std::string();
        };
        QTRY_VERIFY_WITH_TIMEOUT(contains(caption(), "of 7 levels"), 10000);
        QTRY_VERIFY(std::any_of(m_window->controller()->latest()->metrics.begin(), m_window->controller()->latest()->metrics.end(),
            [](const auto& m) { return m.first == "static.b3.accuracy"; }));
    }

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
        scrubber->setValue(0);
        QCOMPARE(points(), 1u); // measured once, before training
        // The form shows the settings of now; what is looked at says its own.
        auto* doing = find<QLabel>("doing");
        QVERIFY2(doing->text().startsWith(QLatin1String("Set as now")), qPrintable(doing->text()));
        scrubber->setValue(3);
        QCOMPARE(points(), atTheEnd);
        find<QSlider>("field.quant.bits")->setValue(0);
        scrubber->setValue(1);
        QVERIFY2(doing->text().startsWith(QLatin1String("Set then: Bits 4.")), qPrintable(doing->text()));
        find<QSlider>("field.quant.bits")->setValue(1);
        QCOMPARE(scrubber->value(), 3); // back to now, where the answer is
    }

    void wrongValuesAreSaidWithoutADialog()
    {
        chooseQuickRun();
        type("field.train.epochs", QStringLiteral("0"));
        QTest::mouseClick(find<QPushButton>("runButton"), Qt::LeftButton);
        QVERIFY(!m_window->controller()->isRunning());
        QVERIFY(!QApplication::activeModalWidget());
        QVERIFY(find<QLabel>("messageText")->isVisible());
        QVERIFY(find<QLabel>("problem.train.epochs")->isVisible());
    }

    void failuresLeaveTheWindowUsable()
    {
        chooseQuickRun();
        runToTheEnd();
        auto* set = find<QComboBox>("field.data.set");
        set->setCurrentIndex(set->findData(QStringLiteral("csv")));
        QTest::mouseClick(find<QPushButton>("runButton"), Qt::LeftButton);
        QTRY_VERIFY(find<QLabel>("messageText")->text().contains(QLatin1String("data.path")));
        set->setCurrentIndex(set->findData(QStringLiteral("strokes")));
        runToTheEnd();
        QVERIFY(!find<QLabel>("messageText")->isVisible());
    }

    /// A run belongs to its experiment: nothing but the user's hand takes it away.
    void runAndSettingsAreThereWhenOneComesBack()
    {
        chooseQuickRun();
        runToTheEnd();
        const std::shared_ptr<const Snapshot> result = latest();
        type("field.train.epochs", QStringLiteral("7"));
        click("experiment.before-after"); // the one that is chosen
        QCOMPARE(latest(), result);
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
        click("experiment.four-ways");
        QVERIFY(!latest());
        QTRY_VERIFY(!m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        click("experiment.before-after");
        QCOMPARE(latest(), result);
        QVERIFY(find<QWidget>("figure.weights.dense1")->isVisible());
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
        QVERIFY(message().contains(QLatin1String("settings before this change")));
    }

    void aRunGoesOnWhileAnotherExperimentIsLookedAt()
    {
        chooseQuickRun("60");
        click("runButton");
        QTRY_VERIFY(latest());
        const double before = latest()->progress;
        click("experiment.number-line");
        QVERIFY(find<QPushButton>("experiment.before-after")->accessibleName().contains(QLatin1String("running")));
        click("experiment.before-after");
        QTRY_VERIFY_WITH_TIMEOUT(latest()->progress > before, 20000);
        QVERIFY(latest()->outcome == Outcome::Running || latest()->outcome == Outcome::Finished);
        m_window->controller()->stop();
    }

    void themeAndLanguageKeepTheRunAndWhatWasTyped()
    {
        chooseQuickRun("1000");
        click("runButton");
        QTRY_VERIFY(latest() && !latest()->figures.empty());
        RunController* run = m_window->controller();
        type("field.train.learning_rate", QStringLiteral("fast"));
        for (const char* button : {"action.theme", "action.language", "action.theme", "action.language"}) {
            click(button);
            const QString before = find<QAbstractButton>(button)->text();
            QTRY_VERIFY(find<QAbstractButton>(button)->text() != before);
            QCOMPARE(m_window->controller(), run);
            QVERIFY(run->isRunning());
            QVERIFY(find<FigureCard>("figure.accuracy")->isVisible());
            QCOMPARE(find<QLineEdit>("field.train.learning_rate")->text(), QStringLiteral("fast"));
            QVERIFY(find<QLabel>("problem.train.learning_rate")->isVisible());
        }
        run->stop();
    }

    void stepAndPauseBeginARun()
    {
        chooseQuickRun("50");
        auto* step = find<QToolButton>("action.step");
        QVERIFY(step->isEnabled() && find<QToolButton>("action.pause")->isEnabled());
        step->click();
        QTRY_VERIFY_WITH_TIMEOUT(latest() && latest()->paused && latest()->step == 1, 10000);
        for (int i = 2; i <= 10; ++i) {
            step->click();
            QTRY_COMPARE(latest()->step, long{i});
        }
        QTRY_COMPARE(find<QLabel>("step")->text(), QStringLiteral("batch 10"));
        click("action.reset");
        QVERIFY(!latest());
        click("action.pause");
        QTRY_VERIFY_WITH_TIMEOUT(latest() && latest()->paused, 10000);
        QTRY_COMPARE_WITH_TIMEOUT(latest()->step, long{1}, 10000);
        m_window->controller()->stop();
    }

    /// Pressed once too often, a key must not cost the run that has just ended.
    void steppingBeyondTheEndKeepsTheRun()
    {
        chooseQuickRun("1");
        runToTheEnd();
        const std::shared_ptr<const Snapshot> result = latest();
        QVERIFY(!find<QToolButton>("action.step")->isEnabled());
        QTest::keyClick(m_window.get(), Qt::Key_F8);
        QTest::keyClick(m_window.get(), Qt::Key_F7);
        QCOMPARE(latest(), result);
    }

    void theContrastInForceIsMarkedAndCanBeTakenBack()
    {
        m_window->openExperiment(QStringLiteral("teacher-student"));
        const auto marked = [this](const char* name) { return find<QPushButton>(name)->isChecked(); };
        QVERIFY(marked("contrast.plain"));
        auto* temperature = find<QLineEdit>("value.distill.temperature");
        temperature->setText(QStringLiteral("8"));
        Q_EMIT temperature->editingFinished();
        click("contrast.shuffled");
        QVERIFY(marked("contrast.shuffled") && !marked("contrast.plain"));
        QCOMPARE(m_window->document().spec().real("distill.temperature"), 2.0); // else two things would differ
        click("contrast.plain");
        QVERIFY(marked("contrast.plain") && !marked("contrast.shuffled"));
        QVERIFY(m_window->document().spec() == defaultSpec("teacher-student"));
        auto* knowledge = find<QComboBox>("field.distill.knowledge");
        knowledge->setCurrentIndex(knowledge->findData(QStringLiteral("hard"))); // by hand
        QVERIFY(marked("contrast.hard"));
        type("field.train.epochs", QStringLiteral("7"));
        QVERIFY(!marked("contrast.hard") && !marked("contrast.plain"));
        m_window->controller()->stop();
    }

    void errorsAndHintsAreToldApart()
    {
        chooseQuickRun();
        runToTheEnd();
        type("field.train.epochs", QStringLiteral("3"));
        QVERIFY(!message().isEmpty());
        QCOMPARE(messageKind(), QStringLiteral("hint"));
        type("field.train.epochs", QStringLiteral("0"));
        click("runButton");
        QCOMPARE(message(), QStringLiteral("1 setting needs another value before this can run; see the note beside it."));
        QCOMPARE(messageKind(), QStringLiteral("error"));
        QVERIFY(find<QLineEdit>("field.train.epochs")->property("wrong").toBool());
        type("field.train.batch", QStringLiteral("x"));
        click("runButton");
        QVERIFY(message().startsWith(QLatin1String("2 settings need another value")));
    }

    void anEmptySeedBoxSaysSo()
    {
        chooseQuickRun();
        auto* seed = find<QLineEdit>("field.seed");
        seed->selectAll();
        QTest::keyClick(seed, Qt::Key_Delete);
        QVERIFY(seed->property("wrong").toBool());
        click("runButton");
        QVERIFY(!m_window->controller()->isRunning());
        QCOMPARE(messageKind(), QStringLiteral("error"));
        QVERIFY(message().contains(QLatin1String("seed box is empty")));
        QTest::keyClicks(seed, QStringLiteral("5"));
        QVERIFY(!seed->property("wrong").toBool());
        runToTheEnd();
        QCOMPARE(m_window->controller()->spec().seed, std::uint64_t{5});
    }

    void whatWasTypedCountsWhenAKeyRuns()
    {
        chooseQuickRun();
        auto* bits = find<QLineEdit>("value.quant.bits");
        bits->selectAll();
        QTest::keyClicks(bits, QStringLiteral("3")); // and no Enter
        click("runButton");
        QCOMPARE(m_window->controller()->spec().integer("quant.bits"), std::int64_t{3});
        m_window->controller()->stop();
    }

    void everyExperimentHasAKey()
    {
        const auto count = static_cast<int>(experiments().size());
        std::set<QString> keys;
        int number = 0;
        for (const ExperimentInfo& info : experiments()) {
            auto* button = find<QPushButton>(("experiment." + info.id).c_str());
            if (++number > 10) continue;
            QCOMPARE(button->shortcut().count(), 1); // "Ctrl+10" would be no key
            QVERIFY(keys.insert(button->shortcut().toString()).second);
        }
        for (int i = 1; i < count; ++i) QTest::keyClick(m_window.get(), Qt::Key_PageDown, Qt::ControlModifier);
        QCOMPARE(m_window->experiment(), QString::fromStdString(experiments().back().id));
        QTest::keyClick(m_window.get(), Qt::Key_0, Qt::ControlModifier);
        QTRY_COMPARE(m_window->experiment(), QString::fromStdString(experiments()[9].id)); // a button is pressed visibly
    }

    void everyControlCanBeNamedAndReached()
    {
        QTest::mouseClick(find<QPushButton>("experiment.before-after"), Qt::LeftButton);
        for (QAbstractButton* button : m_window->findChildren<QAbstractButton*>()) {
            if (!button->isVisible()) continue;
            QVERIFY2(!button->accessibleName().isEmpty() || !button->text().isEmpty(), qPrintable(button->objectName()));
            QVERIFY2(button->focusPolicy() != Qt::NoFocus || !button->shortcut().isEmpty() || qobject_cast<QToolButton*>(button),
                qPrintable(button->objectName()));
        }
    }

    void closingWhileItRunsIsQuick()
    {
        chooseQuickRun();
        type("field.train.epochs", QStringLiteral("200"));
        click("runButton");
        QTRY_VERIFY(latest());
        QElapsedTimer timer;
        timer.start();
        m_window->close();
        m_window.reset();
        QVERIFY2(timer.elapsed() < 200 * kSlow, qPrintable(QString::number(timer.elapsed())));
    }
};

WINDOW_TEST_MAIN(TestMainWindow, 1920, 1080)
#include "tst_main_window.moc"
