// What the experiments claim, each claim tested so that a run in which it is false fails. tests/mutants says which line kills which.

#include "engine/data/catalogue.h"
#include "engine/measure/agreement.h"
#include "engine/nn/zoo.h"
#include "engine/quant/repair.h"
#include "tests/support/claims.h"
#include "tests/support/files.h"

#include <QtTest>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

using namespace bitstill;

namespace {

std::int64_t whole(int n) { return n; }

} // namespace

class TestClaims : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A student that never saw a class does not name it; one that heard of it from a teacher does.
    void theOmittedClassIsWithheld()
    {
        const Record r = ran(
            quickSpec("omitted-class", {{"data.samples", whole(2000)}, {"train.epochs", whole(5)}, {"distill.teacher_epochs", whole(5)}}));
        QCOMPARE(r.metric("student.hard.recall"), 0.0);
        QVERIFY(r.metric("student.soft.recall.corrected") > 0.1);
        QVERIFY(r.metric("student.hard.accuracy") > 0.3); // it did learn the others
    }

    /// With all weight on the labels the taught student is the one alone: same start, same batches, same loss.
    void bothStudentsOfAPairStartAlike()
    {
        const Record r = ran(quickSpec("teacher-student",
            {{"data.samples", whole(2000)}, {"train.epochs", whole(10)}, {"distill.teacher_weight", 0.0}, {"distill.seeds", whole(3)}}));
        QCOMPARE(r.outcome, Outcome::Finished);
        for (const char* gain : {"gain.mean", "gain.low", "gain.high"}) QCOMPARE(r.metric(gain), 0.0);
        const auto& pairs = std::get<Bars>(figureOf(r, "pairs").body).series.front().values;
        QCOMPARE(pairs.size(), 3u);
        QVERIFY(std::ranges::all_of(pairs, [](double points) { return points == 0; }));
    }

    /// A temperature that moves in the middle of a run holds from the next student on, the verdict counts only students taught at one, and
    /// in the end all have been taught at the last one.
    void aVerdictIsOfOneTemperature()
    {
        Spec spec = quickSpec("teacher-student", {{"distill.seeds", whole(3)}});
        const long teacher = 2 * 19, student = 2 * 7; // steps
        const std::vector<KnobChange> log{{.step = teacher + 3 * student + student / 2, .field = "distill.temperature", .value = 9.0}};
        Session moved(spec, {.threads = 2, .yieldToWindow = false, .replay = log, .delivered = {}});
        moved.wait();
        const Record r = moved.record();
        QCOMPARE(r.outcome, Outcome::Finished);
        QCOMPARE(r.knobs.size(), std::size_t{1});
        const auto verdictAt = [&](const char* label) {
            const auto mark = std::ranges::find(r.marks, label, [](const Mark& m) { return m.label.english(); });
            return (*std::ranges::find(mark->figures, "verdict", [](const FigurePointer& f) { return f->id; }))->caption.english();
        };
        // Moved while the second student was taught, which goes on as it began; the third one takes it.
        QVERIFY2(contains(verdictAt("seed 2"), "Paired over 2 seeds;"), verdictAt("seed 2").c_str());
        QVERIFY2(contains(verdictAt("seed 3"), "1 of 3 seeds taught with these values"), verdictAt("seed 3").c_str());
        QVERIFY2(contains(verdictAt("all taught alike"), "Paired over 3 seeds;"), verdictAt("all taught alike").c_str());
        const Record plain = ran(spec);
        QCOMPARE(r.marks[1].label.english(), plain.marks[1].label.english());
        for (std::size_t i = 0; i < plain.marks[1].figures.size(); ++i)
            QCOMPARE(toJson(*r.marks[1].figures[i]).dump(), toJson(*plain.marks[1].figures[i]).dump());
        spec.values["distill.temperature"] = 9.0;
        const Record fresh = ran(spec);
        for (const auto& [name, value] : fresh.metrics) QCOMPARE(r.metric(name), value);
        QCOMPARE(r.figures.size(), fresh.figures.size());
        for (const FigurePointer& f : fresh.figures) QCOMPARE(toJson(figureOf(r, f->id)).dump(), toJson(*f).dump());
    }

    /// The verdict of a claim is what its interval says.
    void verdictsFollowTheirIntervals()
    {
        const Record r = ran(quickSpec("small-models",
            {{"data.samples", whole(3000)}, {"train.epochs", whole(6)}, {"train.learning_rate", 0.1}, {"quant.bits", whole(2)},
                {"quant.aware_epochs", whole(4)}, {"sweep.narrowest", whole(16)}, {"sweep.widest", whole(32)}, {"sweep.seeds", whole(4)}}));
        QVERIFY2(r.metric("aware_gives_back.mean") > 5, std::to_string(r.metric("aware_gives_back.mean")).c_str());
        QCOMPARE(saysUnder(r, "verdict", "QAT wins it back"), std::string("confirmed"));
        // "−3.20 ± 1.10 points": its sign and whether it is larger than its half width.
        const std::string difference = saysUnder(r, "verdict", "narrowest minus widest");
        const bool below = difference.starts_with("−");
        const double mean = std::stod(difference.substr(below ? std::string("−").size() : 1)),
                     half = std::stod(difference.substr(difference.find("± ") + std::string("± ").size()));
        QCOMPARE(saysUnder(r, "verdict", "small models lose more"),
            std::string(mean <= half ? "no difference seen"
                    : below          ? "confirmed"
                                     : "refuted"));
    }

    /// Every step of the ladder is taken: alone, each gives another network than plain rounding.
    void everyRepairRepairsSomething()
    {
        const Record r = ran(quickSpec("which-layer",
            {{"data.samples", whole(3000)}, {"model.name", std::string("cnn-4-8")}, {"train.learning_rate", 0.05},
                {"quant.bits", whole(3)}}));
        QCOMPARE(r.outcome, Outcome::Finished);
        const double rounded = r.metric("ladder.rounded.change");
        for (const char* step : {"equalize", "calibration", "adaround", "bias", "per_channel", "mixed"})
            QVERIFY2(r.metric(std::string("repair.") + step + ".change") != rounded, step);
    }

    /// Mixed precision spends its bytes on the layers that suffer most.
    void mixedPrecisionProtectsWhatSuffers()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 300, .noise = 0.2});
        Graph graph = buildModel("mlp-32-32", data.shape, data.classCount());
        graph.initialize(1);
        ThreadPool pool(1);
        QuantizedNetwork network(graph, data, {.samples = 32}, pool);
        network.quantize({.weightBits = 4});
        const std::int64_t weights = 784 * 32 + 32 * 32 + 32 * 10;
        const auto bits = mixedPrecision(network.layers(), {0.1, 0.001, 5}, 4, 8, 8, weights / 2 + (32 * 32 + 32 * 10) / 2);
        QCOMPARE(bits.at("dense3").weight, 8); // most damage for its bytes
        QCOMPARE(bits.at("dense1").weight, 4); // would cost more than there is
        QCOMPARE(bits.at("dense2").weight, 8); // what is left pays for it
        const auto fewer = mixedPrecision(network.layers(), {0.1, 0.001, 5}, 4, 8, 8, weights / 2 + 32 * 32 / 2); // for either of them
        QCOMPARE(fewer.at("dense3").weight, 8);
        QCOMPARE(fewer.at("dense2").weight, 4);
    }

    /// A method that needs features at both ends says so before anything is trained.
    void anUnfitPairIsRefusedBeforeTraining()
    {
        const Record r = ran(quickSpec(
            "teacher-student", {{"distill.method", std::string("attention")}, {"distill.student_tap", std::string("no such node")}}));
        QCOMPARE(r.outcome, Outcome::Failed);
        QVERIFY2(contains(r.message.english(), "no such node"), r.message.english().c_str());
        QVERIFY(std::isnan(r.metric("teacher.accuracy")));
    }

    /// mlp-16 at 8 bits, by hand: weights 1 byte each, a scale of 4 bytes a layer, int32 biases; inputs and outputs a byte each, logits
    /// float.
    void bytesAreThoseOfTheNetwork()
    {
        const Record r = ran(quickSpec("four-ways"));
        const double weights = 784 * 16 + 16 * 10, biases = 16 + 10, numbers = 784 + 16 + 16 + 10;
        QCOMPARE(r.metric("float32.bytes"), 4 * (weights + biases));
        QCOMPARE(r.metric("float32.bytes_moved"), 4 * (weights + biases + numbers));
        QCOMPARE(r.metric("static.bytes"), weights + 2 * 4 + 4 * biases);
        QCOMPARE(r.metric("static.bytes_moved"), r.metric("static.bytes") + 784 + 16 + 16 + 4 * 10);
        QCOMPARE(r.metric("float32.bit_operations"), 32 * 32 * weights);
        QCOMPARE(r.metric("static.b3.bit_operations"), 3 * 8 * weights);
        QCOMPARE(r.metric("static.b4.bytes"), weights / 2 + 2 * 4 + 4 * biases);
    }

    /// Features are listened to as loudly as their weight says; with no weight they are not heard at all.
    void featuresCountByTheirWeight()
    {
        const auto taught = [](double weight) {
            return ran(quickSpec("teacher-student",
                {{"distill.method", std::string("similarity")}, {"distill.feature_weight", weight}, {"distill.seeds", whole(1)}}));
        };
        const auto loudness = [](const Record& r) {
            const auto& series = std::get<Curves>(figureOf(r, "parts").body).series;
            const auto features = std::ranges::find(series, "from its features", [](const CurveSeries& s) { return s.name.english(); });
            return features == series.end() || features->y.empty() ? std::nan("") : features->y.front();
        };
        const Record one = taught(1), ten = taught(10);
        const double decades = std::log10(loudness(ten) / loudness(one));
        QVERIFY2(std::abs(decades - 1) < 0.2, std::to_string(decades).c_str());
        QVERIFY(figureOf(one, "race").body.index() == 0);
    }

    /// Time in which nothing was computed because someone paused is not the run's.
    void aPauseIsNoRunTime()
    {
        using namespace std::chrono;
        const auto start = steady_clock::now();
        Session session(quickSpec("before-after", {{"train.epochs", whole(30)}}), {.pauseAfter = StepSize::Batch});
        std::this_thread::sleep_for(milliseconds(700));
        session.resume();
        session.wait();
        const double wall = duration<double>(steady_clock::now() - start).count();
        QVERIFY2(session.record().seconds < wall - 0.4, std::to_string(session.record().seconds).c_str());
    }
};

QTEST_GUILESS_MAIN(TestClaims)
#include "tst_claims.moc"
