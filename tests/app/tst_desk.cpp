// Menus, undo, defaults and what is remembered of files, in the real window.

#include "app/actions.h"
#include "app/menus.h"
#include "app/presenter.h"
#include "app/recent_files.h"
#include "app/shortcuts_page.h"
#include "engine/core/rng.h"
#include "tests/support/window.h"

#include <QMenuBar>
#include <QTextBrowser>
#include <QToolButton>

using namespace bitstill;

namespace {

/// Right or wrong, as a person may enter it.
Value randomValue(const Field& field, Rng& rng)
{
    const double at = field.low + rng.uniform() * (field.high - field.low);
    switch (field.kind) {
    case Field::Kind::Int: return static_cast<std::int64_t>(at);
    case Field::Kind::Real: return at;
    case Field::Kind::Flag: return rng.uniform() < 0.5;
    case Field::Kind::Choice: return field.choices[rng.below(static_cast<std::uint32_t>(field.choices.size()))].value;
    case Field::Kind::Name:
    case Field::Kind::File: break;
    }
    return "word " + std::to_string(rng.below(100));
}

void collect(const QMenu& menu, QList<QAction*>& found)
{
    for (QAction* action : menu.actions()) {
        if (action->menu())
            collect(*action->menu(), found);
        else if (!action->isSeparator())
            found << action;
    }
}

} // namespace

class TestDesk : public WindowTest {
    Q_OBJECT

    QList<QAction*> inMenus() const
    {
        QList<QAction*> found;
        for (QAction* action : m_window->menuBar()->actions()) collect(*action->menu(), found);
        return found;
    }
    QAction* action(const char* name) const { return find<QAction>((std::string("action.") + name).c_str()); }
    static QStringList entries(QMenu& menu)
    {
        Q_EMIT menu.aboutToShow();
        QStringList words;
        for (const QAction* action : menu.actions())
            if (!action->isSeparator()) words << action->text();
        return words;
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
    }
    void cleanup() { m_window.reset(); }

    void everyActionStandsInAMenuOnceAndNoKeyTwice()
    {
        const QList<QAction*> all = inMenus();
        QVERIFY(all.size() > 40);
        std::map<QString, QString> keys;
        for (QAction* a : m_window->findChild<Actions*>()->findChildren<QAction*>()) {
            if (a->objectName() == QLatin1String("action.clearRecent")) continue; // comes when the list is opened
            QVERIFY2(all.count(a) == 1, qPrintable(a->objectName()));
            QVERIFY2(!a->text().isEmpty() && !a->toolTip().isEmpty(), qPrintable(a->objectName()));
            const QString key = a->shortcut().toString();
            if (key.isEmpty() || a->objectName() == QLatin1String("action.stop")) continue; // the one that runs, while it runs
            QVERIFY2(keys.emplace(key, a->objectName()).second, qPrintable(a->objectName() + keys[key]));
        }
    }

    void actionsFollowTheRun()
    {
        chooseLongRun();
        const auto can = [this](const char* name) { return action(name)->isEnabled(); };
        QVERIFY(can("run") && !can("stop") && !can("reset") && !can("exportAll"));
        QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
        QVERIFY(m_window->controller()->isRunning());
        QVERIFY(!can("run") && can("stop") && can("pause") && can("reset"));
        EVENTUALLY(can("exportAll"));
        action("pause")->trigger();
        QCOMPARE(action("pause")->text(), QStringLiteral("Go on"));
        action("pause")->trigger();
        QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
        EVENTUALLY(!m_window->controller()->isRunning());
        EVENTUALLY(can("run") && !can("stop"));
    }

    void undoIsNamedInTheLanguageOfTheWindow()
    {
        chooseQuickRun();
        find<QSlider>("field.quant.bits")->setValue(0);
        QCOMPARE(action("undo")->text(), QStringLiteral("Undo: Bits 3 → 2"));
        action("language")->trigger();
        EVENTUALLY_EQUAL(action("undo")->text(), QStringLiteral("되돌리기: 비트 3 → 2"));
        action("undo")->trigger();
        QCOMPARE(action("redo")->text(), QStringLiteral("다시 적용: 비트 3 → 2"));
        action("language")->trigger();
        EVENTUALLY_EQUAL(action("redo")->text(), QStringLiteral("Redo: Bits 3 → 2"));
    }

