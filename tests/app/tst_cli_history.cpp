// bitstill-cli history, and runs that are kept.

#include "engine/io/files.h"
#include "engine/store/history.h"
#include "tests/support/cli.h"

#include <QtTest>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

using namespace bitstill;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

QString q(const fs::path& path) { return QString::fromStdString(path.string()); }

QStringList numberLine(int bits)
{
    return {"run", "number-line", "--set", "values.count=1000", "--set", QStringLiteral("quant.bits=%1").arg(bits)};
}

std::map<std::string, std::string> filesOf(const fs::path& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = readFile(entry.path(), 100'000'000);
    return files;
}

} // namespace

class TestCliHistory : public QObject {
    Q_OBJECT

    Folder m_folder;
    QString m_store;

    Result history(QStringList arguments) const
    {
        arguments.prepend(QStringLiteral("history"));
        return cli(arguments << QStringLiteral("--store") << m_store);
    }
    json listed(QStringList arguments = {}) const
    {
        const Result r = history(QStringList{"list", "--json"} << arguments);
        return json::parse(r.out, nullptr, false);
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("LC_ALL", "C"); // whatever the tester's language is
        qputenv("XDG_DATA_HOME", m_folder.path("data").c_str());
    }
    void init() { m_store = q(m_folder.path(QTest::currentTestFunction())); }

    void aRunIsKept()
    {
        const Result r = cli(numberLine(3) << "--store" << m_store << "--seed"
                                           << "5"
                                           << "--json");
        QVERIFY2(r.status == 0 && r.err.empty(), r.err.c_str());
        const json runs = listed();
        QCOMPARE(runs.size(), std::size_t{1});
        QCOMPARE(runs[0]["experiment"].get<std::string>(), std::string("number-line"));
        QCOMPARE(runs[0]["changed"]["quant.bits"].get<int>(), 3);
        QCOMPARE(runs[0]["seed"].get<int>(), 5);
        QCOMPARE(runs[0]["outcome"].get<std::string>(), std::string("finished"));
        QCOMPARE(runs[0]["source"].get<std::string>(), std::string("command line"));
        QVERIFY(runs[0]["metrics"] == json::parse(r.out));
        const Result text = history({"list"});
        QVERIFY2(contains(text.out, "quant.bits=3") && contains(text.out, "1 run, "), text.out.c_str());
    }

    void whatWasTriedIsOfOneKindOfData()
    {
        for (const char* set : {"rings", "moons"}) {
            const QStringList run{"run", "before-after", "--set", QStringLiteral("data.set=") + QLatin1String(set), "--set",
                "data.samples=200", "--set", "model.name=mlp-8", "--set", "train.epochs=1", "--store", m_store};
            QCOMPARE(cli(run).status, 0);
        }
        const Result moons = history({"pareto", "--json"}), rings = history({"pareto", "--json", "--data", "rings"});
        QVERIFY2(moons.status == 0, moons.err.c_str());
        QCOMPARE(json::parse(moons.out)["data"].get<std::string>(), std::string("moons"));
        QVERIFY(json::parse(moons.out)["data_sets"] == json({"moons", "rings"}));
        QCOMPARE(json::parse(rings.out)["data"].get<std::string>(), std::string("rings"));
        const Result unknown = history({"pareto", "--data", "blobs"});
        QVERIFY2(unknown.status == 1 && contains(unknown.err, "choose one of moons, rings"), unknown.err.c_str());
        const Result latency = history({"pareto", "--x", "latency"});
        QVERIFY2(latency.status == 1 && contains(latency.err, "this cost"), latency.err.c_str());
    }

