// bitstill-cli killed at random moments, with calls that fail, and with little memory: each time the folder holds a whole result, the
// earlier one or the new one, and a failure is one line. FAULTS_ROUND=long (./check full) does it many more times.

#include "engine/core/rng.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/io/manifest.h"
#include "engine/io/result_folder.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QtTest>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <thread>

using namespace bitstill;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A copy: LD_PRELOAD takes a space for the end of a name, and a clone may lie anywhere.
std::string shim()
{
    static const Folder folder;
    static const std::string copy = [] {
        fs::copy_file(FAULT_SHIM, folder.path("shim.so"));
        return folder.path("shim.so").string();
    }();
    return copy;
}

struct Result {
    int status = -1; ///< 128 + the signal that ended it
    std::string out, err;
};

struct Surroundings {
    std::map<std::string, std::string> variables{};
    std::map<int, rlim_t> limits{};
    std::string folder{}; ///< that it stands in
};

void prepare(QProcess& process, const Surroundings& around)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto& [name, value] : around.variables) environment.insert(QString::fromStdString(name), QString::fromStdString(value));
    process.setProcessEnvironment(environment);
    if (!around.folder.empty()) process.setWorkingDirectory(QString::fromStdString(around.folder));
    process.setChildProcessModifier([around] {
        for (const auto& [what, most] : around.limits) {
            const rlimit limit{most, most};
            setrlimit(static_cast<__rlimit_resource>(what), &limit);
        }
        const rlimit noCore{0, 0};
        setrlimit(RLIMIT_CORE, &noCore);
    });
}

Result cli(const QStringList& arguments, const Surroundings& around = {})
{
    QProcess p;
    prepare(p, around);
    p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), arguments);
    if (!p.waitForFinished(60'000)) {
        p.kill();
        p.waitForFinished();
        return {-2, "", "it hangs"};
    }
    return {p.exitStatus() == QProcess::NormalExit ? p.exitCode() : 128 + p.exitCode(), p.readAllStandardOutput().toStdString(),
        p.readAllStandardError().toStdString()};
}

/// A run with a result of its own for each seed, quick and with all that a result can have.
QStringList runOf(int seed, const fs::path& out, const QString& formats)
{
    QStringList arguments{"run", "before-after", "--seed", QString::number(seed), "--threads", "2", "--out", QString::fromStdString(out),
        "--figures", formats};
    const Spec spec = quickSpec("before-after");
    for (const auto& [key, value] : spec.values)
        if (!(value == defaultSpec(spec.experiment).values.at(key)))
            arguments << QStringLiteral("--set") << QString::fromStdString(key + "=" + describe(value));
    return arguments;
}

constexpr int kOldSeed = 1, kNewSeed = 2;
const std::string kNotes = "what somebody else wrote";

/// What is wrong with what the folder holds; which result it is, otherwise.
std::string stateOf(const fs::path& folder, int& seed)
{
    if (readFile(folder / "notes.txt", 1000) != kNotes || readFile(folder / "figures/mine.txt", 1000) != kNotes)
        return "somebody's files are not as they were";
    if (!isWhole(folder)) return "it is not what its manifest lists";
    const json spec = json::parse(readFile(folder / "spec.json", 1'000'000)),
               record = json::parse(readFile(folder / "record.json", 100'000'000));
    seed = spec["seed"].get<int>();
    if (record["spec"] != spec) return "spec.json and record.json are of two runs";
    const std::string model = readFile(folder / "model.safetensors", 10'000'000);
    if (!contains(model, "seed " + std::to_string(seed))) return "model.safetensors is of another run";
    return {};
}

std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

bool isLong() { return qEnvironmentVariable("FAULTS_ROUND") == QLatin1String("long"); }

} // namespace

class TestFaults : public QObject {
    Q_OBJECT

    Folder m_folder;
    int m_kills = 0, m_killsNew = 0, m_faults = 0, m_limits = 0;

    fs::path out() const { return m_folder.path("out"); }
    fs::path old() const { return m_folder.path("old"); }

    /// The folder with the earlier result, and files of somebody else.
    void restore() const
    {
        fs::remove_all(out());
        fs::copy(old(), out(), fs::copy_options::recursive);
    }

