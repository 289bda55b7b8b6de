// Presets, and runs that did not end.

#include "app/preset_button.h"
#include "app/presets.h"
#include "app/unfinished_runs.h"
#include "engine/core/error.h"
#include "tests/support/window.h"

#include <QInputDialog>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace bitstill;

class TestPresets : public WindowTest {
    Q_OBJECT

    static void writePreset(const char* name, const std::string& bytes)
    {
        QDir().mkpath(presetFolder());
        std::ofstream((presetFolder() + QLatin1Char('/') + QLatin1String(name)).toStdString()) << bytes;
    }
    static QStringList titles(const std::string& experiment, const char* language = "en")
    {
        QStringList all;
        for (const Preset& p : presetsOf(experiment, QLatin1String(language)).all) all << p.title;
        return all;
    }
    QMenu& menu() const
    {
        auto* presets = find<QMenu>("menu.presets");
        Q_EMIT presets->aboutToShow();
        return *presets;
    }
    /// A process that is killed in the middle of these runs.
    static void crashIn(const std::filesystem::path& folder, const std::vector<Spec>& specs)
    {
        const pid_t child = fork();
        if (child == 0) {
            UnfinishedRuns runs(folder);
            for (const Spec& spec : specs) {
                runs.begin(spec, static_cast<std::uint64_t>(&spec - specs.data()));
                usleep(20'000); // which was the latest is told by the time of its file
            }
            kill(getpid(), SIGKILL);
        }
        int status = 0;
        waitpid(child, &status, 0);
        QVERIFY(WIFSIGNALED(status));
    }
    static int notes()
    {
        int count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(unfinishedFolder()))
            count += entry.path().extension() == ".json";
        return count;
    }
    static std::filesystem::path unfinishedFolder() { return (Settings::dataFolder() + QStringLiteral("/unfinished")).toStdString(); }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { forget(); }
    void cleanup() { m_window.reset(); }

    void thoseThatComeWithBitstillAreRightAndInBothLanguages()
    {
        int count = 0;
        for (const ExperimentInfo& info : experiments()) {
            const Presets english = presetsOf(info.id, QStringLiteral("en")), korean = presetsOf(info.id, QStringLiteral("ko"));
            QVERIFY2(english.passedOver.empty(), english.passedOver.empty() ? "" : english.passedOver[0].english().c_str());
            QCOMPARE(english.all.size(), korean.all.size());
            for (std::size_t i = 0; i < english.all.size(); ++i, ++count) {
                QVERIFY(!english.all[i].about.isEmpty() && !korean.all[i].about.isEmpty());
                QVERIFY(english.all[i].title != korean.all[i].title);
                QVERIFY2(!(english.all[i].spec == defaultSpec(info.id)), qPrintable(english.all[i].title));
                QVERIFY(korean.all[i].spec == english.all[i].spec);
            }
        }
        QVERIFY(count >= 10);
        QCOMPARE(QDir(QStringLiteral(BITSTILL_SOURCE "/resources/presets")).entryList({QStringLiteral("*.json")}).size(), count);
    }

    void choosingOneIsOneStepWithItsName()
    {
        open();
        click("experiment.before-after");
        type("field.seed", QStringLiteral("7"));
        type("field.train.epochs", QStringLiteral("3"));
        const Spec before = m_window->document().spec();
        menu();
        find<QAction>("preset.2 bits, the edges at 8")->trigger();
        QCOMPARE(m_window->document().spec().integer("quant.bits"), std::int64_t{2});
        QVERIFY(m_window->document().spec().flag("quant.edges_at_8"));
        QCOMPARE(m_window->document().spec().integer("train.epochs"), std::int64_t{5}); // what it does not name is at its default
        QCOMPARE(m_window->document().spec().seed, std::uint64_t{7});
        QCOMPARE(find<QAction>("action.undo")->text(), QStringLiteral("Undo: several settings (preset 2 bits, the edges at 8)"));
        find<QAction>("action.undo")->trigger();
        QVERIFY(m_window->document().spec() == before);
    }

