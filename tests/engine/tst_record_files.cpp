// Records there and back: what a run has shown can be shown again, whoever wrote the file.

#include "engine/core/error.h"
#include "engine/experiment/shown.h"
#include "engine/io/json_place.h"
#include "engine/io/json_text.h"
#include "tests/support/figure_of.h"
#include "tests/support/figures.h"
#include "tests/support/sessions.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace bitstill;
using nlohmann::json;

namespace {

/// With something in every member.
Record smallRecord()
{
    Record r;
    r.spec = defaultSpec("before-after");
    r.spec.seed = 7;
    r.knobs = {{0, "quant.bits", std::int64_t{4}, 3}, {7, "quant.scheme", std::string("affine"), 3}};
    r.outcome = Outcome::Diverged;
    r.message = text("%1 bits", "3");
    r.seconds = 1.5;
    r.version = "0.1.0";
    r.build = "gcc";
    r.cpu = "a CPU";
    r.threads = 2;
    r.metrics = {{"a", 0.1}, {"b", 2}, {"c", 0.6}};
    r.answers = {{"c", {.samples = 0xfedcba9876543210u, .correct = {true, false, true, true, false}}}};
    for (Figure& f : everyFigure()) r.figures.push_back(std::make_shared<Figure>(std::move(f)));
    r.marks = {{text("epoch %1", "1"), {r.figures[0], r.figures[1]}, {{"quant.bits", std::int64_t{3}}}}, {"end", r.figures, {}}};
    return r;
}

/// Metrics that two runs of a quick spec can be paired in.
std::vector<std::string> toldBySample(const std::string& experiment)
{
    static const std::map<std::string, std::vector<std::string>> kMetrics{
        {"before-after", {"float32.accuracy", "static.b3.accuracy"}},
        {"four-ways", {"float32.accuracy", "dynamic.accuracy", "static.b2.accuracy", "qat.b4.accuracy"}},
        {"inside-qat", {"float32.accuracy", "qat.accuracy"}},
        {"which-layer", {"mix.accuracy"}},
        {"soft-labels", {"teacher.accuracy"}},
        {"teacher-student", {"teacher.accuracy"}},
        {"own-model", {"float.accuracy", "accuracy"}},
    };
    const auto found = kMetrics.find(experiment);
    return found == kMetrics.end() ? std::vector<std::string>{} : found->second;
}

/// The small record's document, changed and read.
template <class Change> std::string refusalOf(const Change& change)
{
    json j = toJson(smallRecord());
    change(j);
    return messageOf([&] { recordFromJson(jsonText(j), "record.json"); });
}
/// What it says that it left out, a line each.
template <class Change> std::string leftOutOf(const Change& change, Record& record)
{
    json j = toJson(smallRecord());
    change(j);
    std::vector<Text> left;
    record = recordFromJson(jsonText(j), "record.json", &left);
    std::string lines;
    for (const Text& t : left) lines += t.english() + "\n";
    return lines;
}

} // namespace

class TestRecordFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyMemberIsReadBack()
    {
        const Record r = smallRecord();
        const std::string document = jsonText(toJson(r), 1);
        std::vector<Text> left;
        const Record back = recordFromJson(document, "record.json", &left);
        QVERIFY(left.empty());
        QCOMPARE(jsonText(toJson(back), 1), document);
        QVERIFY(back.spec == r.spec && back.knobs == r.knobs && back.outcome == r.outcome && back.message == r.message);
        QVERIFY(back.seconds == 1.5 && back.version == "0.1.0" && back.build == "gcc" && back.cpu == "a CPU" && back.threads == 2);
        QVERIFY(back.metrics == r.metrics && back.answers == r.answers);
        QCOMPARE(back.marks.size(), 2u);
        QVERIFY(back.marks[0].label == r.marks[0].label && back.marks[0].live == r.marks[0].live);
    }

    void marksShareWhatDidNotChange()
    {
        const Record back = recordFromJson(jsonText(toJson(smallRecord())), "record.json");
        QVERIFY(back.marks[0].figures[1] == back.figures[1] && back.marks[1].figures[1] == back.figures[1]);
    }

    void everyExperimentsRecordIsReadBack_data()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }
    void everyExperimentsRecordIsReadBack()
    {
        QFETCH(QString, id);
        const Record r = ran(quickSpec(id.toStdString()));
        QVERIFY(r.outcome == Outcome::Finished && !r.figures.empty());
        for (const std::string& metric : toldBySample(id.toStdString())) QVERIFY2(r.answers.contains(metric), metric.c_str());
        const std::string document = jsonText(toJson(r));
        std::vector<Text> left;
        const Record back = recordFromJson(document, "record.json", &left);
        QVERIFY(left.empty());
        QVERIFY(jsonText(toJson(back)) == document);
        QVERIFY(back.spec == r.spec);
        for (std::size_t i = 0; i < r.figures.size(); ++i) {
            const Figure &was = *r.figures[i], &is = *back.figures[i];
            for (const auto& [before, after] :
                {std::pair(was.title, is.title), std::pair(was.caption, is.caption), std::pair(was.description, is.description)})
                QVERIFY2(after.isData == before.isData && after.context == before.context, before.english().c_str());
        }
        QCOMPARE(back.marks.size(), r.marks.size());
        for (std::size_t i = 0; i < r.marks.size(); ++i)
            QVERIFY2(back.marks[i].label.isData == r.marks[i].label.isData, r.marks[i].label.english().c_str());
    }

    void answersAreABitEach()
    {
        const json answers = toJson(smallRecord())["answers"];
        QCOMPARE(answers.dump(), std::string(R"({"c":{"correct":"b0","count":5,"samples":"fedcba9876543210"}})"));
        const Answers many{.samples = 1, .correct = std::vector<bool>(kMostAnswers, true)};
        const json document = toJson(many);
        const std::string name = "record.json";
        QVERIFY(answersFromJson(JsonPlace(document, name)) == many);
    }

    void aRecordOfBeforeThereWereAnswersHasNone()
    {
        Record r;
        QCOMPARE(leftOutOf([](json& j) { j.erase("answers"); }, r), std::string());
        QVERIFY(r.answers.empty() && r.metrics == smallRecord().metrics);
        QVERIFY(!toJson(r).contains("answers"));
    }

    void answersOfAnotherMeasurementAreLeftOut()
    {
        for (const char* metric : {"c", "d"}) {
            Record r;
            const std::string said = leftOutOf(
                [&](json& j) {
                    j["answers"][metric] = j["answers"]["c"];
                    j["metrics"]["c"] = 0.8;
                },
                r);
            QVERIFY2(contains(said, std::string("the answers behind ") + metric), said.c_str());
            QVERIFY(r.answers.empty() && r.metric("c") == 0.8);
        }
    }

    void aMetricDropsTheAnswersBehindTheOneBefore()
    {
        Shown shown;
        shown.metric("a", 1);
        shown.metric("b", 1);
        shown.answers = {{"a", {.samples = 1, .correct = {true}}}, {"b", {.samples = 1, .correct = {true}}}};
        shown.metric("a", 0);
        QVERIFY(!shown.answers.contains("a") && shown.answers.contains("b"));
    }

    /// Records of before there was a table of sentences.
    void withoutSentencesItStaysEnglish()
    {
        Record r;
        QCOMPARE(leftOutOf([](json& j) { j.erase("sentences"); }, r), std::string());
        QVERIFY(r.message == Text("3 bits"));
    }

    void whatAnotherVersionHasIsLeftOutAndSaid()
    {
        Record r;
        const Spec initial = defaultSpec("before-after");
        const std::string said = leftOutOf(
            [](json& j) {
                json& fields = j["spec"]["fields"];
                fields["quant.future"] = 3;
                fields["quant.bits"] = 99;
                fields.erase("train.epochs");
                j["figures"].push_back({{"id", "new"}, {"kind", "hologram"}, {"light", {1, 2}}});
                j["marks"][0]["live"]["quant.future"] = 3;
                j["knobs"][0]["field"] = "quant.future";
                j["future"] = {{"any", "thing"}};
                j["figures"][0]["future"] = 1;
            },
            r);
        for (const char* part : {"there is no setting quant.future any more", "the setting quant.bits: 99 is out of range",
                 "the setting train.epochs is not in it", "the figure \"new\" is of a kind that is not known here: \"hologram\"",
                 "its knob log does not fit before-after"})
            QVERIFY2(contains(said, part), (std::string(part) + " in " + said).c_str());
        QCOMPARE(std::count(said.begin(), said.end(), '\n'), 5);
        QVERIFY(validate(r.spec).empty() && r.spec.integer("quant.bits") == initial.integer("quant.bits"));
        QCOMPARE(r.figures.size(), everyFigure().size());
        QVERIFY(r.knobs.empty() && r.marks[0].live.size() == 1);
    }

    /// The files are on another machine: what was computed from them is here.
    void figuresBeyondSightAreLeftOut()
    {
        Record r;
        const std::string said = leftOutOf(
            [](json& j) {
                Figure scatter{.id = "many", .title = "many", .caption = {}, .description = {}, .body = Scatter{}};
                auto& points = std::get<Scatter>(scatter.body).points;
                for (int i = 0; i < 501; ++i) points.push_back({"p", 1, 1, Role::Neutral, {}});
                j["figures"].push_back(toJson(scatter));
                points.resize(500);
                scatter.id = "fewer";
                j["figures"].push_back(toJson(scatter));
            },
            r);
        QVERIFY2(said.find("\"many\" has more in it than can be seen") != std::string::npos, said.c_str());
        QVERIFY(figureOf(r.figures, "many") == nullptr && figureOf(r.figures, "fewer") != nullptr);
    }

    void pathsNeedNotExist()
    {
        Record r;
        QCOMPARE(leftOutOf([](json& j) { j["spec"]["fields"]["data.path"] = "/nowhere/at all"; }, r), std::string());
        QCOMPARE(r.spec.word("data.path"), std::string("/nowhere/at all"));
    }

    void whatIsNoRecordIsRefused_data()
    {
        QTest::addColumn<std::function<void(json&)>>("change");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* name, const char* says, std::function<void(json&)> change) {
            QTest::newRow(name) << std::move(change) << std::string(says);
        };
        row("a list", "this is not a record of a run", [](json& j) { j = json::array({1}); });
        row("a spec", "this is not a record of a run", [](json& j) { j = json(j["spec"]); });
        row("newer schema", "schema 2, this Bitstill reads up to 1; update Bitstill", [](json& j) { j["schema"] = 2; });
        row("no schema", "\"schema\" is not a version number", [](json& j) { j["schema"] = "one"; });
        row("unknown experiment", "there is no experiment \"before-afte\"; did you mean before-after?",
            [](json& j) { j["spec"]["experiment"] = "before-afte"; });
        row("no experiment", "experiment", [](json& j) { j["spec"] = json::array(); });
        row("outcome", "outcome: there is no \"won\"", [](json& j) { j["outcome"] = "won"; });
        row("outcome number", "outcome is not a text", [](json& j) { j["outcome"] = 1; });
        row("no figures", "figures is missing", [](json& j) { j.erase("figures"); });
        row("figures", "figures is not a list", [](json& j) { j["figures"] = "all"; });
        row("marks", "marks[0].label is missing", [](json& j) { j["marks"] = {1}; });
        row("mark's figure", "marks[1].figures[0].id is not a text", [](json& j) { j["marks"][1]["figures"][0]["id"] = 1; });
        row("twice", "figures: there are two figures \"bars\"", [](json& j) { j["figures"].push_back(json(j["figures"][2])); });
        row("twice in a mark", "marks[1].figures: there are two figures", [](json& j) { j["marks"][1]["figures"][1]["id"] = "curves"; });
        row("metrics", "metrics is not an object", [](json& j) { j["metrics"] = {1, 2}; });
        row("metric", "metrics.a is not a number", [](json& j) { j["metrics"]["a"] = "high"; });
        row("answers", "answers is not an object", [](json& j) { j["answers"] = "all"; });
        row("answers of one", "answers.c.samples is missing", [](json& j) { j["answers"]["c"] = 1; });
        row("answers, no fingerprint", "answers.c.samples is not a text", [](json& j) { j["answers"]["c"]["samples"] = 7; });
        row("answers, short fingerprint", "samples is not 16 hexadecimal digits", [](json& j) { j["answers"]["c"]["samples"] = "1"; });
        row("answers, no digits", "correct is not 2 hexadecimal digits", [](json& j) { j["answers"]["c"]["correct"] = "+/"; });
        row("answers, too few", "correct is not 2 hexadecimal digits", [](json& j) { j["answers"]["c"]["correct"] = "b"; });
        row("answers, too many", "correct is not 2 hexadecimal digits", [](json& j) { j["answers"]["c"]["correct"] = "b00"; });
        row("answers, of no sample", "correct has bits of more than 5 samples", [](json& j) { j["answers"]["c"]["correct"] = "b1"; });
        row("answers, none", "answers.c.count is out of range", [](json& j) { j["answers"]["c"]["count"] = 0; });
        row("answers, without end", "answers.c.count is out of range", [](json& j) { j["answers"]["c"]["count"] = 1'000'000'000'000; });
        row("answers, long", "correct is longer than 100,000 bytes",
            [](json& j) { j["answers"]["c"]["correct"] = std::string(1'000'000, 'f'); });
        row("threads", "threads is out of range", [](json& j) { j["threads"] = -1; });
        row("seconds", "seconds is not a number", [](json& j) { j["seconds"] = nullptr; });
        row("live value", "field quant.bits is neither", [](json& j) { j["marks"][0]["live"]["quant.bits"] = {1}; });
        row("sentences", "sentences is not an object", [](json& j) { j["sentences"] = {1}; });
    }
    void whatIsNoRecordIsRefused()
    {
        QFETCH(std::function<void(json&)>, change);
        QFETCH(std::string, says);
        const std::string said = refusalOf(change);
        QVERIFY2(contains(said, "[record.json]") && contains(said, says), said.c_str());
        QVERIFY2(!contains(said, " ;"), said.c_str());
    }

    void damageIsRefused()
    {
        const std::string document = jsonText(toJson(smallRecord()));
        for (std::size_t part = 0; part < 20; ++part)
            QVERIFY(contains(
                messageOf([&] { recordFromJson(document.substr(0, document.size() * part / 20), "record.json"); }), "not a JSON document"));
        const std::string deep = R"({"outcome": "finished", "spec": )" + std::string(100'000, '[');
        QVERIFY(contains(messageOf([&] { recordFromJson(deep, "record.json"); }), "nested deeper"));
        std::string large = R"({"outcome": "finished", "spec": {}, "figures": [0)";
        for (int i = 0; i < 10'000'000; ++i) large += ",0";
        QVERIFY(contains(messageOf([&] { recordFromJson(large + "]}", "record.json"); }), "holds more than 10,000,000 values"));
        QVERIFY(contains(messageOf([&] { recordFromJson(R"({"spec": {}, "spec": {}})", "record.json"); }), "\"spec\" twice"));
    }
};

QTEST_GUILESS_MAIN(TestRecordFiles)
#include "tst_record_files.moc"
