// A result takes the place of an earlier one as a whole, and only of that.

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/io/result_folder.h"
#include "tests/support/files.h"

#include <QtTest>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bitstill;
namespace fs = std::filesystem;

namespace {

const std::string kNotes = "somebody's own";

void writeResult(const fs::path& folder, const std::string& what, const std::vector<std::string>& figures)
{
    ResultFolder results(folder);
    results.write("record.json", "{\"spec\":{},\"outcome\":\"finished\",\"what\":\"" + what + "\"}");
    results.write("spec.json", "{\"experiment\":\"" + what + "\"}");
    for (const std::string& f : figures) results.write("figures/" + f, what);
    results.commit();
}

std::string specIn(const fs::path& folder)
{
    return nlohmann::json::parse(readFile(folder / "spec.json", 1000))["experiment"].get<std::string>();
}

std::set<std::string> filesIn(const fs::path& folder)
{
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (!entry.is_directory()) names.insert(entry.path().lexically_relative(folder).string());
    return names;
}

ino_t inodeOf(const fs::path& p)
{
    struct stat s { };
    return stat(p.c_str(), &s) == 0 ? s.st_ino : 0;
}

/// Stands in a folder for as long as it lives: one that is somebody's working folder cannot be exchanged.
struct Standing {
    fs::path before = fs::current_path();
    explicit Standing(const fs::path& p) { fs::current_path(p); }
    ~Standing() { fs::current_path(before); }
};

} // namespace

