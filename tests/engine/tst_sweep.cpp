// Sweeps without a program that runs them: what is planned, what is read from the folder, who works on what, and what the table says.

#include "engine/experiment/record.h"
#include "engine/io/json_text.h"
#include "engine/measure/student_t.h"
#include "engine/store/claim.h"
#include "engine/store/job_list.h"
#include "engine/store/sweep_figure.h"
#include "engine/store/sweep_table.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <QtTest>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bitstill;
namespace fs = std::filesystem;

namespace {

const ExperimentInfo& info() { return experimentInfo("before-after"); }

std::string wordsOf(const SweepAxis& axis)
{
    std::string words;
    for (const auto& row : axis.rows)
        for (const Value& value : row) words += (words.empty() ? "" : " ") + describe(value);
    return words;
}

std::string problemsOf(const SweepGrid& grid) { return describe(validate(grid)); }

SweepGrid gridOf(const std::vector<std::string>& axes, const std::string& seeds = {})
{
    std::vector<Problem> problems;
    SweepGrid grid{.base = quickSpec("before-after"), .axes = {}, .seeds = {}};
    for (const std::string& axis : axes) grid.axes.push_back(gridAxis(info(), axis, problems));
    if (!seeds.empty()) grid.seeds = sweepSeeds(seeds, problems);
    return grid;
}

std::set<std::string> hashesOf(const SweepGrid& grid)
{
    std::set<std::string> hashes;
    for (const PlannedRun& run : runsOf(grid)) hashes.insert(run.hash);
    return hashes;
}

void writeRecord(const Sweep& sweep, const PlannedRun& run, const std::vector<std::pair<std::string, double>>& metrics,
    Outcome outcome = Outcome::Finished)
{
    Record record;
    record.spec = run.spec;
    record.outcome = outcome;
    record.version = versionText();
    record.metrics = metrics;
    std::ofstream(sweep.runFolder(run.hash) / "record.json") << jsonText(toJson(record));
}

/// A process that has ended.
pid_t deadProcess()
{
    const pid_t child = fork();
    if (child == 0) std::_Exit(0);
    waitpid(child, nullptr, 0);
    return child;
}

double numberAt(const SweepTable& table, std::size_t row, const std::string& column)
{
    const auto at = std::find(table.columns.begin(), table.columns.end(), column) - table.columns.begin();
    return table.rows.at(row).at(static_cast<std::size_t>(at)).number.value_or(-1e9);
}

} // namespace