    void severalSettingsAndSeedsHaveNames()
    {
        Document document(defaultSpec("before-after"));
        const auto last = [&] { return document.changeWords(document.changes().index() - 1).english(); };
        document.setSeed(7);
        QCOMPARE(last(), std::string("seed 1 → 7"));
        document.edit("train.epochs", std::string(100, 'x'));
        QVERIFY2(last().size() < 80, last().c_str());
        document.setSeed({});
        QCOMPARE(last(), std::string("seed 7 → none"));
        document.replace(defaultSpec("before-after"), text("all defaults"));
        QCOMPARE(last(), std::string("several settings (all defaults)"));
        Spec other = document.spec();
        other.values["train.epochs"] = std::int64_t{3};
        document.replace(other, text("all defaults"));
        QVERIFY2(last().starts_with("Epochs "), last().c_str()); // one is named for what it is
    }

    void aHundredRandomEditsAreTakenBackAndDoneAgain()
    {
        Document document(defaultSpec("before-after"));
        Rng rng(3, "edits");
        std::vector<Spec> at{document.spec()}; // by index of the changes
        while (document.changes().index() < 100) {
            const std::vector<Field>& fields = document.info().fields;
            const std::uint32_t i = rng.below(static_cast<std::uint32_t>(fields.size()) + 1);
            if (i == fields.size())
                document.setSeed(rng.below(1000));
            else
                document.edit(fields[i].key, randomValue(fields[i], rng));
            at.resize(static_cast<std::size_t>(document.changes().index()));
            at.push_back(document.spec());
        }
        for (std::size_t i = 100; i > 0; --i) {
            QVERIFY(document.spec() == at[i]);
            QVERIFY(!document.changeWords(static_cast<int>(i) - 1).empty());
            document.changes().undo();
        }
        QVERIFY(document.spec() == defaultSpec("before-after"));
        for (int i = 0; i < 100; ++i) document.changes().redo();
        QVERIFY(document.spec() == at[100]);
    }

    void aDragBackToWhereItWasLeavesNothing()
    {
        Document document(defaultSpec("before-after"));
        const Value before = document.spec().values.at("quant.bits");
        for (const std::int64_t bits : {4, 5, 4}) document.edit("quant.bits", bits);
        document.edit("quant.bits", before);
        QCOMPARE(document.changes().count(), 0);
    }

    void theListOfChangesGoesBackSeveralAtOnce()
    {
        chooseQuickRun();
        const Spec before = m_window->document().spec();
        find<QSlider>("field.quant.bits")->setValue(0);
        type("field.seed", QStringLiteral("9"));
        auto* changes = find<QMenu>("menu.changes");
        const QStringList words = entries(*changes);
        QCOMPARE(words.value(0), QStringLiteral("before seed 1 → 9"));
        QCOMPARE(words.value(1), QStringLiteral("before Bits 3 → 2"));
        changes->actions().at(1)->trigger();
        QVERIFY(m_window->document().spec() == before);
        QVERIFY(action("redo")->isEnabled());
    }

    /// A text field has an undo of its own, which knows of no other field.
    void ctrlZInAFieldTakesBackTheLastChangeWhereverItWas()
    {
        chooseQuickRun();
        auto* epochs = find<QLineEdit>("field.train.epochs");
        type("field.train.epochs", QStringLiteral("17"));
        find<QSlider>("field.quant.bits")->setValue(0);
        epochs->setFocus();
        QTest::keySequence(epochs, QKeySequence::Undo);
        QCOMPARE(m_window->document().spec().integer("quant.bits"), std::int64_t{3});
        QCOMPARE(epochs->text(), QStringLiteral("17"));
        QTest::keySequence(epochs, QKeySequence::Redo);
        QCOMPARE(m_window->document().spec().integer("quant.bits"), std::int64_t{2});
    }

