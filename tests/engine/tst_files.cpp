// Files are read and written in one place: what may be read, how a file lands, what it never does.

#include "engine/data/readers.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "tests/support/files.h"

#include <QtTest>
#include <csignal>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bitstill;

namespace {

struct stat statOf(const std::filesystem::path& file)
{
    struct stat s { };
    lstat(file.c_str(), &s);
    return s;
}

std::ptrdiff_t entriesIn(const std::filesystem::path& folder) { return std::distance(std::filesystem::directory_iterator(folder), {}); }

void makeSocket(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
    const int s = socket(AF_UNIX, SOCK_STREAM, 0);
    QVERIFY(bind(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    close(s);
}

/// A PID that nobody has any more.
pid_t deadProcess()
{
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    waitpid(pid, nullptr, 0);
    return pid;
}

} // namespace

class TestFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void filesLandWholeOrNotAtAll()
    {
        const Folder f;
        writeFile(f.path("deep/er/a.txt"), "one");
        writeFile(f.path("deep/er/a.txt"), "two");
        QCOMPARE(readFile(f.path("deep/er/a.txt"), 100), std::string("two"));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(f.path("deep/er")), {}), 1);
        // A folder where a file is: nothing can be written, and the file stays.
        const std::string message = messageOf([&] { writeFile(f.path("deep/er/a.txt/b.txt"), "x"); });
        QVERIFY2(contains(message, "cannot write"), message.c_str());
        QCOMPARE(readFile(f.path("deep/er/a.txt"), 100), std::string("two"));
    }

    void anUnwritableFolderIsSaid()
    {
        const std::string message = messageOf([] { writeFile("/proc/bitstill.txt", "x"); });
        QVERIFY2(contains(message, "cannot write /proc/bitstill.txt"), message.c_str());
    }

    void aFullDiskIsSaidAndLeavesNothing()
    {
        // The limit on a file's size stands for a disk that fills up half way.
        const Folder f;
        writeFile(f.path("a"), "before");
        rlimit old{};
        getrlimit(RLIMIT_FSIZE, &old);
        const rlimit small{1000, old.rlim_max};
        std::signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        const std::string message = messageOf([&] { writeFile(f.path("a"), std::string(5000, 'x')); });
        setrlimit(RLIMIT_FSIZE, &old);
        QVERIFY2(contains(message, "cannot write"), message.c_str());
        QCOMPARE(readFile(f.path("a"), 100), std::string("before"));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(f.path()), {}), 1);
    }

    void readingHasALimit()
    {
        const Folder f;
        f.write("a", std::string(1000, 'x'));
        QVERIFY(contains(messageOf([&] { readFile(f.path("a"), 999); }), "larger than"));
        QVERIFY(contains(messageOf([&] { readFile(f.path(), 999); }), "is a folder"));
        QVERIFY(contains(messageOf([&] { readFile(f.path("none"), 999); }), "cannot open"));
    }

    void onlyRegularFilesAreRead()
    {
        const Folder f;
        mkfifo(f.path("fifo").c_str(), 0600);
        makeSocket(f.path("socket"));
        for (const auto& file : {f.path("fifo"), f.path("socket"), std::filesystem::path("/dev/zero"), std::filesystem::path("/dev/tty")})
            QVERIFY2(contains(messageOf([&] { readFile(file, 999); }), "not a file"), file.c_str());
        // Every reader opens the same way.
        for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"})
            mkfifo(f.path(name).c_str(), 0600);
        const DatasetOptions options{.path = f.path("fifo")};
        QVERIFY(contains(messageOf([&] { readIdx(f.path("fifo")); }), "not a file"));
        QVERIFY(contains(messageOf([&] { readIdxFolder({.path = f.path()}); }), "not a file"));
        QVERIFY(contains(messageOf([&] { readCsv(options); }), "not a file"));
        QVERIFY(contains(messageOf([&] { readNpy(f.path("fifo")); }), "not a file"));
        QVERIFY(contains(messageOf([&] { readSafetensors(f.path("fifo")); }), "not a file"));
        std::filesystem::create_symlink(f.write("a", "text"), f.path("link"));
        QCOMPARE(readFile(f.path("link"), 4), std::string("text"));
        QVERIFY(contains(readFile("/proc/self/status", 1'000'000), "VmRSS"));
    }

    void theSizeIsAskedBeforeReading()
    {
        // A file of 1 TB that takes no room: reading it would take as long as the test may.
        const Folder f;
        f.write("huge", "x");
        if (truncate(f.path("huge").c_str(), 1'000'000'000'000) != 0) QSKIP("this file system has no files with holes");
        QVERIFY(contains(messageOf([&] { readFile(f.path("huge"), 4'000'000'000); }), "larger than"));
        QVERIFY(contains(messageOf([&] { readSafetensors(f.path("huge")); }), "larger than"));
    }

    void devicesFifosAndSocketsAreNeverReplaced()
    {
        const Folder f;
        writeFile("/dev/null", "x");
        QVERIFY(S_ISCHR(statOf("/dev/null").st_mode));
        QVERIFY(contains(messageOf([] { writeFile("/dev/full", "x"); }), "No space left"));
        mkfifo(f.path("fifo").c_str(), 0600);
        QVERIFY(contains(messageOf([&] { writeFile(f.path("fifo"), "x"); }), "nobody reads"));
        const int reader = open(f.path("fifo").c_str(), O_RDONLY | O_NONBLOCK);
        writeFile(f.path("fifo"), "through");
        char got[8] = {};
        QCOMPARE(read(reader, got, sizeof got), 7);
        QCOMPARE(std::string(got), std::string("through"));
        close(reader);
        QVERIFY(S_ISFIFO(statOf(f.path("fifo")).st_mode));
        makeSocket(f.path("socket"));
        QVERIFY(contains(messageOf([&] { writeFile(f.path("socket"), "x"); }), "socket"));
        QVERIFY(S_ISSOCK(statOf(f.path("socket")).st_mode));
        QVERIFY(contains(messageOf([&] { writeFile(f.path(), "x"); }), "Is a directory"));
        std::filesystem::create_symlink("/dev/null", f.path("null"));
        writeFile(f.path("null"), "x");
        QVERIFY(S_ISLNK(statOf(f.path("null")).st_mode));
        QCOMPARE(entriesIn(f.path()), 3);
    }

    void symbolicLinksAreFollowed()
    {
        const Folder f;
        std::filesystem::create_directory(f.path("d"));
        writeFile(f.path("d/real"), "old");
        std::filesystem::create_symlink("d/real", f.path("one"));
        std::filesystem::create_symlink("one", f.path("two"));
        std::filesystem::create_symlink(f.path("d/not yet"), f.path("dangling"));
        std::filesystem::create_symlink("loop", f.path("loop"));
        writeFile(f.path("two"), "new");
        QCOMPARE(readFile(f.path("d/real"), 10), std::string("new"));
        QVERIFY(S_ISLNK(statOf(f.path("two")).st_mode) && S_ISLNK(statOf(f.path("one")).st_mode));
        writeFile(f.path("dangling"), "made");
        QCOMPARE(readFile(f.path("d/not yet"), 10), std::string("made"));
        QVERIFY(S_ISLNK(statOf(f.path("dangling")).st_mode));
        QVERIFY(contains(messageOf([&] { writeFile(f.path("loop"), "x"); }), "symbolic links"));
    }

    void modeAndOwnerAreKept()
    {
        const Folder f;
        for (const mode_t mode : {0600, 0640, 0664, 0755}) {
            writeFile(f.path("a"), "one");
            chmod(f.path("a").c_str(), mode);
            if (geteuid() == 0) QCOMPARE(chown(f.path("a").c_str(), 1234, 2345), 0);
            writeFile(f.path("a"), "two");
            QCOMPARE(statOf(f.path("a")).st_mode & 07777u, mode);
            if (geteuid() == 0) QVERIFY(statOf(f.path("a")).st_uid == 1234 && statOf(f.path("a")).st_gid == 2345);
        }
        const mode_t old = umask(027);
        writeFile(f.path("fresh"), "x");
        umask(old);
        QCOMPARE(statOf(f.path("fresh")).st_mode & 0777u, 0640u);
        if (geteuid() == 0) return; // root may write everything
        chmod(f.path("a").c_str(), 0444);
        QVERIFY(contains(messageOf([&] { writeFile(f.path("a"), "three"); }), "Permission denied"));
    }

    void temporaryNamesCannotBeForeseen()
    {
        // What the old name was, laid out by somebody else as a link to a file of ours: it stays a link, and the file as it was.
        const Folder f;
        f.write("precious", "mine");
        const auto foreseen = f.path("a.part-" + std::to_string(getpid()));
        std::filesystem::create_symlink(f.path("precious"), foreseen);
        writeFile(f.path("a"), "x");
        QCOMPARE(readFile(f.path("precious"), 10), std::string("mine"));
        QVERIFY(S_ISLNK(statOf(foreseen).st_mode));
        QVERIFY(partName(f.path("a")) != partName(f.path("a")));
    }

    void longNamesAreWritten()
    {
        const Folder f;
        std::string korean;
        for (int i = 0; i < 85; ++i) korean += "\xEA\xB0\x80"; // three bytes each
        for (const std::string& name : {std::string(240, 'n'), std::string(255, 'n'), korean}) {
            writeFile(f.path(name), "x");
            QCOMPARE(readFile(f.path(name), 10), std::string("x"));
            QVERIFY(partName(f.path(name)).filename().string().size() <= 255);
        }
        QVERIFY(contains(messageOf([&] { writeFile(f.path(std::string(256, 'n')), "x"); }), "name too long"));
        QCOMPARE(entriesIn(f.path()), 3);
    }

    void whatTheDeadLeftIsRemoved()
    {
        const Folder f;
        const std::string dead = std::to_string(deadProcess()), random = "0123456789abcdef";
        const std::string left = "record.json.part-" + dead + "-" + random, held = "b.part-" + dead + "-" + random;
        const std::vector<std::string> stay{held, "a.part-" + std::to_string(getppid()) + "-" + random, "thesis.part-" + dead,
            "x.part-" + dead + "-0123", ".part-" + dead + "-" + random};
        f.write(left, "half");
        for (const std::string& name : stay) f.write(name, "not to be touched");
        const int lock = open(f.path(held).c_str(), O_RDONLY); // a process of another machine: its PID means nothing here
        flock(lock, LOCK_EX);
        writeFile(f.path("a"), "x");
        QVERIFY(!std::filesystem::exists(f.path(left)));
        for (const std::string& name : stay) QVERIFY2(std::filesystem::exists(f.path(name)), name.c_str());
        close(lock);
        QCOMPARE(abandonedParts(f.path()), std::vector{f.path(held)});
    }

    /// Dead, but still among the processes.
    void whatOneLeftWhomNobodyCollectsIsRemoved()
    {
        const Folder f;
        const pid_t child = fork();
        if (child == 0) _exit(0);
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
        const std::string left = "a.part-" + std::to_string(child) + "-0123456789abcdef";
        f.write(left, "half");
        QCOMPARE(abandonedParts(f.path()), std::vector{f.path(left)});
        waitpid(child, nullptr, 0);
    }

    void aWriterThatIsKilledLeavesTheOldOrTheNew()
    {
        const Folder f;
        const std::string old(3'000'000, 'o'), fresh(3'000'000, 'n');
        writeFile(f.path("a"), old);
        for (int round = 0; round < 12; ++round) {
            const pid_t child = fork();
            if (child == 0) {
                while (true) writeFile(f.path("a"), fresh);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1 + 2 * round));
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
            const std::string now = readFile(f.path("a"), 10'000'000);
            QVERIFY(now == old || now == fresh);
        }
        writeFile(f.path("a"), old);
        QCOMPARE(entriesIn(f.path()), 1);
    }

    void twoWritersDoNotDisturbEachOther()
    {
        const Folder f;
        const auto keepWriting = [&](char c) {
            for (int i = 0; i < 50; ++i) writeFile(f.path("a"), std::string(10'000, c));
        };
        std::thread other(keepWriting, 'x');
        keepWriting('y');
        other.join();
        const std::string now = readFile(f.path("a"), 20'000);
        QVERIFY(now == std::string(10'000, 'x') || now == std::string(10'000, 'y'));
        QCOMPARE(entriesIn(f.path()), 1);
    }

    void namesThatAreNotUtf8GoWhereTheyWereAskedTo()
    {
        const Folder f;
        const std::string latin1 = "caf\xE9.txt";
        writeFile(f.path(latin1), "x");
        QCOMPARE(std::filesystem::directory_iterator(f.path())->path().filename().string(), latin1);
        QCOMPARE(readFile(f.path(latin1), 10), std::string("x"));
        std::filesystem::remove(f.path(latin1)); // Qt's temporary folder cannot
        const std::string message = messageOf([&] { readFile(f.path(latin1 + "\x1b[31m\n" + std::string(5000, 'z')), 10); });
        QVERIFY2(
            !contains(message, "\x1b") && !contains(message, "\n") && !contains(message, "\xE9") && message.size() < 1500, message.c_str());
    }
};

QTEST_APPLESS_MAIN(TestFiles)
#include "tst_files.moc"