    void runsAreCompared()
    {
        for (const int bits : {3, 8})
            QCOMPARE(cli(quick("before-after") << "--set" << QStringLiteral("quant.bits=%1").arg(bits) << "--store" << m_store).status, 0);
        const Result text = history({"compare", "1", "2"});
        QVERIFY2(text.status == 0 && contains(text.out, "#2  Bits 8\n") && contains(text.out, "setting  #1  #2\nBits     3   8\n"),
            (text.out + text.err).c_str());
        QVERIFY2(contains(text.out, "static.accuracy at its own bits") && contains(text.out, "±"), text.out.c_str());
        const json found = json::parse(history({"compare", "2", "1", "--json"}).out, nullptr, false);
        QCOMPARE(found["runs"][0]["id"].get<int>(), 2);
        QCOMPARE(found["settings"][0], json({{"setting", "Bits"}, {"values", {"8", "3"}}}));
        const json one = json::parse(history({"show", "1", "--json"}).out)[0]["metrics"];
        const json two = json::parse(history({"show", "2", "--json"}).out)[0]["metrics"];
        bool told = false;
        for (const json& row : found["metrics"]) {
            if (row["metric"] != "static.accuracy at its own bits") continue;
            QCOMPARE(row["names"], json({"static.accuracy", "static.b3.accuracy"}));
            QCOMPARE(row["values"], json({two["static.accuracy"], one["static.b3.accuracy"]}));
            const json& difference = row["differences"][0];
            QVERIFY(std::abs(difference["change"].get<double>() - row["values"][1].get<double>() + row["values"][0].get<double>()) < 1e-12);
            QVERIFY(difference["interval"][0] <= difference["change"] && difference["change"] <= difference["interval"][1]);
            QCOMPARE(difference["samples"].get<double>(), one["test.samples"].get<double>());
            told = true;
        }
        QVERIFY(told);
        const fs::path csv = m_folder.path("compared.csv");
        QCOMPARE(history({"compare", "1", "2", "-o", q(csv)}).status, 0);
        QVERIFY(contains(readFile(csv, 100'000), "float32.accuracy,"));
        const Result none = history({"compare", "1", "7"});
        QVERIFY2(none.status == 1 && contains(none.err, "there is no run 7"), none.err.c_str());
    }

    void theUsersOwnIsTheDefault()
    {
        QCOMPARE(cli(numberLine(4) << "--history").status, 0);
        QVERIFY(fs::exists(m_folder.path("data/bitstill/history/history.db")));
        QVERIFY(contains(cli({"history", "list"}).out, "number-line"));
    }

    void aHistoryThatCannotBeOpenedStopsNoRunInTheMiddle()
    {
        const fs::path file = m_folder.write("no-folder", "");
        const Result r = cli(numberLine(4) << "--store" << q(file) << "--out" << q(m_folder.path("unmade")));
        QCOMPARE(r.status, 1);
        QVERIFY2(contains(r.err, "cannot write") && lines(r.err) == 1 && r.out.empty(), r.err.c_str());
        QVERIFY(!fs::exists(m_folder.path("unmade")));
    }

    void exportIsWhatRunWrites()
    {
        const QString out = q(m_folder.path("out")), again = q(m_folder.path("again"));
        QCOMPARE(cli(quick("before-after") << "--out" << out << "--store" << m_store).status, 0);
        const Result r = history({"export", "1", "-o", again});
        QVERIFY2(r.status == 0, r.err.c_str());
        const auto expected = filesOf(m_folder.path("out")), found = filesOf(m_folder.path("again"));
        for (const char* name : {"record.json", "spec.json", "model.safetensors", "models/float32.safetensors"}) {
            QVERIFY2(expected.contains(name), name);
            QVERIFY2(found.contains(name) && found.at(name) == expected.at(name), name);
        }
        // And comes back as the run that it is.
        QVERIFY(contains(history({"import", again, out}).out, "0 runs added, 2 were there already"));
        const Result inspected = history({"show", "1"});
        QVERIFY2(contains(inspected.out, "float32.accuracy") && contains(inspected.out, "networks: float32"), inspected.out.c_str());
    }

    void foldersAndSweepsAreImported()
    {
        const QString sweep = q(m_folder.path("sweep")), out = q(m_folder.path("result"));
        QCOMPARE(cli({"sweep", "number-line", "--grid", "quant.bits=2..4", "--set", "values.count=1000", "--out", sweep}).status, 0);
        QCOMPARE(cli(quick("before-after") << "--out" << out).status, 0);
        Result r = history({"import", sweep, out});
        QVERIFY2(r.status == 0 && contains(r.out, "4 runs added") && r.err.empty(), (r.out + r.err).c_str());
        QCOMPARE(listed({"--experiment", "number-line"}).size(), std::size_t{3});
        const json shown = json::parse(history({"show", "4", "--json"}).out);
        QCOMPARE(shown[0]["networks"], json::array({"float32"}));
        QVERIFY(shown[0]["spec"] == json::parse(readFile(m_folder.path("result/spec.json"), 1'000'000)));
        // What is none is said, and the rest read.
        m_folder.write("bad.json", "{\"a\": 1}");
        r = history({"import", q(m_folder.path("bad.json")), q(m_folder.path("nowhere")), out + "/record.json"});
        QCOMPARE(r.status, 1);
        QVERIFY2(contains(r.err, "this is not a record of a run") && contains(r.err, "there is no record in it"), r.err.c_str());
        QVERIFY2(contains(r.out, "0 runs added, 1 was there already, 2 could not be read"), r.out.c_str());
    }

    void runsAreFoundAndSorted()
    {
        for (const int bits : {3, 2, 4}) QCOMPARE(cli(numberLine(bits) << "--store" << m_store).status, 0);
        const auto bitsOf = [](const json& runs) {
            std::string digits;
            for (const json& run : runs) digits += std::to_string(run["changed"].value("quant.bits", 4));
            return digits;
        };
        QCOMPARE(bitsOf(listed({"--sort", "sqnr_db"})), std::string("432"));
        QCOMPARE(bitsOf(listed({"--sort", "sqnr_db", "--ascending", "--limit", "2"})), std::string("23"));
        QCOMPARE(bitsOf(listed({"--words", "bits=2"})), std::string("2"));
        QCOMPARE(bitsOf(listed({"--outcome", "failed"})), std::string());
        const Result text = history({"list", "--sort", "sqnr_db"});
        QVERIFY2(contains(text.out, "sqnr_db="), text.out.c_str());
        const Result wrong = history({"list", "--sort", "sqnr_bd"});
        QCOMPARE(wrong.status, 2);
        QVERIFY2(contains(wrong.err, "did you mean sqnr_db?"), wrong.err.c_str());
    }

    void runsAreMarkedAndForgotten()
    {
        for (const int bits : {3, 2}) QCOMPARE(cli(numberLine(bits) << "--store" << m_store).status, 0);
        QCOMPARE(history({"mark", "1", "--star", "--tag", "paper", "--note", "for the talk"}).status, 0);
        const json starred = listed({"--starred"});
        QVERIFY(starred.size() == 1 && starred[0]["tags"] == json::array({"paper"}) && starred[0]["note"] == "for the talk");
        QCOMPARE(history({"mark", "1", "--unstar", "--untag", "paper", "--note", ""}).status, 0);
        QVERIFY(listed({"--starred"}).empty() && listed({"--tag", "paper"}).empty() && listed()[1]["note"] == "");
        QCOMPARE(history({"trash", "2"}).status, 0);
        QVERIFY(listed().size() == 1 && listed({"--trash"}).size() == 1);
        QCOMPARE(history({"restore", "2"}).status, 0);
        QCOMPARE(listed().size(), std::size_t{2});
        QCOMPARE(history({"trash", "2"}).status, 0);
        QCOMPARE(history({"forget", "--all-trash"}).status, 0);
        QCOMPARE(history({"forget", "1"}).status, 0);
        QVERIFY(listed().empty() && listed({"--trash"}).empty());
        const Result none = history({"forget", "1"});
        QVERIFY2(none.status == 1 && contains(none.err, "there is no run 1 in the history"), none.err.c_str());
    }

    void damageIsSaidAndRepaired()
    {
        QCOMPARE(cli(numberLine(3) << "--store" << m_store).status, 0);
        QCOMPARE(history({"check"}).out, std::string("the history is whole\n"));
        writeFile(fs::path(m_store.toStdString()) / "history.db", std::string(8192, 'x'));
        for (const char* command : {"list", "check"}) {
            const Result r = history({command});
            QVERIFY2(r.status == 1 && contains(r.err, "history check --repair"), r.err.c_str());
        }
        const Result repaired = history({"check", "--repair"});
        QVERIFY2(repaired.status == 0 && contains(repaired.out, "1 run is in the history"), (repaired.out + repaired.err).c_str());
        QVERIFY(contains(repaired.out, "the damaged file is kept as"));
        QCOMPARE(listed().size(), std::size_t{1});
        QCOMPARE(json::parse(history({"check", "--json"}).out)["damage"], json::array());
    }

    void aRunThatNeverEndedIsSaidAndLetGo()
    {
        QCOMPARE(cli(numberLine(3) << "--store" << m_store).status, 0);
        const pid_t cut = fork();
        if (cut == 0) {
            History(m_store.toStdString()).begin(defaultSpec("before-after"), "command line");
            _exit(0); // as a kill: nobody ends it
        }
        waitpid(cut, nullptr, 0);
        const Result found = history({"check"});
        QVERIFY2(found.status == 0 && contains(found.out, "run 2 of before-after never ended"), (found.out + found.err).c_str());
        QCOMPARE(json::parse(history({"check", "--json"}).out)["cut"], json::array({2}));
        QVERIFY(contains(history({"check", "--repair"}).out, "1 run that never ended was let go"));
        QCOMPARE(history({"check"}).out, std::string("the history is whole\n"));
        QCOMPARE(listed().size(), std::size_t{1});
    }

    void wrongUse_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("says");
        QTest::newRow("nothing") << QStringList{} << "a subcommand is missing";
        QTest::newRow("mark with nothing") << QStringList{"mark", "1"} << "mark: with what?";
        QTest::newRow("forget nothing") << QStringList{"forget"} << "numbers of runs, or --all-trash";
        QTest::newRow("forget both") << QStringList{"forget", "1", "--all-trash"} << "numbers of runs, or --all-trash";
        QTest::newRow("one to compare") << QStringList{"compare", "1"} << "name two to 8 runs";
        QTest::newRow("compared as a picture") << QStringList{"compare", "1", "2", "-o", "x.svg"} << "there is no format";
        QTest::newRow("no number") << QStringList{"show", "first"} << "is not a number";
        QTest::newRow("two into a folder") << QStringList{"export", "1", "2", "-o", "x"} << "one run at a time";
        QTest::newRow("star and not") << QStringList{"mark", "1", "--star", "--unstar"} << "exclude each other";
        QTest::newRow("outcome") << QStringList{"list", "--outcome", "good"} << "finished";
    }
    void wrongUse()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, says);
        const Result r = cli(QStringList{"history"} << arguments);
        QCOMPARE(r.status, 2);
        QVERIFY2(contains(r.err, says.toStdString()) && lines(r.err) == 1, r.err.c_str());
    }

    void itSpeaksKorean()
    {
        qputenv("LC_ALL", "ko_KR.UTF-8");
        const Result r = history({"list"});
        qputenv("LC_ALL", "C");
        QVERIFY2(contains(r.out, "실행 0개"), r.out.c_str());
    }
};

QTEST_GUILESS_MAIN(TestCliHistory)
#include "tst_cli_history.moc"