class TestResultFolder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesThePlaceOfTheEarlierOneAndOfNothingElse_data()
    {
        QTest::addColumn<bool>("standing");
        QTest::newRow("exchanged") << false;
        QTest::newRow("moved") << true;
    }
    void takesThePlaceOfTheEarlierOneAndOfNothingElse()
    {
        QFETCH(bool, standing);
        const Folder f;
        const fs::path out = f.path("out");
        writeResult(out, "first", {"a.svg", "b.svg"});
        f.write("out/notes.txt", kNotes);
        f.write("out/figures/mine.svg", kNotes);
        fs::create_directories(out / "mine/deep");
        f.write("out/mine/deep/x", kNotes);
        fs::create_symlink("notes.txt", out / "link");
        chmod(out.c_str(), 0750);
        const ino_t folder = inodeOf(out), notes = inodeOf(out / "notes.txt");
        {
            const std::optional<Standing> here = standing ? std::optional<Standing>(std::in_place, out) : std::nullopt;
            writeResult(standing ? fs::path(".") : out, "second", {"b.svg", "c.svg"});
        }
        QCOMPARE(inodeOf(out) == folder, standing);
        QCOMPARE(inodeOf(out / "notes.txt"), notes); // the file itself, not a copy
        QCOMPARE(specIn(out), std::string("second"));
        QVERIFY(isWhole(out));
        QCOMPARE(filesIn(out),
            (std::set<std::string>{"manifest.json", "record.json", "spec.json", "figures/b.svg", "figures/c.svg", "figures/mine.svg",
                "notes.txt", "mine/deep/x", "link"}));
        QCOMPARE(readFile(out / "figures/mine.svg", 100), kNotes);
        QVERIFY(fs::is_symlink(out / "link"));
        QCOMPARE(fs::status(out).permissions(), fs::perms(0750));
        QCOMPARE(filesIn(f.path()).size(), filesIn(out).size()); // nothing is left beside it
    }

    void twoAtOnceDoNotMix()
    {
        const Folder f;
        ResultFolder first(f.path("out"));
        QVERIFY(contains(messageOf([&] { ResultFolder second(f.path("out/.")); }), "another run is writing"));
        first.write("record.json", "{\"spec\":{},\"outcome\":\"finished\"}");
        first.commit();
        // As long as it lives the folder is its.
        QVERIFY(contains(messageOf([&] { ResultFolder second(f.path("out")); }), "another run is writing"));
    }

    void namesStayInTheFolder()
    {
        const Folder folder;
        ResultFolder result(folder.path("out"));
        for (const char* name : {"../x", "a/../../x", "/tmp/x", "", ".", "a/./b"}) QVERIFY_EXCEPTION_THROWN(result.write(name, "x"), Error);
        result.write("models/a.b", "x");
        result.commit();
        QVERIFY(fs::exists(folder.path("out/models/a.b")) && !fs::exists(folder.path("x")));
    }

    void whatIsNotCommittedIsNowhere()
    {
        const Folder f;
        {
            ResultFolder nothing(f.path("out"));
        }
        QVERIFY(filesIn(f.path()).empty() && !fs::exists(f.path("out")));
        writeResult(f.path("out"), "first", {"a.svg"});
        const std::set<std::string> before = filesIn(f.path());
        {
            ResultFolder next(f.path("out"));
            next.write("record.json", "{}");
        }
        QCOMPARE(filesIn(f.path()), before);
        QCOMPARE(specIn(f.path("out")), std::string("first"));
    }

    void namesOfSomebodyElseAreNotTaken()
    {
        const Folder f;
        fs::create_directories(f.path("out/figures"));
        f.write("out/record.json", "{\"tracks\": 12}");
        QVERIFY(contains(messageOf([&] { ResultFolder r(f.path("out")); }), "out/record.json was not written by Bitstill"));
        QCOMPARE(filesIn(f.path()).size(), 1u);
        fs::remove(f.path("out/record.json"));
        f.write("out/figures/loss.svg", kNotes);
        f.write("out/models", kNotes); // where a folder should be
        ResultFolder r(f.path("out"));
        r.write("record.json", "{}");
        QVERIFY(contains(messageOf([&] { r.write("figures/loss.svg", "x"); }), "was not written by Bitstill"));
        QVERIFY(contains(messageOf([&] { r.write("models/teacher.safetensors", "x"); }), "cannot write"));
        r.commit();
        QCOMPARE(readFile(f.path("out/figures/loss.svg"), 100), kNotes);
        QCOMPARE(readFile(f.path("out/models"), 100), kNotes);
        QVERIFY(fs::exists(f.path("out/record.json")));
    }

    /// Edited and not written again, it is somebody's work.
    void anEditedFileStaysUnlessItIsWrittenAgain()
    {
        const Folder f;
        writeResult(f.path("out"), "first", {"a.svg", "b.svg"});
        f.write("out/figures/a.svg", kNotes);
        f.write("out/spec.json", "{\"experiment\":\"edited\"}");
        writeResult(f.path("out"), "second", {"b.svg"});
        QCOMPARE(readFile(f.path("out/figures/a.svg"), 100), kNotes);
        QCOMPARE(specIn(f.path("out")), std::string("second"));
    }

    /// Before there were manifests a result was what its record tells of.
    void aResultOfAnOlderVersionIsReplaced()
    {
        const Folder f;
        fs::create_directories(f.path("out/figures"));
        f.write("out/record.json", R"({"spec":{},"outcome":"finished","figures":[{"id":"loss"}]})");
        f.write("out/spec.json", R"({"experiment":"before-after"})");
        f.write("out/model.safetensors", "weights");
        f.write("out/figures/loss.svg", "loss");
        f.write("out/figures/mine.svg", kNotes);
        writeResult(f.path("out"), "second", {"a.svg"});
        QCOMPARE(filesIn(f.path("out")),
            (std::set<std::string>{"manifest.json", "record.json", "spec.json", "figures/a.svg", "figures/mine.svg"}));
    }

    void whatCouldNotTakeThePlaceIsKeptBesideIt()
    {
        const Folder f;
        writeResult(f.path("out"), "first", {});
        for (const char* name : {"out.unfinished", "out.unfinished-2"}) {
            ResultFolder r(f.path("out"));
            QVERIFY(r.hasEarlier());
            r.write("record.json", "{}");
            QCOMPARE(r.keepBeside(), fs::canonical(f.path()) / name);
        }
        QCOMPARE(specIn(f.path("out")), std::string("first"));
        QCOMPARE(readFile(f.path("out.unfinished/record.json"), 100), std::string("{}"));
    }

    /// A process is killed between any two system calls of moving: the next one goes on.
    void movesThatWereCutShortAreFinished()
    {
        const Folder f;
        writeResult(f.path("out"), "first", {"a.svg", "b.svg"});
        f.write("out/notes.txt", kNotes);
        const fs::path stage = f.path("out.part-999999999-0123456789abcdef");
        fs::create_directories(stage / "figures");
        f.write(stage.filename().string() + "/.unfinished", "");
        const auto put = [&](const std::string& name, const std::string& bytes) { f.write((stage.filename() / name).string(), bytes); };
        put("spec.json", "{\"experiment\":\"second\"}");
        put("figures/b.svg", "second");
        const Manifest manifest{{"record.json", listedFile("{}")}, {"spec.json", listedFile("{\"experiment\":\"second\"}")},
            {"figures/b.svg", listedFile("second")}};
        put("manifest.json", manifestBytes(manifest));
        f.write("out/record.json", "{}"); // this one has arrived
        f.write("out/.bitstill-commit.json",
            R"({"from":"out.part-999999999-0123456789abcdef","names":["figures/b.svg","record.json","spec.json","manifest.json"],"obsolete":["figures/a.svg"]})");
        {
            ResultFolder next(f.path("out"));
        }
        QVERIFY(isWhole(f.path("out")));
        QCOMPARE(specIn(f.path("out")), std::string("second"));
        QCOMPARE(filesIn(f.path()),
            (std::set<std::string>{"out/manifest.json", "out/record.json", "out/spec.json", "out/figures/b.svg", "out/notes.txt"}));
    }

    void whatKilledRunsLeftIsClearedAway()
    {
        const Folder f;
        writeResult(f.path("out"), "first", {});
        const fs::path stage = f.path("out.part-999999999-0123456789abcdef"), other = f.path("else.part-999999999-0123456789abcdef");
        for (const fs::path& p : {stage, other}) {
            fs::create_directories(p / "models");
            writeFile(p / ".unfinished", "");
            writeFile(p / "models/teacher.safetensors", "half");
        }
        {
            ResultFolder next(f.path("out"));
        }
        QVERIFY(!fs::exists(stage) && fs::exists(other)); // another folder's is that one's
        QVERIFY(!fs::exists(f.path("out/models")));
    }
};

QTEST_GUILESS_MAIN(TestResultFolder)
#include "tst_result_folder.moc"