    void oneFieldAndAllOfThemGetTheirDefaultsBack()
    {
        chooseQuickRun();
        const Spec defaults = defaultSpec("before-after");
        auto* epochs = find<QLineEdit>("field.train.epochs");
        find<QWidget>("runButton")->setFocus();
        action("restoreField")->trigger();
        QVERIFY(message().contains(QLatin1String("click into one")));
        epochs->setFocus();
        QTest::keyClick(epochs, Qt::Key_F9);
        QVERIFY(m_window->document().spec().values.at("train.epochs") == defaults.values.at("train.epochs"));
        QVERIFY(m_window->document().spec().word("model.name") == "mlp-16"); // nothing else
        type("field.seed", QStringLiteral("5"));
        action("restoreAll")->trigger();
        QVERIFY(m_window->document().spec().values == defaults.values);
        QCOMPARE(m_window->document().spec().seed, std::uint64_t{5}); // a seed is no setting of the experiment
        action("undo")->trigger();
        QVERIFY(m_window->document().spec().word("model.name") == "mlp-16");
    }

    void aRunGoesOnInAnotherExperiment()
    {
        chooseQuickRun();
        auto* next = find<QMenu>("menu.next");
        QVERIFY(entries(*next).contains(QStringLiteral("Go on with QAT")));
        const auto goOn = [next] { next->findChild<QAction*>(QStringLiteral("next.inside-qat"))->trigger(); };
        goOn();
        QCOMPARE(m_window->document().id(), QStringLiteral("inside-qat"));
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        QVERIFY(m_window->document().spec().word("model.name") == "mlp-16");
        action("undo")->trigger();
        QVERIFY(m_window->document().spec() == defaultSpec("inside-qat"));
        m_window->document().edit("train.epochs", std::int64_t{1000});
        m_window->document().start();
        click("experiment.before-after");
        entries(*next);
        goOn(); // a run that is under way is not thrown away
        EVENTUALLY(message().contains(QLatin1String("under way")));
        QVERIFY(m_window->controller()->isRunning() && m_window->document().spec().integer("train.epochs") == 1000);
        click("experiment.number-line");
        QCOMPARE(entries(*next), QStringList(QStringLiteral("This one has none")));
    }

    void thatSettingsHaveChangedSinceStaysSaid()
    {
        chooseQuickRun();
        runToTheEnd();
        const auto says = [this] { return find<QLabel>("doing")->text().contains(QLatin1String("changed since")); };
        QVERIFY(!says());
        type("field.train.epochs", QStringLiteral("3"));
        m_window->document().say(Notice::Kind::Done, Text("something else"));
        EVENTUALLY(says());
        action("undo")->trigger();
        EVENTUALLY(!says());
    }

    void aFileThatCannotBeOpenedIsSaidWithinTheWindow()
    {
        const Folder folder;
        const auto openNew = [&](const std::string& name) {
            m_window->openFile(QString::fromStdString(folder.write(name, "x").string()));
            return message();
        };
        const int width = m_window->minimumSizeHint().width();
        const QString said = openNew(std::string(240, 'x') + ".json");
        QVERIFY2(said.contains(QStringLiteral("…xxxx")), qPrintable(said));
        QCOMPARE(m_window->minimumSizeHint().width(), width);
        for (const char* name : {"a.gguf", "a.safetensors", "a.NPZ"}) QVERIFY(openNew(name).contains(QLatin1String("Trained weights")));
    }