    /// How often the call is made in a whole run.
    long countOf(const std::string& call, const QStringList& arguments) const
    {
        const fs::path count = m_folder.path("count");
        cli(arguments, {{{"LD_PRELOAD", shim()}, {"FAULT_CALL", call}, {"FAULT_COUNT", count.string()}}});
        return std::stol(readFile(count, 100));
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("LC_ALL", "C"); // whatever the tester's language is
        const Result r = cli(runOf(kOldSeed, old(), "svg,csv"));
        QVERIFY2(r.status == 0, r.err.c_str());
        writeFile(old() / "notes.txt", kNotes);
        writeFile(old() / "figures/mine.txt", kNotes);
        int seed = 0;
        const std::string wrong = stateOf(old(), seed);
        QVERIFY2(wrong.empty(), wrong.c_str());
        QCOMPARE(seed, kOldSeed);
    }

    void cleanupTestCase()
    {
        std::printf("faults: %d kills survived (%d of them with the new result), %d failed calls, %d low limits\n", m_kills, m_killsNew,
            m_faults, m_limits);
        std::fflush(stdout);
    }

    void killedAtAnyMomentTheFolderIsWhole()
    {
        restore();
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(cli(runOf(kNewSeed, out(), "svg,csv")).status, 0);
        const double takes = static_cast<double>(timer.elapsed());
        Rng rng(7, "kills");
        const int kills = isLong() ? 300 : 12;
        for (int i = 0; i < kills; ++i) {
            restore();
            QProcess p;
            prepare(p, {});
            p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"), runOf(kNewSeed, out(), "svg,csv"));
            p.waitForStarted();
            // Half of them in the last third, when it writes.
            const double share = i % 2 == 0 ? rng.uniform() : 0.67 + 0.36 * rng.uniform();
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(share * takes));
            p.kill();
            p.waitForFinished();
            int seed = 0;
            const std::string wrong = stateOf(out(), seed);
            QVERIFY2(wrong.empty(), wrong.c_str());
            QVERIFY(seed == kOldSeed || seed == kNewSeed);
            ++m_kills;
            m_killsNew += seed == kNewSeed;
        }
        // The next run clears up after them, once the last one's painter, which holds its folder, has gone the same way.
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        QCOMPARE(cli(runOf(kNewSeed, out(), "svg,csv")).status, 0);
        for (const auto& entry : fs::directory_iterator(m_folder.path()))
            QVERIFY2(!contains(entry.path().filename().string(), ".part-"), entry.path().c_str());
    }

    /// Ctrl-C twice: the second does not wait for what the first one has asked for.
    void aSecondInterruptEndsItAtOnce()
    {
        Rng rng(17, "interrupts");
        int atOnce = 0;
        for (int i = 0; i < (isLong() ? 60 : 6); ++i) {
            restore();
            QProcess p;
            prepare(p, {});
            p.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill-cli"),
                runOf(kNewSeed, out(), "svg,png,pdf,csv") << QStringLiteral("--set") << QStringLiteral("train.epochs=1000")
                                                          << QStringLiteral("--set") << QStringLiteral("data.samples=4000"));
            QVERIFY(p.waitForStarted());
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(300 + 700 * rng.uniform()));
            ::kill(static_cast<pid_t>(p.processId()), SIGINT);
            // Before it has heard of the first, while it stops, while it writes and draws.
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(i % 3 == 0 ? 1 : 30 + 300 * rng.uniform()));
            ::kill(static_cast<pid_t>(p.processId()), SIGINT);
            QVERIFY(p.waitForFinished(60'000));
            const bool killed = p.exitStatus() == QProcess::CrashExit;
            QCOMPARE(p.exitCode(), killed ? SIGINT : 128 + SIGINT);
            atOnce += killed;
            QVERIFY(readFile(out() / "notes.txt", 1000) == kNotes && readFile(out() / "figures/mine.txt", 1000) == kNotes);
            QVERIFY(isWhole(out()));
            QVERIFY(
                json::parse(readFile(out() / "spec.json", 1'000'000)) == json::parse(readFile(out() / "record.json", 100'000'000))["spec"]);
            ++m_kills;
        }
        QVERIFY(atOnce > 0);
    }

    void aCallThatFailsIsOneLineAndTheEarlierResult_data()
    {
        QTest::addColumn<QString>("call");
        for (const char* call : {"write", "fsync", "rename", "exchange", "new", "malloc", "dnnl"}) QTest::newRow(call) << call;
    }
    void aCallThatFailsIsOneLineAndTheEarlierResult()
    {
        QFETCH(QString, call);
        restore();
        const QStringList arguments = runOf(kNewSeed, out(), "svg,csv");
        const long count = countOf(call.toStdString(), arguments);
        QVERIFY2(count > 0, "the program makes no such call");
        Rng rng(11, call.toStdString());
        const int faults = isLong() ? 150 : 6;
        for (int i = 0; i < faults; ++i) {
            restore();
            // Few calls: each of them. Many: evenly over their orders of magnitude, since the first ones differ most.
            const long nth = count <= faults ? i % count + 1 : static_cast<long>(std::pow(static_cast<double>(count), rng.uniform()));
            const Result r =
                cli(arguments, {{{"LD_PRELOAD", shim()}, {"FAULT_CALL", call.toStdString()}, {"FAULT_NTH", std::to_string(nth)}}});
            const std::string which = call.toStdString() + " " + std::to_string(nth) + " of " + std::to_string(count) + ": " + r.err;
            int seed = 0;
            const std::string wrong = stateOf(out(), seed);
            QVERIFY2(wrong.empty(), (which + wrong).c_str());
            // Memory that a library can do without is no failure, nor is a folder that is moved file by file since it cannot be exchanged.
            const bool canDoWithout = call == "malloc" || call == "new" || call == "exchange";
            if (contains(r.err, "libgomp: Out of memory")) { // it ends the program itself, in its own words
                QVERIFY2(canDoWithout && r.status != 0 && seed == kOldSeed, which.c_str());
                ++m_faults;
                continue;
            }
            QVERIFY2(r.status == 1 || (r.status == 0 && canDoWithout), which.c_str());
            QVERIFY2(r.status == 0 || lines(r.err) == 1, which.c_str());
            QVERIFY2(seed == (r.status == 0 ? kNewSeed : kOldSeed), which.c_str());
            ++m_faults;
        }
    }

    void memoryThatLacksAtTheStartIsOneLine_data()
    {
        QTest::addColumn<QString>("call");
        for (const char* call : {"new", "malloc"}) QTest::newRow(call) << call;
    }
    /// The first allocations of all: of the libraries' static objects and our own, then of what prepares for trouble.
    void memoryThatLacksAtTheStartIsOneLine()
    {
        QFETCH(QString, call);
        for (const bool beforeMain : {true, false})
            for (int nth = 1; nth <= (isLong() ? 200 : 20); ++nth) {
                restore();
                Surroundings around{{{"LD_PRELOAD", shim()}, {"FAULT_CALL", call.toStdString()}, {"FAULT_NTH", std::to_string(nth)}}};
                if (beforeMain) around.variables["FAULT_EARLY"] = "1";
                const Result r = cli({"run", "number-line", "--set", "values.count=1000", "--out", QString::fromStdString(out())}, around);
                const std::string which = call.toStdString() + " " + std::to_string(nth) + ": " + std::to_string(r.status) + " " + r.err;
                QVERIFY2((r.status == 0 && r.err.empty()) || (r.status == 1 && lines(r.err) == 1), which.c_str());
                ++m_faults;
            }
    }

    /// File by file, as in a folder that somebody stands in: each move that fails, alone and with all after it.
    void movesThatFailLoseNothing()
    {
        const QStringList arguments = runOf(kNewSeed, ".", "csv");
        const Surroundings there{{{"LD_PRELOAD", shim()}, {"FAULT_CALL", "rename"}}, {}, out().string()};
        restore();
        Surroundings counted = there;
        counted.variables["FAULT_COUNT"] = m_folder.path("count").string();
        QCOMPARE(cli(arguments, counted).status, 0);
        const int count = std::stoi(readFile(m_folder.path("count"), 100));
        int leftBetween = 0;
        // Every file is renamed once when it is written and once when it is moved; the moves of both results are the last.
        for (int nth = isLong() ? 1 : count / 2; nth <= count; nth += isLong() ? 1 : 3)
            for (const bool lasting : {false, true}) {
                restore();
                Surroundings around = there;
                around.variables["FAULT_NTH"] = std::to_string(nth);
                if (lasting) around.variables["FAULT_LASTING"] = "1";
                const Result r = cli(arguments, around);
                const std::string which =
                    std::to_string(nth) + " of " + std::to_string(count) + (lasting ? " and all later: " : ": ") + r.err;
                QVERIFY2(r.status == 1 && lines(r.err) == 1, which.c_str());
                int seed = 0;
                if (!isWhole(out())) {
                    QVERIFY2(lasting, which.c_str());
                    ++leftBetween;
                } else {
                    const std::string wrong = stateOf(out(), seed);
                    // With what is obsolete still there, when it could not be moved out nor anything back.
                    QVERIFY2(wrong.empty() && (seed == kOldSeed || lasting), (which + wrong).c_str());
                }
                {
                    const ResultFolder next(out());
                } // finishes what it finds
                const std::string wrong = stateOf(out(), seed);
                QVERIFY2(wrong.empty(), (which + wrong).c_str());
                ++m_faults;
            }
        QVERIFY(leftBetween > 0);
    }

    void quantizeFailsInOneLine_data()
    {
        QTest::addColumn<QString>("call");
        for (const char* call : {"write", "fsync", "rename", "new", "malloc"}) QTest::newRow(call) << call;
    }
    void quantizeFailsInOneLine()
    {
        QFETCH(QString, call);
        const fs::path file = m_folder.path("small.safetensors");
        const std::string before = "what was there";
        const QStringList arguments{"quantize", QString::fromStdString((old() / "model.safetensors").string()), "--bits", "4", "--axis",
            "0", "-o", QString::fromStdString(file.string())};
        const long count = countOf(call.toStdString(), arguments);
        Rng rng(13, call.toStdString());
        for (int i = 0; i < (isLong() ? 100 : 5); ++i) {
            writeFile(file, before);
            const long nth = static_cast<long>(std::pow(static_cast<double>(count), rng.uniform()));
            const Result r =
                cli(arguments, {{{"LD_PRELOAD", shim()}, {"FAULT_CALL", call.toStdString()}, {"FAULT_NTH", std::to_string(nth)}}});
            const std::string which = call.toStdString() + " " + std::to_string(nth) + " of " + std::to_string(count) + ": " + r.err;
            const bool canDoWithout = call == "malloc" || call == "new";
            QVERIFY2((r.status == 0 && canDoWithout) || (r.status == 1 && lines(r.err) == 1), which.c_str());
            if (r.status == 1)
                QVERIFY2(readFile(file, 10'000'000) == before, which.c_str());
            else
                QVERIFY2(messageOf([&] { readSafetensors(file); }).empty(), which.c_str());
            ++m_faults;
        }
    }

    void littleMemoryIsOneLine()
    {
        // From less than the loader needs to enough.
        const rlim_t step = isLong() ? 10 : 60;
        for (rlim_t mebibytes = 100; mebibytes <= 760; mebibytes += step) {
            restore();
            const Result r = cli(runOf(kNewSeed, out(), "png,pdf"), {{}, {{RLIMIT_AS, mebibytes << 20}}});
            const std::string which = std::to_string(mebibytes) + " MiB: " + std::to_string(r.status) + " " + r.err;
            int seed = 0;
            const std::string wrong = stateOf(out(), seed);
            QVERIFY2(wrong.empty(), (which + wrong).c_str());
            // 127: the dynamic loader's, before there is a program.
            QVERIFY2(r.status == 0 || ((r.status == 1 || r.status == 127) && lines(r.err) == 1), which.c_str());
            QVERIFY2(seed == (r.status == 0 ? kNewSeed : kOldSeed), which.c_str());
            ++m_limits;
        }
    }

    void fewFilesAndThreadsAreOneLine()
    {
        for (const rlim_t files : {4, 5, 6, 7, 8, 9, 10, 12, 16, 32}) {
            restore();
            const Result r = cli(runOf(kNewSeed, out(), "png,csv"), {{}, {{RLIMIT_NOFILE, files}}});
            const std::string which = std::to_string(files) + " files: " + std::to_string(r.status) + " " + r.err;
            int seed = 0;
            const std::string wrong = stateOf(out(), seed);
            QVERIFY2(wrong.empty(), (which + wrong).c_str());
            QVERIFY2(r.status == 0 || ((r.status == 1 || r.status == 127) && lines(r.err) == 1), which.c_str());
            QVERIFY2(seed == (r.status == 0 ? kNewSeed : kOldSeed), which.c_str());
            ++m_limits;
        }
    }

    void filesThatGrowTooLargeDoNotEndTheRun()
    {
        restore();
        const Result r = cli(runOf(kNewSeed, out(), "csv"), {{}, {{RLIMIT_FSIZE, 8192}}});
        QCOMPARE(r.status, 1);
        QCOMPARE(lines(r.err), 1u);
        QVERIFY2(contains(r.err, "File too large") && contains(r.out, "float32.accuracy"), r.err.c_str());
        int seed = 0;
        QCOMPARE(stateOf(out(), seed), std::string());
        QCOMPARE(seed, kOldSeed);
        // What could be written is not lost.
        QVERIFY(fs::exists(m_folder.path("out.unfinished/spec.json")));
        ++m_limits;
    }
};

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_faults.moc"
