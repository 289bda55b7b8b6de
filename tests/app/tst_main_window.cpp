// Runs, contrasts, moments and messages in the real window.

#include "app/sidebar.h"
#include "tests/support/figure_of.h"
#include "tests/support/patience.h"
#include "tests/support/window.h"

#include <QScrollBar>
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
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        QVERIFY(find<QPushButton>("experiment.number-line")->isChecked());
        QVERIFY(find<QTextBrowser>("lesson")->toPlainText().contains(QLatin1String("zero point"), Qt::CaseInsensitive));
    }

    void glossarySaysWhatTermsMean()
    {
        auto* terms = find<QTextBrowser>("glossary");
        for (const char* term : {"zero point", "영점", "The code that stands for 0.", "quantization-aware training (QAT)"})
            QVERIFY2(terms->toPlainText().contains(QString::fromUtf8(term)), term);
        QVERIFY(!terms->toPlainText().contains(QStringLiteral("0을 나타내는 코드"))); // that is the Korean window's
    }

    void aPageSaysWhereRuntimesDiffer()
    {
        const auto page = [this] { return m_window->findChild<QTextBrowser*>(QStringLiteral("runtimesPage")); };
        m_window->findChild<QAction*>(QStringLiteral("action.runtimes"))->trigger();
        QVERIFY(page() && page()->isVisible());
        for (const char* what : {"ONNX Runtime 1.30", "OpenCV 4.6", "transB", "--verify onnxruntime"})
            QVERIFY2(page()->toPlainText().contains(QLatin1String(what)), what);
        QCOMPARE(page()->horizontalScrollBar()->maximum(), 0);
        m_window->findChild<QAction*>(QStringLiteral("action.runtimes"))->trigger();
        QCOMPARE(m_window->findChildren<QDialog*>(QStringLiteral("runtimes")).size(), 1);
        page()->window()->close();
        EVENTUALLY(!page());
        m_window->openExperiment(QStringLiteral("own-model"));
        Q_EMIT find<QTextBrowser>("lesson")->anchorClicked(QUrl(QStringLiteral("runtimes")));
        QVERIFY(find<QTextBrowser>("lesson")->document()->toHtml().contains(QLatin1String("href=\"runtimes\"")));
        QVERIFY(page());
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
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        auto* bits = find<QSlider>("field.quant.bits");
        bits->setFocus();
        QTest::keyClick(bits, Qt::Key_Left); // 4 → 3
        const auto caption = [this] {
            const Figure* weights = figureOf(latest()->figures, "weights.dense1");
            return weights ? weights->caption.english() : std::string();
        };
        EVENTUALLY(contains(caption(), "of 7 levels"));
        EVENTUALLY(std::any_of(m_window->controller()->latest()->metrics.begin(), m_window->controller()->latest()->metrics.end(),
            [](const auto& m) { return m.first == "static.b3.accuracy"; }));
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
        EVENTUALLY(find<QLabel>("messageText")->text().contains(QLatin1String("data.path")));
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
        const auto isThere = [&] { return latest() && latest()->figures == result->figures; };
        type("field.train.epochs", QStringLiteral("7"));
        click("experiment.before-after"); // the one that is chosen
        QVERIFY(isThere());
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
        click("experiment.four-ways");
        QVERIFY(!latest());
        EVENTUALLY(!m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        click("experiment.before-after");
        QVERIFY(isThere());
        QVERIFY(find<QWidget>("figure.weights.dense1")->isVisible());
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
        QVERIFY(message().contains(QLatin1String("settings before this change")));
    }

    void aRunGoesOnWhileAnotherExperimentIsLookedAt()
    {
        chooseLongRun();
        click("runButton");
        EVENTUALLY(latest());
        const double before = latest()->progress;
        click("experiment.number-line");
        QVERIFY(find<QPushButton>("experiment.before-after")->accessibleName().contains(QLatin1String("running")));
        click("experiment.before-after");
        EVENTUALLY(latest()->progress > before);
        QVERIFY(latest()->outcome == Outcome::Running);
        m_window->controller()->stop();
    }

    void changesAreTakenBackOneDragAtATime()
    {
        chooseQuickRun();
        runToTheEnd();
        auto* bits = find<QSlider>("field.quant.bits");
        auto* scheme = find<QComboBox>("field.quant.scheme");
        const int before = bits->value();
        const std::int64_t bitsBefore = m_window->controller()->spec().integer("quant.bits");
        const QString schemeBefore = scheme->currentText();
        for (const int position : {3, 4, 5}) bits->setValue(position); // a drag
        scheme->setCurrentIndex(scheme->currentIndex() == 0 ? 1 : 0);
        const QString schemeAfter = scheme->currentText();
        bits->setFocus();
        const auto press = [&](const QKeySequence& keys) { QTest::keySequence(bits, keys); };
        press(QKeySequence::Undo);
        QCOMPARE(scheme->currentText(), schemeBefore);
        QCOMPARE(bits->value(), 5);
        press(QKeySequence::Undo);
        QCOMPARE(bits->value(), before);
        EVENTUALLY_EQUAL(m_window->controller()->spec().integer("quant.bits"), bitsBefore); // the run follows
        press(QKeySequence::Redo);
        press(QKeySequence::Redo);
        QCOMPARE(bits->value(), 5);
        QCOMPARE(scheme->currentText(), schemeAfter);
        QVERIFY(!find<QAction>("action.redo")->isEnabled());
        QVERIFY(find<QAction>("action.undo")->isEnabled());
    }

    void aQuestionThatWasTurnedRoundIsTakenBack()
    {
        m_window->openExperiment(QStringLiteral("teacher-student"));
        QVERIFY(!find<QAction>("action.undo")->isEnabled());
        QTest::mouseClick(find<QPushButton>("contrast.shuffled"), Qt::LeftButton);
        m_window->controller()->stop();
        find<QAction>("action.undo")->trigger();
        QCOMPARE(find<QComboBox>("field.distill.knowledge")->currentData().toString(), QStringLiteral("intact"));
    }

    void themeAndLanguageKeepTheRunAndWhatWasTyped()
    {
        chooseLongRun();
        click("runButton");
        EVENTUALLY(latest() && !latest()->figures.empty());
        RunController* run = m_window->controller();
        type("field.train.learning_rate", QStringLiteral("fast"));
        for (const char* button : {"action.theme", "action.language", "action.theme", "action.language"}) {
            click(button);
            const QString before = find<QAbstractButton>(button)->text();
            EVENTUALLY(find<QAbstractButton>(button)->text() != before);
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
        EVENTUALLY(latest() && latest()->paused && latest()->step == 1);
        for (int i = 2; i <= 10; ++i) {
            step->click();
            EVENTUALLY_EQUAL(latest()->step, long{i});
        }
        EVENTUALLY_EQUAL(find<QLabel>("step")->text(), QStringLiteral("step 10"));
        click("action.reset");
        QVERIFY(!latest());
        click("action.pause");
        EVENTUALLY(latest() && latest()->paused);
        EVENTUALLY_EQUAL(latest()->step, long{1});
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
        QVERIFY(latest() && latest()->figures == result->figures);
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
        QCOMPARE(message(), QStringLiteral("1 setting must be changed before this can run; see the note beside it."));
        QCOMPARE(messageKind(), QStringLiteral("error"));
        QVERIFY(find<QLineEdit>("field.train.epochs")->property("wrong").toBool());
        type("field.train.batch", QStringLiteral("x"));
        click("runButton");
        QVERIFY(message().startsWith(QLatin1String("2 settings must be changed")));
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
        QTest::keyClicks(bits, QStringLiteral("5")); // and no Enter
        click("runButton");
        QCOMPARE(m_window->controller()->spec().integer("quant.bits"), std::int64_t{5});
        m_window->controller()->stop();
    }

    void everyExperimentHasAKey()
    {
        const auto count = static_cast<int>(experiments().size());
        std::set<QString> keys;
        int number = 0;
        for (const ExperimentInfo& info : experiments()) {
            const QKeySequence key = find<QAction>(("action.experiment." + info.id).c_str())->shortcut();
            if (++number > 10) continue;
            QCOMPARE(key.count(), 1); // "Ctrl+10" would be no key
            QVERIFY(keys.insert(key.toString()).second);
            QVERIFY(find<QPushButton>(("experiment." + info.id).c_str())->toolTip().contains(key.toString(QKeySequence::NativeText)));
        }
        for (int i = 1; i < count; ++i) QTest::keyClick(m_window.get(), Qt::Key_PageDown, Qt::ControlModifier);
        QCOMPARE(m_window->experiment(), QString::fromStdString(experiments().back().id));
        QTest::keyClick(m_window.get(), Qt::Key_0, Qt::ControlModifier);
        QCOMPARE(m_window->experiment(), QString::fromStdString(experiments()[9].id)); // before the next key
        QTest::keyClick(m_window.get(), Qt::Key_PageDown, Qt::ControlModifier);
        QCOMPARE(m_window->experiment(), QString::fromStdString(experiments()[10].id));
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

    void closingDoesNotWaitForTheEnd()
    {
        chooseQuickRun("1000");
        type("field.data.samples", QStringLiteral("6000")); // some minutes
        click("runButton");
        EVENTUALLY(latest());
        QElapsedTimer timer;
        timer.start();
        m_window->close();
        m_window.reset();
        QVERIFY2(timer.elapsed() < 20000, qPrintable(QString::number(timer.elapsed())));
    }
};

WINDOW_TEST_MAIN(TestMainWindow, 1920, 1080)
#include "tst_main_window.moc"
