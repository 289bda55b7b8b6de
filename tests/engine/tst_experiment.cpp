// Fields, specs, figures: what an experiment is described by and what it hands out.

#include "engine/experiment/catalogue.h"
#include "engine/experiment/live_words.h"
#include "engine/experiment/record.h"
#include "engine/experiment/shared_axes.h"
#include "engine/experiment/shown.h"
#include "engine/experiment/smoothed.h"
#include "engine/io/json_text.h"
#include "tests/support/files.h"

#include <QtTest>
#include <cmath>
#include <limits>
#include <set>

using namespace bitstill;

class TestExperiment : public QObject {
    Q_OBJECT

    static void experimentRows()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }

private Q_SLOTS:
    void liveSettingsArePutInWords()
    {
        const ExperimentInfo& info = experimentInfo("number-line");
        Values values = defaultSpec("number-line").values;
        QCOMPARE(liveWords(info, values).english(), std::string("defaults"));
        values["quant.bits"] = std::int64_t{8};
        values["quant.clip"] = 80.0;
        QCOMPARE(liveWords(info, values).english(), std::string("Bits 8, Clip at 80 %"));
        values["quant.observer"] = std::string("min-max");
        QCOMPARE(liveWords(info, values).english(), std::string("Bits 8, Range min-max")); // the clip does not count now
    }

    /// What comes late may stand first, and how the networks were trained stands last.
    void figuresStandByTheirPlace()
    {
        Shown shown;
        const auto show = [&](const char* id, Place place) {
            shown.show(
                std::make_shared<const Figure>(Figure{.id = id, .caption = {}, .description = {}, .body = Readout{}, .place = place}));
        };
        for (int i = 0; i < 2; ++i) { // the second time they keep their places
            show("training", Place::Bottom);
            show("table", Place::Middle);
            show("point", Place::Top);
            show("verdict", Place::Middle);
            show("beside", Place::Top);
            QStringList order;
            for (const FigurePointer& f : shown.figures) order << QString::fromStdString(f->id);
            QCOMPARE(order, (QStringList{"point", "beside", "table", "verdict", "training"}));
        }
    }

    void defaultsAreValid_data() { experimentRows(); }
    void defaultsAreValid()
    {
        QFETCH(QString, id);
        QVERIFY2(validate(defaultSpec(id.toStdString())).empty(), describe(validate(defaultSpec(id.toStdString()))).c_str());
    }

    void fieldsAreComplete_data() { experimentRows(); }
    void fieldsAreComplete()
    {
        QFETCH(QString, id);
        const ExperimentInfo& info = experimentInfo(id.toStdString());
        std::set<std::string> keys;
        for (const Field& f : info.fields) {
            QVERIFY2(keys.insert(f.key).second, f.key.c_str());
            QVERIFY2(!f.label.empty() && !f.help.empty() && !f.group.empty(), f.key.c_str());
            QVERIFY2(f.help.pattern.back() == '.' && f.help.pattern.size() < 140, f.key.c_str());
            QVERIFY2(f.parse(describe(f.initial)) == f.initial, f.key.c_str());
            if (!f.visibleWhen.key.empty()) QVERIFY2(fieldOf(info, f.visibleWhen.key), f.key.c_str());
        }
    }

    void documentsReadBack_data() { experimentRows(); }
    void documentsReadBack()
    {
        QFETCH(QString, id);
        Spec spec = defaultSpec(id.toStdString());
        spec.seed = 18446744073709551615u;
        const Spec back = specFromJson(toJson(spec).dump(), "spec.json");
        QVERIFY(back == spec);
        QCOMPARE(specHash(back), specHash(spec));
        spec.seed = 2;
        QVERIFY(specHash(back) != specHash(spec));
    }

    void brokenDocumentsAreRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("not JSON") << "hello"
                                  << "not a JSON document";
        QTest::newRow("empty") << ""
                               << "not a JSON document";
        QTest::newRow("array") << "[]"
                               << "not an experiment's document";
        QTest::newRow("newer") << R"({"schema": 99, "experiment": "number-line"})"
                               << "schema 99";
        QTest::newRow("schema word") << R"({"schema": "x", "experiment": "number-line"})"
                                     << "version number";
        QTest::newRow("seed word") << R"({"experiment": "number-line", "seed": "x"})"
                                   << "seed";
        QTest::newRow("seed negative") << R"({"experiment": "number-line", "seed": -1})"
                                       << "seed";
        QTest::newRow("fields list") << R"({"experiment": "number-line", "fields": []})"
                                     << "fields";
        QTest::newRow("nested") << R"({"experiment": "number-line", "fields": {"quant.bits": {}}})"
                                << "quant.bits";
        QTest::newRow("null") << R"({"experiment": "number-line", "fields": {"quant.bits": null}})"
                              << "quant.bits";
        QTest::newRow("stranger") << R"({"experiment": "number-line", "colour": 1})"
                                  << "colour";
        const QString deep = QString(100000, QLatin1Char('['));
        QTest::newRow("deep") << deep << "deeper than 32 levels";
        QTest::newRow("deep member") << QStringLiteral(R"({"experiment": "number-line", "fields": {"quant.bits": %1}})").arg(deep)
                                     << "deeper than 32 levels";
        QTest::newRow("many values") << QStringLiteral("[%1").arg(QStringLiteral("0,").repeated(2000000)) << "more than 1,000,000 values";
        QTest::newRow("more behind a zero") << QString(QStringLiteral("{\"experiment\": \"number-line\"}") + QChar(0) + QStringLiteral("]"))
                                            << "not a JSON document";
        QTest::newRow("said twice") << R"({"experiment": "number-line", "fields": {"quant.bits": 3, "quant.bits": 4}})"
                                    << "\"quant.bits\" twice";
        QTest::newRow("controls") << "{\"experiment\": \"number-line\", \"\\u001b[31m\": 1}"
                                  << "\\x1b[31m";
    }
    void brokenDocumentsAreRefused()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const std::string message = messageOf([&] { specFromJson(text.toStdString(), "spec.json"); });
        QVERIFY2(contains(message, says.toStdString()) && contains(message, "spec.json"), message.c_str());
    }

    void allProblemsComeAtOnce()
    {
        Spec spec = defaultSpec("before-after");
        spec.values["quant.bits"] = std::int64_t{9};
        spec.values["quant.sceme"] = std::string("affine");
        spec.values["model.name"] = std::string("mlp-256-x");
        spec.values["train.learning_rate"] = std::string("fast");
        spec.values["data.set"] = std::string("mnist");
        const std::vector<Problem> problems = validate(spec);
        QCOMPARE(problems.size(), 5u);
        const std::string all = describe(problems);
        for (const char* part : {"quant.bits: 9 is out of range; choose 2 to 8", "did you mean quant.scheme?",
                 "there is no model \"mlp-256-x\"", "\"fast\" is not a number", "fashion-mnist"})
            QVERIFY2(contains(all, part), (all + "\nlacks " + part).c_str());
        spec.experiment = "befor-after";
        QVERIFY(contains(describe(validate(spec)), "did you mean before-after?"));
    }

    /// Each contrast is a spec that can run, other than the defaults; taken after another one it leaves nothing of it.
    void contrastsAreValidAndDoNotMix()
    {
        std::size_t found = 0;
        for (const ExperimentInfo& e : experiments())
            for (const Contrast& c : e.contrasts) {
                ++found;
                Spec spec = defaultSpec(e.id), after = spec;
                applyContrast(spec, c.id);
                QVERIFY2(validate(spec).empty(), describe(validate(spec)).c_str());
                QVERIFY2(!(spec == defaultSpec(e.id)), c.id.c_str());
                for (const Contrast& other : e.contrasts) applyContrast(after, other.id);
                applyContrast(after, c.id);
                QVERIFY2(after == spec, c.id.c_str());
            }
        QVERIFY(found >= 7);
        Spec spec = defaultSpec("teacher-student");
        QVERIFY_EXCEPTION_THROWN(applyContrast(spec, "none such"), Error);
    }

    /// Fields whose range the model or the data set: refused with what there is, and known to the form before.
    void rangesFollowModelAndData_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("sets");
        QTest::addColumn<QString>("says");
        QTest::newRow("layer") << "inside-qat"
                               << "model.name=mlp-64-32 show.layer=4"
                               << "show.layer: there is no layer 4; choose 1 to 3: dense1, dense2, dense3";
        QTest::newRow("last layer") << "inside-qat"
                                    << "model.name=mlp-64-32 show.layer=3"
                                    << "";
        QTest::newRow("layer of a cnn") << "inside-qat"
                                        << "model.name=cnn-4-8 show.layer=5"
                                        << "choose 1 to 4: conv1, conv2, dense1, dense2";
        QTest::newRow("class of ten") << "omitted-class"
                                      << "data.set=strokes distill.omitted=10"
                                      << "there are only 10 classes; choose 0 to 9";
        QTest::newRow("class of two") << "omitted-class"
                                      << "data.set=moons distill.omitted=2"
                                      << "there are only 2 classes; choose 0 to 1";
        QTest::newRow("class of a file") << "omitted-class"
                                         << "data.set=csv distill.omitted=20"
                                         << "";
        QTest::newRow("node of the student") << "teacher-student"
                                             << "distill.method=hints model.name=mlp-32 distill.student_tap=relu7"
                                             << "there is no node relu7 in mlp-32; the nodes are flatten, dense1, relu1, dense2; or auto";
        QTest::newRow("node of the teacher") << "teacher-student"
                                             << "distill.teacher=mlp-32 distill.teacher_tap=pool1"
                                             << "there is no node pool1 in mlp-32";
        QTest::newRow("widths") << "small-models"
                                << "sweep.narrowest=64 sweep.widest=32"
                                << "narrower than sweep.narrowest; choose 64 to 1024";
    }
    void rangesFollowModelAndData()
    {
        QFETCH(QString, id);
        QFETCH(QString, sets);
        QFETCH(QString, says);
        Spec spec = defaultSpec(id.toStdString());
        for (const QString& set : sets.split(QLatin1Char(' '))) {
            const std::string key = set.section(QLatin1Char('='), 0, 0).toStdString(),
                              value = set.section(QLatin1Char('='), 1).toStdString();
            spec.values[key] = fieldOf(experimentInfo(spec.experiment), key)->parse(value);
        }
        const std::string problems = describe(validate(spec));
        QVERIFY2(says.isEmpty() ? problems.empty() : contains(problems, says.toStdString()), problems.c_str());
    }

    void slidersEndWhereTheModelEnds()
    {
        const auto highest = [](const char* id, const char* key, const char* of, const char* value) {
            Spec spec = defaultSpec(id);
            spec.values[of] = std::string(value);
            spec.values["data.samples"] = std::int64_t{600};
            return fieldOf(experimentInfo(id), key)->highest(spec.values);
        };
        QCOMPARE(highest("inside-qat", "show.layer", "model.name", "mlp-64-32"), std::int64_t{3});
        QCOMPARE(highest("inside-qat", "show.layer", "model.name", "mlp-8"), std::int64_t{2});
        QCOMPARE(highest("omitted-class", "distill.omitted", "data.set", "moons"), std::int64_t{1});
        QCOMPARE(highest("soft-labels", "show.image", "data.set", "strokes"), std::int64_t{120});
        QCOMPARE(highest("soft-labels", "show.image", "data.set", "fashion-mnist"), std::int64_t{10000});
    }

    /// A contrast can be compared with the plain run: whatever was set before that bears on the comparison is back at its default.
    void contrastsAreComparable()
    {
        Spec spec = defaultSpec("teacher-student");
        spec.seed = 7;
        spec.values["data.samples"] = std::int64_t{2000};
        const Spec plain = spec;
        spec.values["distill.temperature"] = 20.0;
        spec.values["distill.teacher_weight"] = 0.1;
        spec.values["distill.method"] = std::string("decoupled");
        applyContrast(spec, "shuffled");
        QCOMPARE(spec.real("distill.temperature"), plain.real("distill.temperature"));
        QCOMPARE(spec.real("distill.teacher_weight"), plain.real("distill.teacher_weight"));
        QCOMPARE(spec.word("distill.method"), plain.word("distill.method"));
        QCOMPARE(spec.word("distill.knowledge"), std::string("shuffled"));
        applyContrast(spec, "");
        QVERIFY(spec == plain);
    }

    /// Scrubbing compares by eye: one figure has the same axes at every mark.
    void axesAreSharedOverTheMarks()
    {
        const auto curve = [](std::vector<double> y) {
            return Figure{.id = "c",
                .title = "t",
                .caption = "c",
                .description = "d",
                .body = Curves{{.title = "x", .range = AxisRange{0, 3}}, {.title = "y"},
                    {{"s", Role::Train, CurveSeries::Style::Solid, {0, 1}, std::move(y)}}}};
        };
        const auto bars = [](double value) {
            return Figure{.id = "b",
                .title = "t",
                .caption = "c",
                .description = "d",
                .body = Bars{{.title = "points"}, {"one"}, {{"s", Role::After, {value}, {}}}}};
        };
        std::vector<Mark> marks;
        for (const double v : {1.0, 4.0, -2.0})
            marks.push_back({"m", {std::make_shared<const Figure>(curve({v, v})), std::make_shared<const Figure>(bars(v))}, {}});
        const Figure first = withSharedAxes(*marks[0].figures[0], marks), last = withSharedAxes(*marks[2].figures[0], marks);
        QVERIFY(std::get<Curves>(first.body).y.range == std::get<Curves>(last.body).y.range);
        QVERIFY(std::get<Curves>(first.body).y.range->low < -2 && std::get<Curves>(first.body).y.range->high > 4);
        QVERIFY(std::get<Curves>(first.body).x.range == AxisRange({0, 3}));
        QVERIFY(std::get<Curves>(first.body).series[0].y == std::vector<double>({1, 1}));
        const Figure low = withSharedAxes(*marks[0].figures[1], {marks[0], marks[1]});
        QVERIFY(std::get<Bars>(low.body).value.range->low == 0 && std::get<Bars>(low.body).value.range->high > 4);
        // At two bits a layer's histogram has densities of up to 5, at eight it has shares.
        Figure shares = *marks[0].figures[0];
        Axis& y = std::get<Curves>(shares.body).y;
        y.title = "share";
        QVERIFY(std::get<Curves>(withSharedAxes(shares, marks).body).y.range->high < 4);
        y = {.title = "y", .percent = true};
        QVERIFY(std::get<Curves>(withSharedAxes(shares, marks).body).y.range->high < 4);
    }

    /// The colours of a network are shared where they mean the same.
    void coloursOfNetworksAreShared()
    {
        const auto network = [](const char* what, double value) {
            return std::make_shared<const Figure>(Figure{.id = "n",
                .title = "t",
                .caption = "c",
                .description = "d",
                .body = NetworkMap{.value = {.title = what}, .nodes = {{.name = "a", .value = value}, {.name = "b", .value = 2}}}});
        };
        const std::vector<Mark> marks{
            {"m", {network("bytes", 147456)}, {}}, {"m", {network("SQNR", 40)}, {}}, {"m", {network("SQNR", 5)}, {}}};
        const auto rangeAt = [&marks](std::size_t m) {
            return *std::get<NetworkMap>(withSharedAxes(*marks[m].figures[0], marks).body).value.range;
        };
        QVERIFY(rangeAt(0) == AxisRange({2, 147456}));
        QVERIFY(rangeAt(1) == AxisRange({2, 40}) && rangeAt(2) == AxisRange({2, 40}));
    }

    /// Unbiased from the first value on, and as slow as it says afterwards.
    void smoothingHasNoStart()
    {
        Smoothed constant, step;
        for (int i = 0; i < 5; ++i) constant.add(0.75);
        for (const double v : constant.values()) QVERIFY(std::abs(v - 0.75) < 1e-12);
        step.add(0.5);
        step.add(1);
        QVERIFY(std::abs(step.values()[0] - 0.5) < 1e-12);
        QVERIFY(std::abs(step.values()[1] - (0.95 * 0.05 * 0.5 + 0.05) / (1 - 0.95 * 0.95)) < 1e-12);
    }

    void whatIsNoNumberIsNotShownAsOne()
    {
        const double none = std::numeric_limits<double>::quiet_NaN(), endless = std::numeric_limits<double>::infinity();
        for (const std::string& shown : {fixed(none, 2), signedFixed(none, 2), significant(none)}) QCOMPARE(shown, std::string("—"));
        QCOMPARE(percent(none), std::string("— %"));
        QCOMPARE(fixed(endless, 1), std::string("∞"));
        QCOMPARE(signedFixed(-endless, 1), std::string("−∞"));
    }

    void textThatIsNotUtf8IsRefusedAtTheDoorAndReplacedOnOutput()
    {
        Spec spec = defaultSpec("before-after");
        spec.values["data.path"] = std::string("/tmp/caf\xE9");
        QVERIFY(contains(describe(validate(spec)), "data.path: \"/tmp/caf\xEF\xBF\xBD\" is not UTF-8"));
        spec.values["data.set"] = std::string("\xFF\x1b");
        QVERIFY(contains(describe(validate(spec)), "\xEF\xBF\xBD\\x1b"));
        // However it came there, the document is written.
        QVERIFY(contains(jsonText(toJson(spec)), "caf\xEF\xBF\xBD"));
        QCOMPARE(specHash(spec).size(), 16u);
        QVERIFY(contains(messageOf([] { specFromJson("{\"experiment\": \"caf\xE9\"}", "spec.json"); }), "not UTF-8"));
        Record record;
        record.spec = spec;
        record.metrics = {{"caf\xE9", 1.0}};
        Figure figure;
        figure.title = std::string("\xE9");
        figure.body = Table{{"\xE9"}, {{"\xE9"}}};
        record.figures = {std::make_shared<Figure>(figure)};
        QVERIFY(isUtf8(jsonText(toJson(record))));
    }

    void knobLogsAreReadBack()
    {
        const Spec spec = defaultSpec("before-after");
        Record record;
        record.spec = spec;
        record.knobs = {
            {0, "quant.bits", std::int64_t{4}, 3}, {7, "quant.scheme", std::string("affine"), 3}, {9, "quant.bits", std::int64_t{2}, -1}};
        QVERIFY(knobLogFrom(jsonText(toJson(record)), "record.json", spec) == record.knobs);
        // What does not belong to the log may be large: it is read past.
        const std::string large =
            R"({"figures": [)" + std::string(3000000, '0').replace(0, 0, "[[[0, {\"x\": 1}]]],1.") + R"(], "knobs": []})";
        QVERIFY(knobLogFrom(large, "record.json", spec).empty());
    }

    void knobLogsThatCannotBeAreRefused_data()
    {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const char* change, const char* says) { QTest::newRow(name) << change << says; };
        row("out of range", R"({"step": 1, "field": "quant.bits", "value": 99})", "quant.bits: 99 is out of range; choose 2 to 8");
        row("not a choice", R"({"step": 1, "field": "quant.scheme", "value": "none such"})", "there is no \"none such\"");
        row("other kind", R"({"step": 1, "field": "quant.bits", "value": "many"})", "\"many\" is not a whole number");
        row("number as word", R"({"step": 1, "field": "quant.bits", "value": "4"})", "\"4\" is not a whole number");
        row("not live", R"({"step": 1, "field": "train.epochs", "value": 2})", "train.epochs, which cannot change while before-after runs");
        row("no such field", R"({"step": 1, "field": "distill.temperature", "value": 2})", "does not fit before-after");
        row("step word", R"({"step": "x", "field": "quant.bits", "value": 4})", "proper \"step\"");
        row("step negative", R"({"step": -5, "field": "quant.bits", "value": 4})", "proper \"step\"");
        row("no step", R"({"field": "quant.bits", "value": 4})", "proper \"step\"");
        row("moment huge", R"({"step": 1, "moment": 9223372036854775807, "field": "quant.bits", "value": 4})", "proper \"moment\"");
        row("back in time",
            R"({"step": 5, "moment": 5, "field": "quant.bits", "value": 4}, {"step": 5, "moment": 4, "field": "quant.bits", "value": 3})",
            "back in time");
        row("value nested", R"({"step": 1, "field": "quant.bits", "value": [[[[4]]]]})", "quant.bits");
        row("not an object", "7", "does not fit");
    }
    void knobLogsThatCannotBeAreRefused()
    {
        QFETCH(QString, change);
        QFETCH(QString, says);
        const std::string document = "{\"knobs\": [" + change.toStdString() + "]}";
        const std::string message = messageOf([&] { knobLogFrom(document, "record.json", defaultSpec("before-after")); });
        QVERIFY2(contains(message, says.toStdString()) && contains(message, "record.json"), message.c_str());
    }

    void recordsThatAreNoneAreRefused()
    {
        const Spec spec = defaultSpec("before-after");
        for (const std::string& document : {std::string("[]"), std::string("{}"), std::string(R"({"knobs": {}})"), std::string(200000, '['),
                 "{\"knobs\": " + std::string(200000, '[')})
            QVERIFY(contains(messageOf([&] { knobLogFrom(document, "record.json", spec); }), "record.json"));
    }

    void realsMayBeWrittenAsWholeNumbers()
    {
        const Spec spec = specFromJson(R"({"experiment": "before-after", "fields": {"train.learning_rate": 1, "quant.bits": 4.0}})", "x");
        QVERIFY(validate(spec).empty());
        QCOMPARE(spec.real("train.learning_rate"), 1.0);
        QCOMPARE(spec.integer("quant.bits"), std::int64_t{4});
    }

    void figuresBecomeTables()
    {
        const Figure f{.id = "x",
            .title = "Title",
            .caption = "A caption, with a comma",
            .description = "d",
            .body = Curves{{.title = "time", .unit = "s"}, {.title = "loss"},
                {{"a, \"quoted\"", Role::Train, CurveSeries::Style::Solid, {0, 0.5}, {1, 0.1}}}}};
        QCOMPARE(QString::fromStdString(toCsv(f, "source")),
            QStringLiteral(
                "# Title\n# A caption, with a comma\n# source\nseries,time (s),loss\n\"a, \"\"quoted\"\"\",0,1\n\"a, \"\"quoted\"\"\",0.5,0.1\n"));
    }
};

QTEST_APPLESS_MAIN(TestExperiment)
#include "tst_experiment.moc"