class TestSweep : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void axesAreWrittenInManyWays_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("values");
        const auto row = [](const char* text, const char* values) { QTest::newRow(text) << text << values; };
        row("quant.bits=2,3,8", "2 3 8");
        row("quant.bits=2..5", "2 3 4 5");
        row("quant.bits=8..2/3", "8 5 2");
        row("quant.bits=2,4..6", "2 4 5 6");
        row("train.epochs=9..1e1", "9 10");
        row("train.learning_rate=0.1..0.5/0.1", "0.1 0.2 0.3 0.4 0.5");
        row("train.learning_rate=0.001..0.1@3log", "0.001 0.01 0.1");
        row("train.batch=8..64@4log", "8 16 32 64");
        row("model.name=mlp-16,mlp-32", "mlp-16 mlp-32");
        row("data.path=../a..b", "../a..b");
    }
    void axesAreWrittenInManyWays()
    {
        QFETCH(QString, text);
        QFETCH(QString, values);
        std::vector<Problem> problems;
        const SweepAxis axis = gridAxis(info(), text.toStdString(), problems);
        QCOMPARE(QString::fromStdString(describe(problems)), QString());
        QCOMPARE(QString::fromStdString(wordsOf(axis)), values);
    }

    /// More digits than a double is rounded to elsewhere.
    void longSeedsAreWhatTheyAre()
    {
        std::vector<Problem> problems;
        const std::vector<std::uint64_t> seeds =
            sweepSeeds("20240101000001..20240101000003,9007199254740992..9007199254740990/2", problems);
        QCOMPARE(QString::fromStdString(describe(problems)), QString());
        QVERIFY(seeds == std::vector<std::uint64_t>({20240101000001, 20240101000002, 20240101000003, 9007199254740992, 9007199254740990}));
        sweepSeeds("9007199254740993..9007199254740994", problems);
        QVERIFY2(contains(describe(problems), "9007199254740993 is out of range"), describe(problems).c_str());
    }

    void whatIsNoAxisIsAProblem()
    {
        for (const char* text : {"quant.bits", "=2", "quant.bits=", "quant.bits=two", "quant.bits=2..8/0", "quant.bits=2..8/0.5",
                 "quant.bits=0..1e300", "train.learning_rate=0.1..0.5", "train.learning_rate=0..1@3log", "train.learning_rate=0.1..1@1log",
                 "train.learning_rate=0.1..1@99999999log", "quant.bits=1..5/x", "quant.bits=nan..5", "seed=1..3"}) {
            std::vector<Problem> problems;
            gridAxis(info(), text, problems);
            QVERIFY2(!problems.empty(), text);
        }
        for (const char* text : {"model.name,train.epochs=mlp-16:4,mlp-32", "model.name", "model.name,train.epochs=", "a,b=1:2:3"}) {
            std::vector<Problem> problems;
            zipAxis(info(), text, problems);
            QVERIFY2(!problems.empty(), text);
        }
        for (const char* text : {"1..1000000000", "-1", "a", "1.5", "1e20"}) {
            std::vector<Problem> problems;
            sweepSeeds(text, problems);
            QVERIFY2(!problems.empty(), text);
        }
    }

    void fieldsMayChangeTogether()
    {
        std::vector<Problem> problems;
        SweepGrid grid = gridOf({"quant.bits=2,3"});
        grid.axes.push_back(zipAxis(info(), "model.name,train.epochs=mlp-16:1,mlp-32:2", problems));
        const std::vector<PlannedRun> runs = runsOf(grid);
        QCOMPARE(runs.size(), 4u);
        QCOMPARE(runs[1].spec.word("model.name"), std::string("mlp-32"));
        QCOMPARE(runs[1].spec.integer("train.epochs"), 2);
        QCOMPARE(runs[1].spec.integer("quant.bits"), 2);
    }

    void everyProblemOnce()
    {
        SweepGrid grid = gridOf({"quant.bits=2,99", "train.epochs=1,2"}, "1..3");
        grid.base.values["quant.bitz"] = std::int64_t{1};
        const std::string problems = problemsOf(grid);
        QVERIFY2(contains(problems, "quant.bits: 99 is out of range") && contains(problems, "quant.bitz: "), problems.c_str());
        QCOMPARE(std::count(problems.begin(), problems.end(), '\n'), 1);
        QVERIFY(contains(problemsOf(gridOf({"quant.bits=2,3", "quant.bits=4"})), "two ways"));
        QVERIFY(contains(problemsOf(gridOf({"train.epochs=1..1000", "quant.calibration=1..1000"})), "100,000"));
        SweepGrid none = gridOf({});
        none.axes.push_back({.keys = {"quant.bits"}, .rows = {}});
        QVERIFY(contains(problemsOf(none), "no combination"));
    }

    void orderAndRepetitionMakeNoDifference()
    {
        const SweepGrid a = gridOf({"quant.bits=2,3", "train.epochs=1,2"}, "1,2"),
                        b = gridOf({"train.epochs=2,1,2", "quant.bits=3,2"}, "2,1");
        QCOMPARE(runsOf(a).size(), 8u);
        QCOMPARE(combinationsOf(b), 12u);
        QCOMPARE(hashesOf(a), hashesOf(b));
    }

    void aPlanIsReadAsItWasWritten()
    {
        const Folder folder;
        const fs::path path = folder.path("sweep");
        const Sweep made = planSweep(path, gridOf({"quant.bits=2,3"}, "1..2"), "figures"), read = readSweep(path);
        QCOMPARE(read.keep, std::string("figures"));
        QVERIFY(read.grids == made.grids && read.varied == std::vector<std::string>{"quant.bits"});
        QCOMPARE(read.runs.size(), 4u);
        for (std::size_t i = 0; i < 4; ++i) {
            QCOMPARE(read.runs[i].hash, made.runs[i].hash);
            QVERIFY(read.runs[i].spec == made.runs[i].spec);
            const fs::path spec = read.runFolder(read.runs[i].hash) / "spec.json";
            std::ifstream in(spec);
            QVERIFY(specFromJson({std::istreambuf_iterator<char>(in), {}}, "spec") == read.runs[i].spec);
        }
    }

    void moreValuesExtendAndFewerForgetNothing()
    {
        const Folder folder;
        const fs::path path = folder.path("sweep");
        planSweep(path, gridOf({"quant.bits=2,3"}), "record");
        QCOMPARE(planSweep(path, gridOf({"quant.bits=2,3,4"}), "record").runs.size(), 3u);
        QCOMPARE(readSweep(path).grids.size(), 1u); // the first is part of the second
        QCOMPARE(planSweep(path, gridOf({"quant.bits=3"}), "record").runs.size(), 3u);
        QCOMPARE(planSweep(path, gridOf({"train.epochs=1,2"}), "record").runs.size(), 4u); // 3 bits and 2 epochs are the defaults
        QCOMPARE(readSweep(path).runs.size(), 4u);
        SweepGrid other{.base = quickSpec("soft-labels"), .axes = {}, .seeds = {}};
        QVERIFY(contains(messageOf([&] { planSweep(path, other, "record"); }), "a sweep of before-after"));
    }

    void aFolderThatIsNoneSaysSo()
    {
        const Folder folder;
        QVERIFY(contains(messageOf([&] { readSweep(folder.path()); }), "no sweep"));
        for (const char* plan : {"", "{", "[]", "{}", "{\"schema\":1}", "{\"schema\":9,\"keep\":\"record\",\"grids\":[]}",
                 "{\"schema\":1,\"keep\":\"record\",\"grids\":[{}]}", "{\"schema\":1,\"keep\":\"record\",\"grids\":[3]}",
                 "{\"schema\":1,\"keep\":\"record\",\"grids\":[]}"}) {
            folder.write("sweep.json", plan);
            QVERIFY2(!messageOf([&] { readSweep(folder.path()); }).empty(), plan);
        }
    }

    /// What somebody may have written into the files asks for no more than a sweep may be.
    void plansAndJobsAreBounded()
    {
        nlohmann::json grid = toJson(gridOf({"quant.bits=2,3"}, "1..2"));
        const auto said = [&] {
            const nlohmann::json plan{{"schema", 1}, {"keep", "record"}, {"grids", {grid}}};
            return messageOf([&] { planFrom(plan.dump(), "sweep.json"); });
        };
        QCOMPARE(said(), std::string());
        grid["seeds"] = {-1};
        QVERIFY(contains(said(), "not the plan"));
        grid["seeds"] = std::vector<int>(400, 1);
        for (int axis = 0; axis < 2; ++axis)
            grid["axes"].push_back({{"keys", {"train.epochs"}}, {"rows", std::vector(20, std::vector{1})}});
        QVERIFY(contains(said(), "not the plan"));
        const std::string job = R"({"id":"7","list":"l","first":0,"pack":2,"tasks":3})";
        QCOMPARE(jobsFrom(job + "\n" + job.substr(0, 20) + "\n").size(), 1u);
        for (const char* wrong : {R"({"id":"7","list":"l","first":0,"pack":18446744073709551615,"tasks":3})",
                 R"({"id":"7","list":"l","first":0,"pack":2,"tasks":-1})", R"({"id":"--all","list":"l","first":0,"pack":2,"tasks":1})",
                 "[7]"})
            QVERIFY2(jobsFrom(wrong).empty(), wrong);
    }

    void aSpecThatWasCutShortIsWrittenAnew()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=2"}), "record");
        const fs::path spec = sweep.runFolder(sweep.runs[0].hash) / "spec.json";
        fs::resize_file(spec, 10);
        planSweep(folder.path("s"), gridOf({"quant.bits=2"}), "record");
        QVERIFY(fs::file_size(spec) > 100);
    }

    void onlyAWholeRecordOfTheSpecCounts()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=2,3,4"}), "record");
        const auto state = [&](std::size_t i) { return std::string(nameOf(statusOf(sweep, sweep.runs[i].hash).state)); };
        QCOMPARE(state(0), std::string("waiting"));
        writeRecord(sweep, sweep.runs[0], {{"a", 1}});
        QCOMPARE(state(0), std::string("finished"));
        writeRecord(sweep, sweep.runs[1], {}, Outcome::Diverged);
        QCOMPARE(state(1), std::string("diverged"));
        const fs::path record = sweep.runFolder(sweep.runs[0].hash) / "record.json";
        fs::copy_file(record, sweep.runFolder(sweep.runs[2].hash) / "record.json");
        QCOMPARE(state(2), std::string("waiting")); // another spec's
        fs::resize_file(record, fs::file_size(record) - 1);
        QCOMPARE(state(0), std::string("waiting"));
        writeFailure(sweep.runFolder(sweep.runs[0].hash), {.reason = "no disk", .exit = 1});
        QCOMPARE(state(0), std::string("failed"));
        QCOMPARE(statusOf(sweep, sweep.runs[0].hash).failure->reason, std::string("no disk"));
        QCOMPARE(summaryOf(countsOf(statusesOf(sweep))).english(), std::string("1 of 3, 1 diverged, 1 failed, 1 waiting"));
    }

    void aClaimHoldsWhileItsHolderLives()
    {
        const Folder folder;
        std::optional<Claim> mine = Claim::take(folder.path());
        QVERIFY(mine && !Claim::take(folder.path()));
        QVERIFY(Claim::stateOf(folder.path()) == Claim::State::Held);
        mine->release();
        QVERIFY(Claim::stateOf(folder.path()) == Claim::State::None && Claim::take(folder.path()));
        QVERIFY(fs::is_empty(folder.path()));
    }

    void aDeadHoldersClaimIsFreeAtOnce()
    {
        const Folder folder;
        const pid_t child = fork();
        if (child == 0) {
            const std::optional<Claim> claim = Claim::take(folder.path());
            kill(getpid(), SIGKILL);
        }
        siginfo_t info{};
        waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT); // dead, and not collected yet
        QVERIFY(Claim::stateOf(folder.path()) == Claim::State::Abandoned);
        QVERIFY(Claim::take(folder.path()).has_value());
        waitpid(child, nullptr, 0);
        QVERIFY(fs::is_empty(folder.path()));
    }

    void aClaimFromElsewhereIsJudgedByItsAge()
    {
        const Folder folder;
        folder.write("claim", "{\"host\":\"far\",\"place\":\"away\",\"pid\":" + std::to_string(deadProcess()) + ",\"start\":\"1\"}");
        QVERIFY(!Claim::take(folder.path()));
        const timespec old[2]{{std::time(nullptr) - 61, 0}, {std::time(nullptr) - 61, 0}};
        utimensat(AT_FDCWD, folder.path("claim").c_str(), old, 0);
        QVERIFY(Claim::stateOf(folder.path()) == Claim::State::Abandoned && Claim::take(folder.path()));
        folder.write("claim", "");
        QVERIFY(!Claim::take(folder.path())); // being written, maybe
    }

    /// Computed with mpmath 1.3 (betainc, 30 digits).
    void studentsDistributionIsExact()
    {
        const double points[][2]{{1, 12.7062047361747}, {2, 4.30265272974946}, {4, 2.77644510519779}, {16, 2.11990529922125},
            {19, 2.09302405440831}, {39, 2.02269092003676}, {100, 1.98397151852355}};
        for (const auto& [freedom, t] : points) QVERIFY(std::abs(studentPoint(0.05, freedom) / t - 1) < 1e-12);
        const double tails[][3]{{0.5, 1, 0.704832764699133}, {2, 4, 0.116116523516816}, {3.5, 9, 0.00672351576305896},
            {10, 19, 5.2630261623359e-9}, {-0.01, 30, 0.992087492573178}, {40, 3, 3.43806807891585e-5}};
        for (const auto& [t, freedom, tail] : tails) QVERIFY(std::abs(studentTail(t, freedom) / tail - 1) < 1e-12);
    }

    /// Intervals and p-values computed with mpmath 1.3.
    void meansAndPairedDifferences()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=2,3,4"}, "1..6"), "record");
        const double values[3][5]{
            {0.812, 0.797, 0.805, 0.821, 0.790}, {0.830, 0.801, 0.826, 0.829, 0.811}, {0.809, 0.799, 0.806, 0.815, 0.793}};
        for (const PlannedRun& run : sweep.runs)
            if (run.spec.seed < 6)
                writeRecord(sweep, run, {{"m", values[run.spec.integer("quant.bits") - 2][run.spec.seed - 1]}, {"z", 1}});
        const TableChoice choice{.metrics = {"m"}, .over = "seed", .against = "quant.bits", .reference = "2"};
        const SweepTable table = tableOf(sweep, statusesOf(sweep), choice);
        QCOMPARE(table.note, std::string("15 of 18, 3 waiting"));
        QCOMPARE(table.rows.size(), 3u);
        const auto near = [&](std::size_t row, const char* column, double expected) {
            return std::abs(numberAt(table, row, column) - expected) < 1e-12;
        };
        QVERIFY(near(0, "quant.bits", 2) && near(0, "m.n", 5) && near(2, "quant.bits", 4));
        QVERIFY(near(0, "m.mean", 0.805) && near(0, "m.low", 0.789869010989408) && near(0, "m.high", 0.820130989010592));
        QVERIFY(near(1, "m.mean", 0.8194) && near(1, "m.low", 0.803484405311371) && near(1, "m.high", 0.835315594688629));
        QVERIFY(near(0, "m.change.p", -1e9) && near(0, "m.change.n", 0)); // what the others are compared with
        QVERIFY(near(1, "m.change.mean", 0.0144) && near(1, "m.change.low", 0.00459950272280417)
            && near(1, "m.change.high", 0.0242004972771958) && near(1, "m.change.p", 0.0151050267363215));
        QVERIFY(near(2, "m.change.mean", -0.0006) && near(2, "m.change.p", 0.740664278712607));
        QVERIFY(near(1, "m.change.p_holm", 2 * 0.0151050267363215) && near(2, "m.change.p_holm", 0.740664278712607));
    }

    void settingsAreDrawnInTheirOrder()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=10,9,2", "model.name=mlp-16,mlp-8"}, "1..2"), "record");
        for (const PlannedRun& run : sweep.runs)
            writeRecord(sweep, run, {{"m", static_cast<double>(run.spec.integer("quant.bits")) + static_cast<double>(run.spec.seed)}});
        const PlotChoice choice{.x = "quant.bits", .y = "m", .by = "model.name"};
        const Figure figure = figureOf(sweep, statusesOf(sweep), choice);
        const Bars& bars = std::get<Bars>(figure.body);
        QVERIFY(bars.categories == std::vector<Text>({"2", "9", "10"}));
        QVERIFY(bars.series.size() == 2 && bars.series[0].name == Text("mlp-8") && bars.series[1].name == Text("mlp-16"));
        QVERIFY(bars.series[0].values == std::vector<double>({3.5, 10.5, 11.5}));
        const Figure byName = figureOf(sweep, statusesOf(sweep), {.x = "model.name", .y = "m", .by = "quant.bits"});
        QVERIFY(std::get<Bars>(byName.body).categories == std::vector<Text>({"mlp-8", "mlp-16"}));
        QVERIFY(contains(messageOf([&] { figureOf(sweep, statusesOf(sweep), {.x = "quant.bits", .y = "m"}); }), "model.name varies too"));
    }

    void figuresKnowTheRunsBehindThem()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=3,2", "model.name=mlp-16,mlp-8"}, "1..2"), "record");
        for (const PlannedRun& run : sweep.runs)
            if (run.spec.integer("quant.bits") == 2 || run.spec.seed == 1)
                writeRecord(sweep, run, {{"m", static_cast<double>(run.spec.integer("quant.bits")) + static_cast<double>(run.spec.seed)}});
        const std::vector<RunStatus> statuses = statusesOf(sweep);
        const PlotChoice choice{.x = "quant.bits", .y = "m", .by = "model.name"};
        const auto allHave = [&](const std::vector<std::size_t>& runs, const std::string& key, const std::string& value) {
            return std::all_of(runs.begin(), runs.end(), [&](std::size_t i) { return settingOf(sweep.runs[i].spec, key) == value; });
        };
        const SweepView plot = plotOf(sweep, statuses, choice);
        QVERIFY(plot.runs.size() == 2 && plot.runs[0].size() == 4 && plot.runs[1].size() == 2);
        QVERIFY(allHave(plot.runs[0], "quant.bits", "2") && allHave(plot.runs[1], "quant.bits", "3"));
        const SweepView map = mapOf(sweep, statuses, choice);
        const Heatmap& cells = std::get<Heatmap>(map.figure.body);
        QVERIFY(cells.columns == std::vector<Text>({"2", "3"}) && cells.rows == std::vector<Text>({"mlp-8", "mlp-16"}));
        QVERIFY(cells.values == std::vector<double>({3.5, 4, 3.5, 4}));
        QVERIFY(map.runs.size() == 4 && map.runs[2].size() == 2 && allHave(map.runs[2], "model.name", "mlp-16"));
        const SweepView means = meansOf(sweep, statuses, choice);
        const Table& table = std::get<Table>(means.figure.body);
        QVERIFY(table.rows.size() == 4 && table.rows[0][0] == Text("2") && table.rows[0][3] == Text("3.500"));
        QVERIFY(table.rows[3][2] == Text("1") && table.rows[3][4] == Text("—")); // one seed has no interval
        QVERIFY(means.runs[3].size() == 2 && allHave(means.runs[3], "quant.bits", "3")); // the one that waits, too
    }

    /// A field that changes hand in hand with the one on the axis does not mix anything.
    void zippedFieldsAreNotMixed()
    {
        const Folder folder;
        SweepGrid grid = gridOf({"quant.bits=2,3"}, "1..2");
        std::vector<Problem> problems;
        grid.axes.push_back(zipAxis(experimentInfo(grid.base.experiment), "model.name,train.epochs=mlp-8:1,mlp-16:2", problems));
        QVERIFY(problems.empty());
        const Sweep sweep = planSweep(folder.path("s"), grid, "record");
        for (const PlannedRun& run : sweep.runs) writeRecord(sweep, run, {{"m", 1}});
        QVERIFY(mixedKeys(sweep, {.x = "model.name", .y = "m", .by = "quant.bits"}).empty());
        QVERIFY(mixedKeys(sweep, {.x = "quant.bits", .y = "m"}) == std::vector<std::string>({"model.name", "train.epochs"}));
        QVERIFY(mixedKeys(sweep, {.x = "quant.bits", .y = "m", .where = {{"train.epochs", "2"}}}).empty());
        const Figure figure = figureOf(sweep, statusesOf(sweep), {.x = "model.name", .y = "m", .by = "quant.bits"});
        QCOMPARE(std::get<Bars>(figure.body).series.size(), 2u);
    }

    void manyPointsAreCurves()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"train.epochs=1..30"}, "1..2"), "record");
        for (const PlannedRun& run : sweep.runs)
            if (run.spec.integer("train.epochs") > 1 || run.spec.seed == 1)
                writeRecord(sweep, run, {{"m", static_cast<double>(run.spec.seed)}});
        const Figure figure = figureOf(sweep, statusesOf(sweep), {.x = "train.epochs", .y = "m"});
        const Curves& curves = std::get<Curves>(figure.body);
        QCOMPARE(curves.series.size(), 3u);
        QCOMPARE(curves.series[0].x.size(), 30u);
        QVERIFY(curves.series[0].x.front() == 1 && curves.series[0].x.back() == 30);
        QVERIFY(curves.series[0].y.front() == 1 && curves.series[0].y.back() == 1.5);
        QCOMPARE(curves.series[1].x.size(), 29u); // one seed has no interval
        QVERIFY(curves.series[1].y.front() < 1 && curves.series[2].y.front() > 2);
    }

    void moreSeriesThanColoursAreRefused()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=2,3", "train.epochs=1..6"}), "record");
        for (const PlannedRun& run : sweep.runs) writeRecord(sweep, run, {{"m", 1}});
        PlotChoice choice{.x = "quant.bits", .y = "m", .by = "train.epochs"};
        QVERIFY(contains(messageOf([&] { figureOf(sweep, statusesOf(sweep), choice); }), "it has 6 values; a figure tells 5 series apart"));
        choice.where = {{"train.epochs", "2"}};
        QCOMPARE(std::get<Bars>(figureOf(sweep, statusesOf(sweep), choice).body).series.size(), 1u);
    }

    void someRunsAndRowsOverAField()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=2,3", "train.epochs=1,2"}), "record");
        for (const PlannedRun& run : sweep.runs)
            writeRecord(sweep, run, {{"m", static_cast<double>(run.spec.integer("quant.bits") * run.spec.integer("train.epochs"))}});
        const std::vector<RunStatus> statuses = statusesOf(sweep);
        const SweepTable over = tableOf(sweep, statuses, {.over = "train.epochs"});
        QVERIFY(over.columns == std::vector<std::string>({"quant.bits", "seed", "m.n", "m.mean", "m.low", "m.high"}));
        QVERIFY(over.rows.size() == 2 && numberAt(over, 0, "m.mean") == 3 && numberAt(over, 1, "m.mean") == 4.5);
        const SweepTable some = tableOf(sweep, statuses, {.where = {{"quant.bits", "3"}, {"seed", "1"}}});
        QVERIFY(some.rows.size() == 2 && numberAt(some, 0, "m") == 3 && numberAt(some, 1, "m") == 6);
        QVERIFY(contains(messageOf([&] { tableOf(sweep, statuses, {.where = {{"quant.bits", "4"}}}); }), "choose one of 2, 3"));
        QVERIFY(contains(messageOf([&] {
            tableOf(sweep, statuses, {.where = {{"quant.bits", "2"}, {"quant.bits", "3"}}});
        }),
            "all of these"));
        const TableChoice none{.over = "seed", .against = "quant.bits", .reference = "4"};
        QVERIFY(contains(messageOf([&] { tableOf(sweep, statuses, none); }), "choose one of 2, 3"));
        const TableChoice itself{.over = "seed", .against = "seed", .reference = "1"};
        QVERIFY(contains(messageOf([&] { tableOf(sweep, statuses, itself); }), "become one row"));
    }

    /// Numbers of any size, and names that a spreadsheet or LaTeX would take for something else.
    void cellsAreSafe()
    {
        const SweepTable table{.note = "1 of 1",
            .columns = {"a"},
            .rows = {{{.words = {}, .number = 1e300}}, {{.words = {}, .number = 9e18}}, {{.words = "＝1", .number = {}}},
                {{.words = "a;b", .number = {}}}}};
        QCOMPARE(tableBytes(table, "csv"), std::string("# 1 of 1\r\na\r\n1e+300\r\n9e+18\r\n'＝1\r\n\"a;b\"\r\n"));
        QVERIFY(contains(tableBytes(table, "md"), "| 1.0000e+300 |\n| 9.0000e+18 |"));
    }

    void tablesInFourFormats()
    {
        const Folder folder;
        const Sweep sweep = planSweep(folder.path("s"), gridOf({"quant.bits=3,2"}), "record");
        writeRecord(sweep, sweep.runs[0], {{"static.b3.accuracy", 1.0 / 3}});
        const SweepTable table = tableOf(sweep, statusesOf(sweep), {});
        const std::string csv = tableBytes(table, "csv");
        QVERIFY2(csv.starts_with(
                     "# 1 of 2, 1 waiting\r\nquant.bits,seed,state,static.accuracy,seconds,threads,version,host,spec\r\n2,1,waiting,,"),
            csv.c_str());
        QVERIFY(contains(csv, "\r\n3,1,finished,0.3333333333333333,"));
        QVERIFY(
            contains(tableBytes(table, "md"), "| 3 | 1 | finished | 0.33333 |") && contains(tableBytes(table, "md"), "1 of 2, 1 waiting"));
        const std::string tex = tableBytes(table, "tex");
        QVERIFY2(contains(tex, "3 & 1 & finished & 0.33333 &") && contains(tex, "% 1 of 2, 1 waiting"), tex.c_str());
        QCOMPARE(nlohmann::json::parse(tableBytes(table, "json"))["rows"][1]["static.accuracy"].get<double>(), 1.0 / 3);
        QVERIFY(contains(messageOf([&] { tableBytes(table, "xls"); }), "csv, md, tex, json"));
        QVERIFY(contains(messageOf([&] { tableOf(sweep, statusesOf(sweep), {.over = "quant.bitz"}); }), "did you mean quant.bits?"));
        QVERIFY(!messageOf([&] { tableOf(sweep, statusesOf(sweep), {.metrics = {"static.acuracy"}}); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestSweep)
#include "tst_sweep.moc"