    void oneOfOnesOwnIsSavedChosenAndDeleted()
    {
        open();
        click("experiment.before-after");
        type("field.train.epochs", QStringLiteral("9"));
        QTimer::singleShot(0, this, [] {
            auto* dialog = qobject_cast<QInputDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            dialog->setTextValue(QStringLiteral("../Mine & 내 것"));
            dialog->accept();
        });
        find<QAction>("action.savePreset")->trigger();
        QVERIFY2(message().startsWith(QLatin1String("Saved")), qPrintable(message()));
        QVERIFY(titles("before-after").contains(QStringLiteral("../Mine & 내 것")));
        QCOMPARE(QDir(presetFolder()).entryList(QDir::Files).size(), 1);
        QVERIFY(!titles("four-ways").contains(QStringLiteral("../Mine & 내 것")));
        type("field.train.epochs", QStringLiteral("2"));
        menu();
        m_window->findChild<QAction*>(QStringLiteral("preset.../Mine & 내 것"))->trigger();
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("9"));
        menu();
        m_window->findChild<QAction*>(QStringLiteral("deletePreset.../Mine & 내 것"))->trigger();
        QVERIFY2(message().startsWith(QLatin1String("Deleted")), qPrintable(message()));
        QVERIFY(!titles("before-after").contains(QStringLiteral("../Mine & 내 것")));
    }

    void aNameIsTakenOnceAndWrongSettingsAreNotKept()
    {
        Spec spec = defaultSpec("before-after");
        savePreset(QStringLiteral("a"), spec);
        QVERIFY(contains(messageOf([&] { savePreset(QStringLiteral("a"), spec); }), "already"));
        savePreset(QStringLiteral("a?"), spec); // the same file name, were there no number
        QCOMPARE(titles("before-after").filter(QRegularExpression(QStringLiteral("^a"))).size(), 2);
        QVERIFY(!messageOf([&] { savePreset({}, spec); }).empty());
        QVERIFY(messageOf([&] { savePreset(QString(61, QLatin1Char('a')), spec); }).starts_with("[aaaa"));
        spec.values["train.epochs"] = std::int64_t{0};
        QVERIFY(contains(messageOf([&] { savePreset(QStringLiteral("b"), spec); }), "train.epochs"));
    }

    void spoiltFilesArePassedOverAndSaid()
    {
        for (const auto& [name, bytes] :
            std::map<const char*, std::string>{{"a.json", "{"},
                {"b.json", R"({"experiment": "before-after", "title": "b", "fields": {"quant.bits": 99}})"},
                {"c.json", R"({"experiment": "before-after"})"}, {"d.json", R"({"experiment": "before-after", "title": 7})"},
                {"e.json", std::string(200'000, ' ')}, {"f.json", R"(["title"])"}, {"g.json", R"({"experiment": "no-such", "title": "g"})"},
                {"ok.json", R"({"experiment": "before-after", "title": "fine"})"}})
            writePreset(name, bytes);
        const Presets presets = presetsOf("before-after", QStringLiteral("en"));
        QCOMPARE(presets.passedOver.size(), std::size_t{7});
        QVERIFY(titles("before-after").contains(QStringLiteral("fine")));
        open();
        click("experiment.before-after");
        menu();
        const QList<QAction*> said = m_window->findChildren<QAction*>(QStringLiteral("passedOver"));
        QCOMPARE(said.size(), 7);
        QVERIFY2(said[1]->toolTip().contains(QLatin1String("b.json")), qPrintable(said[1]->toolTip()));
    }

    void aRunThatWasKilledIsOfferedOnceAndRunAgain()
    {
        Spec spec = defaultSpec("before-after");
        spec.values["data.set"] = std::string("strokes");
        spec.values["data.samples"] = std::int64_t{600};
        spec.values["model.name"] = std::string("mlp-16");
        spec.seed = 11;
        crashIn(unfinishedFolder(), {spec});
        open();
        QVERIFY(find<QWidget>("offer")->isVisible());
        QVERIFY(find<QLabel>("offerText")->text().contains(QLatin1String("did not end")));
        {
            MainWindow second(Settings::load()); // it was offered, and is this one's no more
            QVERIFY(!second.findChild<QWidget*>(QStringLiteral("offer"))->isVisibleTo(&second));
        }
        find<QAction>("action.language")->trigger(); // the question stays
        EVENTUALLY(find<QLabel>("offerText")->text().contains(QStringLiteral("끝나지 않았습니다")));
        QVERIFY(find<QWidget>("offer")->isVisible());
        click("offerAccept");
        QVERIFY(!find<QWidget>("offer")->isVisible());
        QCOMPARE(m_window->experiment(), QStringLiteral("before-after"));
        QVERIFY(m_window->controller()->spec() == spec);
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        EVENTUALLY(notes() == 0); // a crash from now on costs nothing
        m_window.reset();
        open();
        QVERIFY(!find<QWidget>("offer")->isVisible());
    }

    void aWindowThatIsClosedInTheMiddleOfARunLeavesNothing()
    {
        open();
        chooseLongRun();
        click("runButton");
        QVERIFY(std::filesystem::exists(unfinishedFolder()) && !std::filesystem::is_empty(unfinishedFolder()));
        {
            UnfinishedRuns other(unfinishedFolder());
            QVERIFY(other.take().empty()); // its window lives
        }
        m_window->close();
        m_window.reset();
        QVERIFY(std::filesystem::is_empty(unfinishedFolder()));
    }

    /// Run was pressed again before the history had the run before.
    void runsOfOneExperimentAreOfferedOneAfterTheOther()
    {
        std::vector<Spec> specs(2, quickSpec("before-after"));
        specs[0].seed = 21;
        specs[1].seed = 22;
        crashIn(unfinishedFolder(), specs);
        open();
        QVERIFY(find<QWidget>("offer")->isVisible());
        click("offerDecline");
        QVERIFY(find<QWidget>("offer")->isVisible());
        click("offerAccept");
        QVERIFY(!find<QWidget>("offer")->isVisible());
        QVERIFY(m_window->controller()->spec() == specs[0]);
    }

    /// Nor is one forgotten that has ended: it is on its way into the history.
    void eachRunHasItsNoteUntilTheHistoryHasIt()
    {
        open();
        chooseLongRun();
        click("runButton");
        EVENTUALLY_EQUAL(notes(), 1);
        m_window->document().setSeed(77);
        m_window->document().start();
        QCOMPARE(notes(), 2);
        EVENTUALLY_EQUAL(notes(), 1);
        m_window->controller()->stop();
        EVENTUALLY_EQUAL(notes(), 0);
    }

    void theLatestOfSeveralIsTakenAndSpoiltNotesArePassedOver()
    {
        const Folder folder;
        Spec other = defaultSpec("four-ways");
        other.seed = 5;
        crashIn(folder.path("runs"), {defaultSpec("before-after"), defaultSpec("before-after")});
        crashIn(folder.path("runs"), {other});
        for (const auto& left : std::filesystem::directory_iterator(folder.path("runs")))
            std::ofstream(left.path() / "z.json") << "{\"experiment\":";
        UnfinishedRuns runs(folder.path("runs"));
        const std::deque<Spec> left = runs.take();
        QCOMPARE(left.size(), std::size_t{3});
        QVERIFY(left.front() == other && left.back() == defaultSpec("before-after"));
        QVERIFY(runs.take().empty() && std::filesystem::is_empty(folder.path("runs")));
    }
};

WINDOW_TEST_MAIN(TestPresets, 1280, 800)
#include "tst_presets.moc"
