// The window killed at random moments of its runs: what was finished is in the history, what was not is offered. Each round is a process
// of its own, this program called with a folder.

#include "engine/core/rng.h"
#include "engine/io/files.h"
#include "engine/store/history.h"
#include "tests/support/window.h"

#include <QProcess>
#include <csignal>
#include <cstdio>

using namespace bitstill;

namespace {

constexpr const char* kChild = "BITSTILL_TEST_KILLED";
constexpr const char* kSecond = "BITSTILL_TEST_SECOND"; ///< a file that the second window writes

/// A window in which one run follows the other until it is killed; says of each when it begins and when it has ended.
class Runs : public WindowTest {
    Q_OBJECT
public:
    void runForEver(std::uint64_t seed)
    {
        prepareApplication();
        open();
        chooseQuickRun();
        connect(m_window->controller(), &RunController::ended, this, [this] { say("ended"); });
        // While the history still takes the run before.
        connect(m_window->controller(), &RunController::ended, this, [this] { QTimer::singleShot(0, this, &Runs::next); });
        m_seed = seed;
        next();
        QApplication::exec();
    }

private:
    void next()
    {
        m_window->document().setSeed(++m_seed);
        click("runButton");
        say("begun");
    }
    void say(const char* what) const
    {
        std::printf("%s %llu\n", what, static_cast<unsigned long long>(m_seed));
        std::fflush(stdout);
    }

    std::uint64_t m_seed = 0;
};

/// What File > New window starts here: a window that says how many runs it sees, and with which seed it begins.
class SecondWindow : public WindowTest {
public:
    int open(const std::string& file)
    {
        prepareApplication();
        WindowTest::open();
        writeFile(file, std::to_string(History(historyFolder()).count()) + " " + std::to_string(m_window->document().spec().seed));
        return 0;
    }
};

struct Told {
    std::set<std::uint64_t> begun{}, ended{};
    std::uint64_t last = 0; ///< that was begun
};

Told toldIn(const QByteArray& lines)
{
    Told told;
    for (const QByteArray& line : lines.split('\n')) {
        const std::uint64_t seed = line.mid(line.indexOf(' ') + 1).toULongLong();
        if (line.startsWith("begun ")) told.begun.insert(told.last = seed);
        if (line.startsWith("ended ")) told.ended.insert(seed);
    }
    return told;
}

} // namespace

class TestWindowKilled : public WindowTest {
    Q_OBJECT

    /// Of the window that is opened next: the runs that it offers.
    std::set<std::uint64_t> offered()
    {
        std::set<std::uint64_t> seeds;
        open();
        while (find<QWidget>("offer")->isVisible()) {
            click("offerAccept");
            seeds.insert(m_window->document().spec().seed);
            m_window->controller()->stop();
        }
        m_window.reset();
        return seeds;
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }

    void whatWasFinishedIsThereAndWhatWasNotIsOffered()
    {
        const int kills = qEnvironmentVariableIsSet("BITSTILL_KILLS") ? qEnvironmentVariableIntValue("BITSTILL_KILLS") : 50;
        Rng rng(7, "kills");
        int finished = 0, cut = 0, both = 0;
        for (int i = 0; i < kills; ++i) {
            const std::uint64_t first = 1000 * static_cast<std::uint64_t>(i + 1);
            QProcess window;
            QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
            environment.insert(QLatin1String(kChild), QString::number(first));
            window.setProcessEnvironment(environment);
            window.start(QCoreApplication::applicationFilePath(), {});
            QByteArray lines;
            while (!lines.contains("begun ") && window.waitForReadyRead(60'000)) lines += window.readAllStandardOutput();
            QVERIFY2(lines.contains("begun "), window.readAllStandardError().constData());
            QTest::qSleep(static_cast<int>(1500 * rng.uniform()));
            window.kill();
            QVERIFY(window.waitForFinished(60'000));
            QCOMPARE(window.exitStatus(), QProcess::CrashExit);
            const Told told = toldIn(lines + window.readAllStandardOutput());

            std::set<std::uint64_t> kept;
            {
                History history(historyFolder());
                const HistoryCheck check = history.check();
                QVERIFY2(check.isWhole(), check.damage.empty() ? "a file is missing" : check.damage.front().c_str());
                for (const HistoryEntry& run : history.find({.outcome = Outcome::Finished})) kept.insert(run.seed);
            }
            const std::set<std::uint64_t> again = offered();
            for (const std::uint64_t seed : told.ended) // of the last, it may not have been on the disk yet
                QVERIFY2(kept.contains(seed) || again.contains(seed), ("run " + std::to_string(seed) + " is lost").c_str());
            if (!kept.contains(told.last))
                QVERIFY2(again.contains(told.last), ("run " + std::to_string(told.last) + " is not offered").c_str());
            finished += static_cast<int>(told.ended.size());
            for (const std::uint64_t seed : again) {
                // Noted, and killed before it could be told.
                QVERIFY2(told.begun.contains(seed) || seed == told.last + 1, std::to_string(seed).c_str());
                (kept.contains(seed) ? both : cut) += 1;
            }
        }
        QVERIFY(finished > 0 && cut > 0);
        qInfo("%d kills: %d runs had ended and are there, %d were cut off and offered, %d are there and were offered all the same", kills,
            finished, cut, both);
    }

    void aNewWindowBeginsWithWhatIsHere()
    {
        const Folder folder;
        const std::string told = folder.path("told").string();
        open();
        const std::int64_t before = History(historyFolder()).count();
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(History(historyFolder()).count() == before + 1);
        m_window->document().setSeed(77);
        qputenv(kSecond, told.c_str());
        QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
        EVENTUALLY(std::filesystem::exists(told));
        qunsetenv(kSecond);
        QCOMPARE(readFile(told, 100), std::to_string(before + 1) + " 77");
        m_window.reset();
    }
};

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QApplication::setStyle(QStringLiteral("fusion"));
    QApplication::setFont(Theme::body());
    if (qEnvironmentVariableIsSet(kSecond)) return SecondWindow().open(qEnvironmentVariable(kSecond).toStdString());
    if (qEnvironmentVariableIsSet(kChild)) {
        Runs().runForEver(qEnvironmentVariable(kChild).toULongLong());
        return 0;
    }
    TestWindowKilled test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_window_killed.moc"
