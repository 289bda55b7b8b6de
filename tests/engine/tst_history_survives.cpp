// The history killed at random moments, used by several at once, on a full disk, and damaged.
// HISTORY_ROUND=long (./check full) kills many more times.

#include "engine/core/rng.h"
#include "engine/core/sha256.h"
#include "engine/io/files.h"
#include "tests/support/history.h"

#include <QtTest>
#include <csignal>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bitstill;
namespace fs = std::filesystem;

namespace {

/// A process that does this and ends; 0 when nothing was thrown.
template <class Work> pid_t started(const Work& work)
{
    const pid_t pid = fork();
    if (pid != 0) return pid;
    int status = 0;
    try {
        work();
    } catch (const Error& e) {
        status = std::string(e.what()).size() > 10 ? 3 : 4;
    } catch (...) {
        status = 5;
    }
    _exit(status);
}

int ended(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Adds runs for ever, begun and ended, and says which are kept: a number in the pipe for each end() that has returned.
void addForEver(const fs::path& store, int first, int pipe)
{
    History history(store);
    for (int i = first;; ++i) {
        const Record record = recordOf(i);
        history.end(history.begin(record.spec, "window"), record, modelsOf(i));
        if (write(pipe, &i, sizeof i) != sizeof i) return;
    }
}

std::set<int> numbersIn(int pipe)
{
    std::set<int> numbers;
    for (int i = 0; read(pipe, &i, sizeof i) == sizeof i;) numbers.insert(i);
    return numbers;
}

std::set<int> seedsIn(History& history)
{
    std::set<int> seeds;
    for (const HistoryEntry& e : history.find()) {
        seeds.insert(static_cast<int>(e.seed));
        // The whole of it: its record and its weights.
        if (!contains(history.record(e.id), "\"metrics\"") || !sameModels(history.models(e.id), modelsOf(static_cast<int>(e.seed))))
            return {};
    }
    return seeds;
}

void spoil(const fs::path& file, std::uintmax_t from, std::uintmax_t bytes)
{
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(from));
    for (std::uintmax_t i = 0; i < bytes; ++i) stream.put(static_cast<char>(i * 37));
}

/// A store with these runs; the first one has a star, a tag and a note.
const TouchedSettings kTouched{.changed = {{"quant.bits", std::int64_t{4}}}, .metrics = {{"x.accuracy", 0.5}}};

void fill(const fs::path& store, int runs)
{
    History history(store);
    for (int i = 1; i <= runs; ++i) {
        const RunId run = history.add(recordOf(i), modelsOf(i), i, "before").id;
        if (i > 1) continue;
        history.setStarred(run, true);
        history.addTag(run, "tagged");
        history.setNote(run, "noted");
        history.touch(run, kTouched);
    }
}

/// Where a table and its index begin in the file, counted from 1.
std::set<std::int64_t> pagesOf(const fs::path& file, const std::string& table)
{
    std::set<std::int64_t> pages;
    Database database(file);
    for (Statement row = database.query("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?", {table}); row.step();)
        pages.insert(row.integer(0));
    return pages;
}

std::set<int> upTo(int n)
{
    std::set<int> numbers;
    for (int i = 1; i <= n; ++i) numbers.insert(i);
    return numbers;
}

} // namespace

