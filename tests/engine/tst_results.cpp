// What experiments compute, without a session: their fields, their networks, and the results that figures are drawn from.

#include "engine/data/catalogue.h"
#include "engine/distill/method.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/experiments/before_after.h"
#include "engine/experiment/experiments/four_ways.h"
#include "engine/experiment/experiments/inside_qat.h"
#include "engine/experiment/experiments/number_line.h"
#include "engine/experiment/experiments/omitted_class.h"
#include "engine/experiment/experiments/small_models.h"
#include "engine/experiment/experiments/soft_labels.h"
#include "engine/experiment/experiments/squeeze.h"
#include "engine/experiment/experiments/teacher_student.h"
#include "engine/experiment/experiments/ways_to_distil.h"
#include "engine/experiment/experiments/which_layer.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/metric_name.h"
#include "engine/experiment/models.h"
#include "engine/experiment/shown.h"
#include "tests/support/figure_of.h"
#include "tests/support/files.h"

#include <QtTest>
#include <cmath>
#include <limits>

using namespace bitstill;

namespace {

std::vector<std::string> keysOf(const std::vector<Field>& fields)
{
    std::vector<std::string> keys;
    for (const Field& f : fields) keys.push_back(f.key);
    return keys;
}

using Keys = std::vector<std::string>;

/// `right` of 100 answers.
std::vector<char> answers(int right)
{
    std::vector<char> correct(100, 0);
    std::fill_n(correct.begin(), right, 1);
    return correct;
}

double metric(const Metrics& metrics, const std::string& name)
{
    for (const auto& [key, value] : metrics)
        if (key == name) return value;
    return std::nan("");
}

teacher_student::Pair pairOf(std::size_t number, double alone, double taught, double temperature)
{
    teacher_student::Pair p{.number = number, .settings = {.temperature = temperature}};
    p.alone.accuracy = alone;
    p.taught.accuracy = taught;
    return p;
}

} // namespace