    void recentFilesAreOpenedAgainWhileTheyAreThere()
    {
        const Folder folder;
        auto* recent = find<QMenu>("menu.recent");
        QCOMPARE(entries(*recent).value(0), QStringLiteral("No files yet"));
        QStringList files;
        for (int i = 0; i < 12; ++i) {
            const std::string name = "s" + std::to_string(i) + ".json";
            files << QString::fromStdString(
                folder.write(name, R"({"experiment": "four-ways", "seed": )" + std::to_string(i) + "}").string());
            m_window->openFile(files.last());
        }
        m_window->openFile(QString::fromStdString(folder.write("broken.json", "{").string()));
        QCOMPARE(recentFiles().size(), 10);
        QCOMPARE(recentFiles().first(), files.last()); // what could not be opened is not among them
        QFile::remove(files.last());
        QCOMPARE(recentFiles().first(), files[10]);
        QVERIFY(entries(*recent).value(0).contains(QLatin1String("s10.json")));
        recent->actions().at(1)->trigger();
        QCOMPARE(m_window->document().spec().seed, std::uint64_t{9});
        QCOMPARE(recentFiles().first(), files[9]);
        action("clearRecent")->trigger();
        QVERIFY(recentFiles().isEmpty());
    }

    void theQuestionMarkListsEveryKey()
    {
        find<QWidget>("runButton")->setFocus();
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Question);
        auto* page = find<QTextBrowser>("shortcutsPage");
        const QString words = page->toPlainText();
        for (const QAction* a : inMenus()) {
            if (a->shortcut().isEmpty()) continue;
            QVERIFY2(words.contains(a->shortcut().toString(QKeySequence::NativeText)), qPrintable(a->objectName()));
            QVERIFY2(words.contains(a->data().toString()), qPrintable(a->text()));
        }
    }

    void aboutNamesVersionsAndLicence()
    {
        action("about")->trigger();
        const QString words = find<QTextBrowser>("aboutPage")->toPlainText();
        for (const std::string& what : {versionText(), std::string("GPL-3.0-or-later"), std::string("oneDNN"), std::string(qVersion())})
            QVERIFY2(words.contains(QString::fromStdString(what)), what.c_str());
        action("changes")->trigger();
        QVERIFY(find<QTextBrowser>("changelogPage")->toPlainText().contains(QLatin1String("Added")));
    }

    void tabsAndExperimentsAreReachedByKeys()
    {
        action("lesson")->trigger();
        QVERIFY(find<QTextBrowser>("lesson")->isVisible());
        action("settings")->trigger();
        QVERIFY(find<QWidget>("formPage")->isVisible() && find<QWidget>("formPage")->isAncestorOf(m_window->focusWidget()));
        action("experiment.four-ways")->trigger();
        QCOMPARE(m_window->experiment(), QStringLiteral("four-ways"));
        action("previousExperiment")->trigger();
        QCOMPARE(m_window->experiment(), QStringLiteral("before-after"));
    }

    void presenterSizeIsOneAndAHalfTimesAndBackAgain()
    {
        for (const char* scale : {"", "2"}) {
            QProcessEnvironment before;
            before.insert(QStringLiteral("OTHER"), QStringLiteral("x"));
            if (*scale) before.insert(QStringLiteral("QT_SCALE_FACTOR"), QLatin1String(scale));
            const QProcessEnvironment large = otherSize(before);
            QVERIFY(!isPresenting(before) && isPresenting(large));
            QCOMPARE(large.value(QStringLiteral("QT_SCALE_FACTOR")), *scale ? QStringLiteral("3") : QStringLiteral("1.5"));
            QVERIFY(otherSize(large) == before);
        }
        action("presenter")->trigger(); // on a screen of 1280 × 800
        QVERIFY2(message().contains(QLatin1String("needs a screen of")), qPrintable(message()));
    }

    void aFigureIsCopiedWhereTheKeyboardIs()
    {
        m_window->openExperiment(QStringLiteral("number-line"));
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        find<QWidget>("runButton")->setFocus();
        action("copyFigure")->trigger();
        QVERIFY(message().contains(QLatin1String("click one")));
        find<FigureCard>("figure.histogram")->findChild<FigureView*>()->setFocus();
        action("copyFigure")->trigger();
        QVERIFY(message().startsWith(QLatin1String("Copied")));
    }
};

WINDOW_TEST_MAIN(TestDesk, 1280, 800)
#include "tst_desk.moc"