class TestHistorySurvives : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void killedAtAnyMomentItHoldsEveryRun()
    {
        const Folder folder;
        const fs::path store = folder.path("store");
        Rng rng(5, "kills");
        std::set<int> told;
        const int kills = qEnvironmentVariable("HISTORY_ROUND") == QLatin1String("long") ? 50 : 10;
        for (int i = 0; i < kills; ++i) {
            int ends[2];
            QCOMPARE(pipe2(ends, O_CLOEXEC), 0);
            const pid_t pid = started([&] { addForEver(store, 1 + 1000 * i, ends[1]); });
            close(ends[1]);
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(400 * std::min(kSlow, 5) * rng.uniform()));
            kill(pid, SIGKILL);
            QCOMPARE(ended(pid), 128 + SIGKILL);
            told.merge(numbersIn(ends[0]));
            close(ends[0]);
            History history(store);
            const std::set<int> kept = seedsIn(history);
            QVERIFY2(std::ranges::includes(kept, told), ("kill " + std::to_string(i)).c_str());
            QVERIFY(kept.size() <= told.size() + static_cast<std::size_t>(i) + 1); // at most the one whose end was not told
            // At most one was under way; it is offered, until it is dismissed.
            const std::vector<UnfinishedRun> unfinished = history.unfinished();
            QVERIFY(unfinished.size() <= 1);
            for (const UnfinishedRun& run : unfinished) history.dismiss(run.id);
            QVERIFY(history.unfinished().empty());
            QVERIFY(history.check().isWhole());
        }
        QVERIFY(!told.empty());
        History::repair(store); // files of runs that were not ended
        QVERIFY(History(store).check().orphans.empty());
        History history(store);
        QVERIFY(std::ranges::includes(seedsIn(history), told));
    }

    void severalAddAtOnce()
    {
        const Folder folder;
        const fs::path store = folder.path("store");
        std::vector<pid_t> processes; // the store is made by whoever is first
        for (int p = 0; p < 3; ++p)
            processes.push_back(started([&] {
                History history(store);
                for (int i = 1; i <= 5; ++i) history.add(recordOf(10 * p + i), modelsOf(10 * p + i), i, "");
            }));
        for (const pid_t pid : processes) QCOMPARE(ended(pid), 0);
        History history(store);
        QCOMPARE(seedsIn(history).size(), std::size_t{15});
        QVERIFY(history.check().isWhole() && history.check().orphans.empty());
    }

    void whatOneForgetsAnotherKeeps()
    {
        // The same weights come and go: the file that one removes must not be the one that the other has just named.
        const Folder folder;
        const fs::path store = folder.path("store");
        fill(store, 1);
        const auto comeAndGo = [&](int first) {
            return started([&store, first] {
                History history(store);
                for (int i = first; i < first + 10; ++i) history.forget({history.add(recordOf(i), modelsOf(7), i, "").id});
                history.add(recordOf(first + 10), modelsOf(first + 10), 1, "");
            });
        };
        const pid_t a = comeAndGo(100), b = comeAndGo(200);
        QCOMPARE(ended(a), 0);
        QCOMPARE(ended(b), 0);
        History history(store);
        QCOMPARE(seedsIn(history), (std::set<int>{1, 110, 210}));
        QVERIFY(history.check().isWhole() && history.check().orphans.empty());
    }

    /// Each size at which a file may stop growing: of a blob, of the log, of the file itself.
    void aFileThatCannotGrowLosesNothing()
    {
        const Folder folder;
        const fs::path store = folder.path("store");
        fill(store, 2);
        int failed = 0;
        for (rlim_t limit = 0; limit < 100'000; limit = 2 * limit + 200) {
            const int status = ended(started([&] {
                std::signal(SIGXFSZ, SIG_IGN);
                const rlimit most{limit, limit};
                setrlimit(RLIMIT_FSIZE, &most);
                History(store).add(recordOf(50), modelsOf(50), 1, "");
            }));
            QVERIFY2(status == 0 || status == 3, ("limit " + std::to_string(limit) + ": " + std::to_string(status)).c_str());
            failed += status == 3;
            History history(store);
            std::set<int> expected = upTo(2);
            if (status == 0) expected.insert(50);
            QCOMPARE(seedsIn(history), expected);
            QVERIFY(history.check().isWhole());
        }
        QVERIFY(failed > 3);
    }

    void aFullDiskLosesNothing()
    {
        const Folder folder;
        const fs::path disk = folder.path("disk"), store = disk / "store";
        fs::create_directory(disk);
        if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) QSKIP("only root may make a small disk");
        struct Unmount {
            fs::path disk;
            ~Unmount() { umount2(disk.c_str(), MNT_DETACH); }
        } const unmount{disk};
        int kept = 0;
        std::string message;
        History history(store);
        for (int i = 1; message.empty() && i < 1000; ++i) {
            message = messageOf([&] { history.add(recordOf(i), modelsOf(i, 5000), i, ""); });
            kept += message.empty();
        }
        QVERIFY2(contains(message, "No space left on device") || contains(message, "the disk is full"), message.c_str());
        QVERIFY(kept > 5 && kept < 1000);
        QCOMPARE(history.count(), std::int64_t{kept});
        QVERIFY(history.check().isWhole());
        // Somebody else takes the last byte: even that runs go has no room to be written, until their files are gone.
        {
            std::ofstream rest(disk / "rest", std::ios::binary);
            for (const std::string block(512, 'x'); rest.write(block.data(), 512).flush();) { }
        }
        // With room again the same run is kept.
        std::vector<RunId> oldest;
        for (const HistoryEntry& e : history.find({.descending = false, .limit = 5})) oldest.push_back(e.id);
        history.forget(oldest);
        QCOMPARE(history.count(), std::int64_t{kept - 5});
        QVERIFY(history.add(recordOf(kept + 1), modelsOf(kept + 1), 1, "").isNew);
        QVERIFY(history.check().isWhole());
    }

    void aDamagedFileIsRepaired_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("bytes");
        QTest::newRow("all of it") << 0 << 1'000'000;
        QTest::newRow("its header") << 0 << 100;
        QTest::newRow("the tables' names") << 100 << 4000;
        for (int page = 1; page < 17; ++page) QTest::newRow(("page " + std::to_string(page)).c_str()) << 4096 * page << 4096;
    }
    void aDamagedFileIsRepaired()
    {
        QFETCH(int, from);
        QFETCH(int, bytes);
        const Folder folder;
        const fs::path store = folder.path("store"), file = store / "history.db";
        fill(store, 5);
        const bool holdsTouched = pagesOf(file, "touched").contains(from / 4096 + 1);
        const std::uintmax_t size = fs::file_size(file), first = static_cast<std::uintmax_t>(from);
        if (first >= size) QSKIP("the file has no such page");
        spoil(file, first, std::min(size - first, static_cast<std::uintmax_t>(bytes)));
        const std::string before = readFile(file, 10'000'000);
        const bool isSeen = !messageOf([&] {
            if (!History(store).check().damage.empty()) throw std::runtime_error("damaged");
        }).empty();
        const HistoryRepair done = History::repair(store);
        QCOMPARE(done.broken.empty(), !isSeen); // a free page that is spoilt is no damage
        QCOMPARE(done.runs, std::int64_t{5});
        History history(store);
        QCOMPARE(seedsIn(history), upTo(5));
        QVERIFY(history.check().isWhole());
        if (isSeen) QCOMPARE(readFile(done.broken, 10'000'000), before);
        for (const HistoryEntry& e : history.find()) QVERIFY(history.metrics(e.id) == (Metrics{{"accuracy", 0.5}}));
        if (done.recovered == 0) { // the rows were there
            const std::vector<HistoryEntry> starred = history.find({.starredOnly = true});
            QVERIFY(starred.size() == 1 && starred[0].note == "noted" && starred[0].seed == 1);
            if (!holdsTouched) QVERIFY(history.touched("number-line").at(starred[0].id) == std::vector<TouchedSettings>{kTouched});
        }
    }

    void aDamagedFileSaysSo()
    {
        const Folder folder;
        fill(folder.path("store"), 1);
        spoil(folder.path("store/history.db"), 0, 100);
        QVERIFY_THROWS_EXCEPTION(HistoryDamaged, History(folder.path("store")));
    }

    void whatWasNotClosedIsLookedAt()
    {
        // A page in the middle that opening does not read: only a check sees it.
        const Folder folder;
        const fs::path store = folder.path("store");
        fill(store, 5);
        spoil(store / "history.db", 4 * 4096, 4096);
        QVERIFY(History(store).count() == 5);
        writeFile(store / "history.db-wal", "");
        QVERIFY_THROWS_EXCEPTION(HistoryDamaged, History{store});
    }

    void aLostFileIsFoundAgain()
    {
        // All rows gone: what the files say of themselves is enough.
        const Folder folder;
        const fs::path store = folder.path("store");
        fill(store, 4);
        fs::remove(store / "history.db");
        QCOMPARE(History::repair(store).recovered, std::int64_t{4});
        History history(store);
        QCOMPARE(seedsIn(history), upTo(4));
        QCOMPARE(history.find({.descending = false}).front().source, std::string("before"));
        QCOMPARE(history.find({.descending = false}).front().started, std::int64_t{1});
    }

    void aRunThatLacksAFileIsMarked()
    {
        const Folder folder;
        const fs::path store = folder.path("store");
        fill(store, 3);
        // The record of one and the weights of another.
        std::string record, weights;
        {
            Database database(store / "history.db");
            Statement row = database.query("SELECT record FROM runs WHERE id = 1 UNION ALL SELECT hash FROM models WHERE run = 2");
            row.step();
            record = row.text(0);
            row.step();
            weights = row.text(0);
        }
        const HistoryBlobs blobs(store / "blobs");
        spoil(blobs.file(record), 10, 5);
        fs::remove(blobs.file(weights));
        QVERIFY(contains(messageOf([&] { History(store).record(1); }), "not what was written"));
        QCOMPARE(History(store).check().missing, (std::vector<RunId>{1, 2}));
        QCOMPARE(History::repair(store).missing, std::int64_t{2});
        History history(store);
        QVERIFY(history.entry(1).missing && history.entry(2).missing && !history.entry(3).missing);
        QCOMPARE(history.read(2).leftOut.size(), std::size_t{1}); // its record is shown without its network
        // The same run from elsewhere heals it, with its star and note.
        QVERIFY(!history.add(recordOf(1), modelsOf(1), 1, "").isNew && !history.add(recordOf(2), modelsOf(2), 1, "").isNew);
        QVERIFY(history.check().isWhole());
        QVERIFY(!history.entry(1).missing && history.entry(1).starred && !history.entry(2).missing);
    }

    void nobodyRepairsWhatIsOpen()
    {
        const Folder folder;
        const History open(folder.path());
        QVERIFY(contains(messageOf([&] { History::repair(folder.path()); }), "another Bitstill has this history open"));
    }

    void aRecordThatUnpacksToNothingIsRefused()
    {
        // A file under its right name that is no record.
        const Folder folder;
        fill(folder.path("store"), 1);
        const std::string junk = "not compressed", name = sha256(junk);
        HistoryBlobs(folder.path("store/blobs")).put(name, junk);
        Database database(folder.path("store/history.db"));
        database.run("INSERT INTO blobs VALUES (?, 14)", {name});
        database.run("UPDATE runs SET record = ?", {name});
        QVERIFY(contains(messageOf([&] { History(folder.path("store")).record(1); }), "damaged"));
        // A name that leads elsewhere is no name.
        database.run("PRAGMA foreign_keys = OFF");
        database.run("UPDATE runs SET record = '../../../../etc/passwd'");
        QVERIFY(contains(messageOf([&] { History(folder.path("store")).record(1); }), "not what was written"));
    }
};

QTEST_GUILESS_MAIN(TestHistorySurvives)
#include "tst_history_survives.moc"