class TestResults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Else a comparison would pair the answers of what is told no more.
    void aMetricThatIsDroppedTakesItsAnswersAlong()
    {
        Shown shown;
        for (const char* name : {"float32.accuracy", "static.accuracy"}) {
            shown.metric(name, 0.5);
            shown.answers[name] = {};
        }
        shown.dropMetric("static.accuracy");
        QCOMPARE(shown.metrics.size(), std::size_t{1});
        QVERIFY(shown.answers.contains("float32.accuracy"));
        QVERIFY(!shown.answers.contains("static.accuracy"));
    }

    void fieldsAreChangedByKey()
    {
        const Fields quant = quantFields();
        QCOMPARE(keysOf(quant), (Keys{"quant.bits", "quant.scheme", "quant.granularity"}));
        QCOMPARE(keysOf(quant.without({"quant.scheme"})), (Keys{"quant.bits", "quant.granularity"}));
        QCOMPARE(keysOf(quant.only({"quant.granularity", "quant.bits"})), (Keys{"quant.bits", "quant.granularity"})); // the group's order
        QCOMPARE(keysOf(quant.withAfter("quant.bits", activationBitsField())),
            (Keys{"quant.bits", "quant.activation_bits", "quant.scheme", "quant.granularity"}));
        QCOMPARE(keysOf(quant.with(formatField())).back(), std::string("quant.format"));
        QVERIFY(quant.without({"quant.scheme"}).with("quant.bits", std::int64_t{3}).at("quant.bits").initial == Value(std::int64_t{3}));
        QVERIFY(quant.at("quant.bits").initial == Value(std::int64_t{4})); // itself it stays as it was
        QVERIFY(quant.at("quant.scheme").live && !quant.fixed().at("quant.scheme").live);
        QVERIFY(quant.fixed().live("quant.bits").at("quant.bits").live && !quant.fixed().live("quant.bits").at("quant.scheme").live);
        QCOMPARE(quant.visibleWhen({"a", {"b"}}).at("quant.scheme").visibleWhen.key, std::string("a"));
        QCOMPARE(keysOf(joinFields({quant.only({"quant.bits"}), {formatField()}})), (Keys{"quant.bits", "quant.format"}));
    }

    /// A key that a group no longer has is found when the table is made, not when somebody misses the field.
    void strangeKeysAreRefused()
    {
        const Fields quant = quantFields();
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, quant.without({"quant.bit"}));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, quant.only({"quant.bit"}));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, quant.with("quant.bit", std::int64_t{3}));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, quant.withAfter("quant.bit", formatField()));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, quant.live("quant.bit"));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, quant.at("quant.bit"));
    }

    void intervalsAreWrittenOneWay()
    {
        const Interval change{0.012, 0.002, 0.022, 5};
        QCOMPARE(changeText(change), std::string("+1.20 ± 1.00"));
        QCOMPARE(pointsText(change, 100, 1).english(), std::string("+1.2 ± 1.0 points"));
        QCOMPARE(pointsText({-1.5, -2, -1, 5}, 1).english(), std::string("−1.50 ± 0.50 points"));
        QCOMPARE(shareText({0.9, 0.85, 0.95, 100}), std::string("90.00 % ± 5.00"));
        QCOMPARE(meanText({1.25, 1, 1.5, 3}, 1, 3), std::string("1.250 ± 0.250"));
        const double infinity = std::numeric_limits<double>::infinity(); // of one value, as meanInterval says it
        const Interval single = meanInterval({0.5});
        QCOMPARE(single.high, infinity);
        QCOMPARE(pointsText(single).english(), std::string("+50.00 points"));
        QCOMPARE(shareText(single), std::string("50.00 %"));
    }

    void metricNamesAreOfOneKind()
    {
        QCOMPARE(metricName({"static", bitsPart(8), "accuracy"}), std::string("static.accuracy"));
        QCOMPARE(metricName({"static", bitsPart(4), "accuracy"}), std::string("static.b4.accuracy"));
        QCOMPARE(metricName({"w16", "qat", bitsPart(2), "accuracy"}), std::string("w16.qat.b2.accuracy"));
    }

    /// What a method does not have is not offered with it.
    void settingsAreThoseOfTheMethod()
    {
        const Fields student = studentFields();
        const auto offered = [&](const char* field, const char* method) {
            const Field::Condition& when = student.at(field).visibleWhen;
            return when.key == "distill.method" && when.holds(std::string(method));
        };
        for (const char* method : {"soft-labels", "decoupled", "born-again", "assistant", "virtual-teacher"})
            QVERIFY2(offered("distill.temperature", method) && offered("distill.teacher_weight", method), method);
        for (const char* method : {"logits", "label-smoothing"})
            QVERIFY2(!offered("distill.temperature", method) && offered("distill.teacher_weight", method), method);
        for (const char* method : {"hints", "attention", "similarity", "relational", "mutual"})
            QVERIFY2(!offered("distill.temperature", method) && !offered("distill.teacher_weight", method), method);
        for (const char* method : {"hints", "attention", "similarity", "relational"}) QVERIFY(offered("distill.feature_weight", method));
        for (const DistillMethod& m : distillMethods()) { // those with a loss of their own: the temperature matters to it
            if (!offered("distill.temperature", m.name.c_str())) continue;
            const float logits[] = {2, 0, 1}, taught[] = {0, 3, 1};
            float gradient[3];
            QVERIFY2(
                m.loss(logits, taught, 3, 0, {.temperature = 1}, gradient) != m.loss(logits, taught, 3, 0, {.temperature = 5}, gradient),
                m.name.c_str());
        }
        QVERIFY(temperatureField(4).visibleWhen.key.empty()); // where there is no method to choose
        const Field::Condition hasFile = teachersFields().at("distill.teacher_scale").visibleWhen;
        QVERIFY(hasFile.key == "distill.teacher_file" && hasFile.holds(std::string("a.onnx")) && !hasFile.holds(std::string()));
    }

    void eachClassHasAPictureWhereSamplesAreSome()
    {
        Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 100, .noise = 0.2});
        const std::vector<ImageTile> pictures = soft_labels::classPictures(data);
        QCOMPARE(pictures.size(), data.classes.size());
        for (const ImageTile& p : pictures) QCOMPARE(p.pixels.size(), data.shape.size());
        const int first = data.train.labels.front();
        for (auto& label : data.train.labels) label = label == first ? (first + 1) % data.classCount() : label;
        QVERIFY(soft_labels::classPictures(data).empty()); // one of them has no samples
        const Dataset points = loadDataset("moons", {.path = {}, .seed = 1, .samples = 100, .noise = 0.2});
        QVERIFY(soft_labels::classPictures(points).empty());
    }

    /// The network is that of the field, for these data; what is wrong with it is said of that field.
    void modelsAreThoseThatTheSpecNames()
    {
        Spec spec = defaultSpec("teacher-student");
        spec.values["model.name"] = std::string("mlp-7");
        spec.values["distill.teacher"] = std::string("cnn-4-8");
        spec.values["distill.assistant"] = std::string("mlp-9");
        const Dataset images = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 100, .noise = 0.2});
        const Dataset points = loadDataset("moons", {.path = {}, .seed = 1, .samples = 100, .noise = 0.2});
        QCOMPARE(makeModel(spec, images).parameterCount(), std::size_t{784 * 7 + 7 + 7 * 10 + 10});
        QCOMPARE(makeModel(spec, points).parameterCount(), std::size_t{2 * 7 + 7 + 7 * 2 + 2});
        QCOMPARE(resolveModel(spec, points, "distill.assistant").parameterCount(), std::size_t{2 * 9 + 9 + 9 * 2 + 2});
        QVERIFY(resolveModel(spec, images, "distill.teacher").find("conv1") > 0);
        const std::string tooSmall = messageOf([&] { resolveModel(spec, points, "distill.teacher"); });
        QVERIFY2(contains(tooSmall, "[distill.teacher") && contains(tooSmall, "mlp"), tooSmall.c_str());
        spec.values["distill.assistant"] = std::string("mpl-9");
        const std::string stranger = messageOf([&] { resolveModel(spec, images, "distill.assistant"); });
        QVERIFY2(contains(stranger, "[distill.assistant]") && contains(stranger, "the models are"), stranger.c_str());
    }

    /// Bit i is step i. The second step harms, the third helps only beside the first.
    void aLadderTakesWhatHelps()
    {
        std::vector<Taken> measured;
        const auto change = [](Taken taken) { return -0.4 + 0.2 * (taken & 1) - 0.05 * (taken >> 1 & 1) + (taken == 5 ? 0.1 : 0); };
        const Ladder ladder = tryRepairs({{"a", text("equalization")}, {"b", text("AdaRound")}, {"c", text("bias correction")}},
            {.measure =
                    [&](Taken taken) {
                        measured.push_back(taken);
                        return Rounded{{}, {change(taken), 0, 0, 0}};
                    },
                .divergence = [&](Taken taken) { return -change(taken); }},
            7);
        QCOMPARE(measured, (std::vector<Taken>{0, 1, 2, 3, 4, 5})); // nothing on top of the step that was not taken
        QVERIFY(ladder.results[0].taken() && !ladder.results[1].taken() && ladder.results[2].taken());
        QCOMPARE(ladder.results[1].combined.change.mean, change(1)); // repeats the one below
        QCOMPARE(ladder.top().change.mean, change(5));
        QCOMPARE(ladder.results[2].before, -change(1));
        QCOMPARE(ladder.best().id, std::string("a"));
        QCOMPARE(ladder.guards, std::size_t{7});
    }

    void theWorstLayerIsTheOneThatMovesTheAnswers()
    {
        const which_layer::Layers layers{
            .layers = {{.name = "a", .only = {-0.3, 0, 0, 0}, .divergence = 0.1}, {.name = "b", .divergence = 0.5}, {.name = "c"}}};
        QCOMPARE(layers.worst(), std::size_t{1});
        QCOMPARE(metric(which_layer::metricsOf(layers), "layer.a.only.change"), -0.3);
        QCOMPARE(which_layer::toggled({"a", "c"}, "b"), std::string("a b c"));
        QCOMPARE(which_layer::toggled({"a", "c"}, "a"), std::string("c"));
    }

    void waysAreComparedOnTheSameSamples()
    {
        using namespace four_ways;
        Result r{.testSamples = 100,
            .ways = {{.correct = answers(90), .bytes = 400, .latency = Latency{10, 20, 30}},
                {.method = Method::Dynamic, .bits = 8, .correct = answers(88), .latency = Latency{5, 5, 5}},
                {.method = Method::Static, .bits = 8, .correct = answers(85), .latency = Latency{5, 25, 15}},
                {.method = Method::Dynamic, .bits = 4, .correct = answers(80)},
                {.method = Method::Static, .bits = 4, .correct = answers(60)}}};
        QCOMPARE(fasterBatches(r.exact(), *r.find(Method::Static, 8)), (std::vector<int>{1, 256}));
        QVERIFY(!r.find(Method::Aware, 8));
        const Metrics metrics = metricsOf(r);
        QCOMPARE(metric(metrics, "static.accuracy"), 0.85);
        QCOMPARE(metric(metrics, "static.b4.accuracy"), 0.6);
        QCOMPARE(metric(metrics, "float32.latency_us.batch32"), 20.0);
        const std::vector<Figure> figures = figuresOf(r);
        const Bars& bars = std::get<Bars>(figureOf(figures, "change").body);
        QCOMPARE(bars.series.size(), std::size_t{2}); // none trained aware yet
        QCOMPARE(bars.series[1].values, (std::vector<double>{-5, -30}));
        QVERIFY2(contains(figureOf(figures, "ways").title.english(), "At 4 bits static changes float by −30.0 ±"),
            figureOf(figures, "ways").title.english().c_str());
        r.ways.push_back({.method = Method::Aware, .bits = 8, .correct = answers(85)});
        QVERIFY(contains(figuresOf(r).front().title.english(), "At 8 bits QAT changes static by"));
        r.ways.push_back({.method = Method::Aware, .bits = 4, .correct = answers(80)});
        const Figure ways = figuresOf(r).front();
        QVERIFY2(ways.title.english().starts_with("QAT gives back 20.0 ± "), ways.title.english().c_str());
        QVERIFY(ways.place == Place::Top);
        const Bars& all = std::get<Bars>(ways.body);
        QCOMPARE(all.series.size(), std::size_t{4});
        QCOMPARE(all.series[0].values, (std::vector<double>{0.9, 0.9}));
        QCOMPARE(all.series[3].values, (std::vector<double>{0.85, 0.8}));
    }

    /// All bits are in the picture, and the sentence is of those that were chosen.
    void theCliffIsThatOfTheNetwork()
    {
        using namespace before_after;
        Cliff cliff{.exact = 0.9, .samples = 100};
        for (const int right : {10, 60, 85, 90, 90, 90, 90}) {
            cliff.after.push_back(right / 100.0);
            cliff.changes.push_back(pairedDifference(answers(90), answers(right)));
        }
        const Figure three = cliffFigure(cliff, 3, Text("now"));
        QCOMPARE(three.title.english(), "3 bits cost 30.0 ± " + fixed(100 * cliff.changes[1].halfWidth(), 1) + " points");
        QVERIFY(contains(cliffFigure(cliff, 8, {}).title.english(), "8 bits cost nothing for certain: "));
        const std::vector<CurveSeries>& series = std::get<Curves>(three.body).series;
        QCOMPARE(series[1].y, cliff.after);
        QCOMPARE(series[1].x, (std::vector<double>{2, 3, 4, 5, 6, 7, 8}));
        QVERIFY(series[2].x == std::vector<double>{3} && series[2].y == std::vector<double>{0.6});
    }

    /// A mean over batches stands beside what was measured: it says so, and is not pulled to where it began.
    void theTrainingCurveSaysThatItIsSmoothed()
    {
        before_after::Course course{.epochs = 1, .at = {0.5, 1}, .loss = {2, 1}, .testAt = {1}, .testAccuracies = {1}};
        for (const double accuracy : {0.5, 1.0}) course.accuracies.add(accuracy);
        const CurveSeries training = std::get<Curves>(before_after::figuresOf(course)[0].body).series[0];
        QCOMPARE(training.name.english(), std::string("training, smoothed"));
        QCOMPARE(training.y[0], 0.5);
        QVERIFY(training.y[1] > 0.75); // the later one counts for more; a biased mean would say 0.525
    }

    void theLayerThatHurtsIsNamed()
    {
        which_layer::Layers layers{
            .layers = {{.name = "a", .only = {-0.1, -0.12, -0.08, 9}}, {.name = "b", .only = {-0.3, -0.35, -0.25, 9}}}};
        QCOMPARE(which_layer::layersFigure(layers, 4, {}).title.english(), std::string("b hurts most: −30.0 ± 5.0 points"));
        layers.layers = {{.name = "c", .only = {-0.01, -0.03, 0.01, 9}}};
        QVERIFY(
            contains(which_layer::layersFigure(layers, 4, {}).title.english(), "No layer hurts for certain; c changes −1.0 ± 2.0 points"));
        const Bars bars = std::get<Bars>(which_layer::layersFigure(layers, 4, {}).body);
        QVERIFY(bars.series[0].intervals[0] == (AxisRange{-3, 1}));
    }

    void numbersAreRoundedAndJudged()
    {
        using namespace number_line;
        Tensor values(Shape{1001});
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 500 - 1; // −1 ... 1
        bool stop = false;
        const Numbers numbers = watched(values, [&] { return stop; });
        QCOMPARE(numbers.range.low, -1.0f);
        QCOMPARE(numbers.watchers.size(), observers().size());
        const number_line::Result whole = roundedBy(numbers, {.bits = 4, .range = numbers.range});
        QVERIFY(std::abs(whole.scale() - 1.0 / 7) < 1e-6);
        QCOMPARE(whole.used, std::int64_t{15});
        QCOMPARE(whole.clipped, 0.0);
        QVERIFY(std::abs(whole.rmse / whole.scale() - 0.289) < 0.01);
        const number_line::Result half = roundedBy(numbers, {.bits = 4, .range = {-0.5f, 0.5f}});
        QVERIFY(std::abs(half.clipped - 0.464) < 0.01); // beyond half a step outside the last level
        QVERIFY(half.sqnr < whole.sqnr);
        const std::vector<double> byBits = sqnrByBits(numbers, whole.way);
        QCOMPARE(byBits.size(), std::size_t{7});
        QCOMPARE(byBits[2], whole.sqnr);
        QVERIFY(std::abs(byBits.back() - roundingAlone(numbers, whole.way)) < 0.2); // nothing is clipped
        stop = true;
        QVERIFY_THROWS_EXCEPTION(Stopped, watched(values, [&] { return stop; }));
    }

    void codesThatComeBackOscillate()
    {
        using namespace inside_qat;
        CodeHistory history({0, 0, 5});
        std::vector<std::int32_t> fresh{1, 0, 5};
        QCOMPARE(takeCodes(history, fresh, 10).changed, std::size_t{1});
        QCOMPARE(fresh, (std::vector<std::int32_t>{0, 0, 5})); // those before
        fresh = {0, 1, 5};
        CodeChanges seen = takeCodes(history, fresh, 10 + kMemory);
        QCOMPARE(seen.changed, std::size_t{2});
        QCOMPARE(seen.returned, std::size_t{1}); // the first went up and comes down again
        fresh = {0, 2, 5};
        QCOMPARE(takeCodes(history, fresh, 70).returned, std::size_t{0}); // on in the same direction
        fresh = {0, 1, 5};
        QCOMPARE(takeCodes(history, fresh, 71 + kMemory).returned, std::size_t{0}); // too long ago
    }

    void theEstimatorSeesALineThatEndsWithTheRange()
    {
        const inside_qat::Staircase s = inside_qat::staircaseOf(3, 0.1f); // ±3 steps
        for (std::size_t i = 0; i < s.x.size(); ++i) {
            QVERIFY(std::abs(s.y[i] - std::clamp(0.1 * std::nearbyint(s.x[i] / 0.1), -0.3, 0.3)) < 0.051);
            QVERIFY(std::abs(s.seen[i] - std::clamp(s.x[i], -0.35, 0.35)) < 0.01); // slope 1, then 0
        }
    }

    void weightsOnTheBorderAreFollowed()
    {
        Tensor weights(Shape{5});
        const float values[] = {0.0f, 0.149f, 0.31f, 0.26f, 9.0f};
        std::copy(std::begin(values), std::end(values), weights.begin());
        QuantParameters p = chooseParameters(4, Scheme::Symmetric, {1, 1, 5}, {{-0.7f, 0.7f}}); // steps of 0.1
        const auto trails = inside_qat::nearestToBorders(weights, p, 2);
        QCOMPARE(trails.size(), std::size_t{2});
        QCOMPARE(trails[0].index, std::size_t{1});
        QCOMPARE(trails[1].index, std::size_t{3});
    }

    /// The probability that a label names, and what temperature does to it.
    void gradientsShrinkWithTheTemperature()
    {
        using namespace soft_labels;
        const Logits teacher{{4, 1, 0, 0, 2, 1}, 2, 3}, student{{0, 0, 0, 0, 0, 0}, 2, 3};
        QCOMPARE(gradientSize({}, teacher, {0, 1}, 2), 0.0);
        const double at1 = gradientSize(student, teacher, {0, 1}, 1), at10 = gradientSize(student, teacher, {0, 1}, 10);
        QVERIFY(at1 > 0.5 && at10 < at1 / 50); // about 1/T²
        const std::vector<double> swept = sweptTemperatures();
        QVERIFY(std::abs(swept.front() - 0.1) < 1e-12 && std::abs(swept.back() - 50) < 1e-9);
    }

    void atTemperatureOneThereIsNothingToCompareWith()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 100, .noise = 0.2});
        soft_labels::Seen seen{.teacher = {std::vector<float>(data.test.count() * 10, 1.0f), data.test.count(), 10}};
        for (const double t : {1.0, 4.0}) {
            const std::vector<Figure> figures = labelFigures(soft_labels::View{data, seen, 0, t}, {});
            const std::size_t temperatures = t == 1 ? 1 : 2;
            QCOMPARE(std::get<Bars>(figureOf(figures, "labels").body).series.size(), temperatures);
            QCOMPARE(std::get<Curves>(figureOf(figures, "ranks").body).series.size(), temperatures + 1);
            const Table& tail = std::get<Table>(figureOf(figures, "tail").body);
            QCOMPARE(tail.columns.size(), temperatures + 2);
            QCOMPARE(tail.rows.front().size(), temperatures + 2);
        }
    }

    void verdictsAreThoseOfTheInterval_data()
    {
        QTest::addColumn<QList<double>>("points");
        QTest::addColumn<int>("sign");
        QTest::addColumn<int>("verdict");
        using small_models::Verdict;
        const auto row = [](const char* name, const QList<double>& points, int sign, Verdict v) {
            QTest::newRow(name) << points << sign << static_cast<int>(v);
        };
        row("one seed", {5}, 1, Verdict::TooFewSeeds);
        row("above", {5, 6, 5}, 1, Verdict::Confirmed);
        row("above, claimed below", {5, 6, 5}, -1, Verdict::Refuted);
        row("below", {-5, -6, -5}, 1, Verdict::Refuted);
        row("below, claimed below", {-5, -6, -5}, -1, Verdict::Confirmed);
        row("about", {-5, 6, 1}, -1, Verdict::NoDifference);
    }
    void verdictsAreThoseOfTheInterval()
    {
        QFETCH(QList<double>, points);
        QFETCH(int, sign);
        QFETCH(int, verdict);
        QCOMPARE(static_cast<int>(small_models::verdictOn({points.begin(), points.end()}, sign)), verdict);
    }

    void smallAgainstLargeIsPairedBySeed()
    {
        using namespace small_models;
        small_models::Result r{
            .widths = {{.width = 4, .exact = {0.8, 0.9}, .aware = {0.7, 0.8}}, {.width = 8, .exact = {0.9, 0.9}, .aware = {0.9, 0.9}}},
            .bits = 6};
        r.widths[0].rounded[6] = {0.5, 0.7};
        r.widths[1].rounded[6] = {0.8, 0.9};
        const std::vector<double> more = r.narrowestAgainstWidest(), back = r.givenBack();
        QVERIFY(std::abs(more[0] + 20) < 1e-9 && std::abs(more[1] + 20) < 1e-9);
        QVERIFY(std::abs(back[0] - 20) < 1e-9 && std::abs(back[1] - 10) < 1e-9);
        const Metrics metrics = metricsOf(r);
        QVERIFY(std::abs(metric(metrics, "small_loses_more.mean") - 20) < 1e-9);
        QVERIFY(std::abs(metric(metrics, "w4.static.b2.accuracy") - 0.6) < 1e-9);
        for (std::size_t b = 0; b < 6; ++b) r.widths[0].rounded[b] = r.widths[1].rounded[b] = {0.9, 0.9};
        const Figure map = figuresOf(r).front();
        QCOMPARE(map.id, std::string("bits"));
        QCOMPARE(map.title.english(), std::string("Width 4 loses 20.0 ± 0.0 points more"));
    }

    /// One of two seeds would make the axis, which all moments share, useless.
    void intervalsOfTwoSeedsAreNotDrawn_data()
    {
        QTest::addColumn<std::size_t>("seeds");
        QTest::addColumn<std::size_t>("drawn"); ///< of two bars
        QTest::newRow("2") << std::size_t{2} << std::size_t{0};
        QTest::newRow("3") << std::size_t{3} << std::size_t{2};
    }
    void intervalsOfTwoSeedsAreNotDrawn()
    {
        QFETCH(std::size_t, seeds);
        QFETCH(std::size_t, drawn);
        const std::vector<double> low(seeds, 0.7), high(seeds, 0.8);
        small_models::Result small;
        for (const int width : {4, 8}) {
            small_models::Width w{.width = width, .exact = high, .aware = high};
            std::ranges::fill(w.rounded, low);
            small.widths.push_back(w);
        }
        const std::vector<Figure> widths = figuresOf(small);
        for (const BarSeries& s : std::get<Bars>(figureOf(widths, "drop").body).series) QCOMPARE(s.intervals.size(), drawn);
        QCOMPARE(contains(figureOf(widths, "drop").caption.english(), "Lines"), drawn > 0);
        const ways_to_distil::Result ways{
            .ways = {{.method = {.name = "alone"}, .accuracies = low}, {.method = {.name = "logits"}, .accuracies = high},
                {.method = {.name = "flat"}, .accuracies = low}}};
        const std::vector<Figure> compared = figuresOf(ways);
        QCOMPARE(std::get<Bars>(figureOf(compared, "gains").body).series[0].intervals.size(), drawn);
        QCOMPARE(contains(figureOf(compared, "gains").caption.english(), "Lines"), drawn > 0);
        teacher_student::Result taught{.settings = {.temperature = 2}, .spec = defaultSpec("teacher-student")};
        for (std::size_t i = 0; i < seeds; ++i) taught.pairs.push_back(pairOf(i, 0.7, 0.8, 2));
        const std::vector<Figure> gains = figuresOf(taught);
        QCOMPARE(contains(figureOf(gains, "contrasts").caption.english(), "lines"), drawn > 0);
    }

    void oneSeedIsNoSeeds()
    {
        const std::vector<double> one{0.7};
        small_models::Result small{.widths = {{.width = 4, .exact = one, .aware = one}}};
        std::ranges::fill(small.widths[0].rounded, one);
        const ways_to_distil::Result ways{
            .ways = {{.method = {.name = "alone"}, .accuracies = one}, {.method = {.name = "kd"}, .accuracies = one}}};
        squeeze_down::Result squeezed{
            .stages = {{.id = "teacher", .accuracies = one, .bytes = 8}, {.id = "student.alone.qat", .accuracies = one, .bytes = 1},
                {.id = "student.taught.static", .accuracies = one, .bytes = 1},
                {.id = "student.taught.qat", .accuracies = one, .bytes = 1}}};
        const teacher_student::Result pair{.pairs = {pairOf(0, 0.5, 0.6, 9)}, .settings = {.temperature = 9}};
        std::vector<Figure> all = figuresOf(small);
        for (const std::vector<Figure>& some : {figuresOf(ways), figuresOf(squeezed), {verdictFigure(pair)}})
            all.insert(all.end(), some.begin(), some.end());
        int said = 0;
        for (const Figure& f : all) {
            QVERIFY2(!contains(f.caption.english(), "1 seeds"), f.caption.english().c_str());
            said += contains(f.caption.english(), "1 seed");
        }
        QCOMPARE(said, 4);
    }

    /// Three samples of class 2, which the network puts one below the others.
    void oneBiasBringsAClassBack()
    {
        using namespace omitted_class;
        const Logits logits{{3, 0, 2.5f, 1, 0, 0.4f, 0, 2, 1.2f, 4, 0, 0, 0, 4, 0}, 5, 3};
        const std::vector<std::int32_t> labels{2, 2, 2, 0, 1};
        const Biased b{logits, labels, 2};
        QCOMPARE(b.recall(0), 0.0);
        QCOMPARE(b.recall(0.7), 2.0 / 3);
        QCOMPARE(b.accuracy(1), 1.0);
        QCOMPARE(b.accuracy(20), 3.0 / 5); // it swallows the others
        QCOMPARE(bestBias(b), 1.0); // the first that is best
        QCOMPARE(b.takenFor(), (std::vector<double>{2.0 / 3, 1.0 / 3, 0}));
        Samples samples;
        samples.labels = labels;
        QCOMPARE(withoutClass(samples, 2), (std::vector<std::uint32_t>{3, 4}));
        QCOMPARE(b.first(2), (std::vector<std::size_t>{0, 1}));
        const omitted_class::Result r{.className = "bag",
            .students = {{.id = "hard", .recalledPlain = answers(0), .recalledCorrected = answers(60)},
                {.id = "soft", .recalledPlain = answers(1), .recalledCorrected = answers(86)}}};
        const std::string title = figuresOf(r).front().title.english();
        QVERIFY2(title.starts_with("bag: 1 % → 86 ± ") && title.ends_with("never seen"), title.c_str());
    }

    void gainsArePairedOverSeeds()
    {
        squeeze_down::Result squeezed{.stages = {{.id = "teacher", .accuracies = {0.9}}, {.id = "a", .accuracies = {0.5, 0.6, 0.7}},
                                          {.id = "b", .accuracies = {0.6, 0.7, 0.8}}}};
        QVERIFY(std::abs(squeezed.gain("a", "b").mean - 0.1) < 1e-12 && squeezed.gain("a", "b").halfWidth() < 1e-9);
        QVERIFY(!squeezed.find("c"));
        ways_to_distil::Result ways{
            .ways = {{.method = {.name = "alone"}, .accuracies = {0.5, 0.7}}, {.method = {.name = "logits"}, .accuracies = {0.6, 0.8}},
                {.method = {.name = "hints"}, .unfit = text("no feature maps")}}};
        QVERIFY(std::abs(ways.gain(ways.ways[1]).mean - 0.1) < 1e-12);
        const Metrics metrics = metricsOf(ways);
        QVERIFY(std::abs(metric(metrics, "method.logits.gain") - 0.1) < 1e-12);
        QVERIFY(std::abs(metric(metrics, "student.alone.accuracy") - 0.6) < 1e-12);
        QVERIFY(std::isnan(metric(metrics, "method.hints.gain")));
        ways.ways.push_back(
            {.method = {.name = "virtual", .source = DistillMethod::Source::Nobody}, .accuracies = {0.7, 0.91}, .microseconds = {5, 7}});
        const std::vector<Figure> figures = figuresOf(ways);
        QVERIFY2(
            figures[0].title.english().starts_with("virtual helps most: +20.5 ± ") || contains(figures[0].title.english(), "for certain"),
            figures[0].title.english().c_str());
        const Bars& gains = std::get<Bars>(figures[0].body);
        QCOMPARE(gains.categories.size(), std::size_t{2});
        QVERIFY2(contains(gains.categories[0].english(), "(no teacher)"), gains.categories[0].english().c_str());
        QCOMPARE(gains.categories[1].english(), std::string("logits *"));
        QCOMPARE(std::get<Bars>(figureOf(figures, "cost").body).series[0].values[0], 6.0);
    }

    /// Students that were taught at another temperature say nothing about this one.
    void onlyPairsTaughtAlikeAreCounted()
    {
        using namespace teacher_student;
        teacher_student::Result r{
            .pairs = {pairOf(0, 0.5, 0.4, 2), pairOf(1, 0.5, 0.6, 9), pairOf(2, 0.6, 0.7, 9)}, .settings = {.temperature = 9}};
        QCOMPARE(r.counted().size(), std::size_t{2});
        QCOMPARE(r.counted().front().number, std::size_t{1});
        QCOMPARE(verdictOf(r), Verdict::Better);
        QVERIFY(std::abs(metric(metricsOf(r), "gain.mean") - 0.1) < 1e-12);
        QVERIFY2(contains(verdictFigure(r).caption.english(), "2 of 3 seeds"), verdictFigure(r).caption.english().c_str());
        r.again = true;
        QCOMPARE(verdictOf(r), Verdict::Open);
        r.settings.temperature = 2;
        r.again = false;
        QCOMPARE(verdictOf(r), Verdict::TooFewSeeds);
        r.pairs.push_back(pairOf(3, 0.5, 0.4, 2));
        QCOMPARE(verdictOf(r), Verdict::Worse);
    }

    /// Each run has its bar, under what sets it apart; the questions that were not asked yet are named.
    void contrastsStandBesideEachOther()
    {
        using namespace teacher_student;
        const Spec plain = defaultSpec("teacher-student");
        Spec shuffled = plain, warm = plain, far = plain;
        shuffled.values["distill.knowledge"] = std::string("shuffled");
        warm.values["distill.temperature"] = 8.0;
        warm.seed = 3;
        for (const char* key : {"distill.labels", "train.epochs", "train.batch"}) far.values[key] = std::int64_t{77};
        QCOMPARE(nameOf(plain).english(), std::string("Baseline"));
        QCOMPARE(nameOf(shuffled).english(), std::string("Shuffled"));
        QCOMPARE(nameOf(warm).english(), std::string("Baseline, Temperature 8, seed 3"));
        QVERIFY(contains(nameOf(far).english(), ", …"));
        teacher_student::Result r{.pairs = {pairOf(0, 0.5, 0.6, 2), pairOf(1, 0.5, 0.6, 2), pairOf(2, 0.6, 0.72, 2)},
            .settings = {.temperature = 2},
            .spec = plain};
        const Figure first = contrastsFigure(r);
        QCOMPARE(first.title.english(), std::string("The teacher gives +10.7 ± 2.9 points"));
        const Bars& alone = std::get<Bars>(first.body);
        QCOMPARE(alone.categories.size(), 1 + experimentInfo("teacher-student").contrasts.size());
        QCOMPARE(alone.categories[0].english(), std::string("Baseline"));
        QCOMPARE(alone.categories[1].english(), std::string("(All labels)"));
        QCOMPARE(alone.series[0].values.size(), std::size_t{1});
        r.earlier = {{shuffled, {-1, -2, 0, 3}}, {plain, {5, 4, 6, 3}}, {warm, {2, -9, 13, 2}}};
        const Figure later = contrastsFigure(r);
        const Bars& all = std::get<Bars>(later.body);
        QCOMPARE(all.categories[0].english(), std::string("Baseline (this run)"));
        QCOMPARE(all.categories[1].english(), std::string("Baseline, Temperature 8, seed 3"));
        QCOMPARE(all.categories[2].english(), std::string("Shuffled"));
        QCOMPARE(all.series[0].values.size(), std::size_t{3});
        QCOMPARE(all.series[0].values[2], -1.0);
        QCOMPARE(all.series[0].intervals[1].low, 2.0); // of two: none
        QCOMPARE(all.series[0].intervals[2].low, -2.0);
    }

    void bothNetworksAreJudgedOnTheSameSamples()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 100, .noise = 0.2});
        Graph graph = resolveModel("mlp-4", data);
        graph.initialize(1);
        ThreadPool pool(1);
        QuantizedNetwork network(graph, data, {.samples = 16}, pool);
        network.quantize({.weightBits = 4});
        const before_after::Comparison c = before_after::compared(answers(90), answers(80), network);
        QCOMPARE(c.change.mean, -0.1);
        QCOMPARE(c.bytesBefore, network.floatBytes());
        const Metrics metrics = before_after::metricsOf(c, {.metricPart = "b4"});
        QCOMPARE(metric(metrics, "float32.accuracy"), 0.9);
        QCOMPARE(metric(metrics, "static.b4.accuracy"), 0.8);
        QCOMPARE(metric(metrics, "static.b4.change.mean"), -0.1);
        const Table table = std::get<Table>(before_after::resultFigure(c, {.kind = "int4", .activations = "8"}, {}).body);
        QCOMPARE(table.columns[2].english(), std::string("weights int4, activations int8"));
        QCOMPARE(table.rows[0][3].english(), "−10.00 ± " + fixed(100 * c.change.halfWidth(), 2) + " points");
    }
};

QTEST_APPLESS_MAIN(TestResults)
#include "tst_results.moc"
