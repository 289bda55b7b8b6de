// Distillation losses: what PyTorch computes, the finite difference, zero where student equals teacher, and any size of logits.

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/distill/dark_knowledge.h"
#include "engine/distill/soft_labels.h"
#include "engine/distill/taps.h"
#include "engine/distill/teach.h"
#include "engine/nn/loss.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "tests/support/compare.h"

using namespace bitstill;

class TestDistill : public QObject {
    Q_OBJECT

    template <class Which> static void rows(const Which& which)
    {
        QTest::addColumn<QString>("name");
        for (const DistillMethod& m : distillMethods())
            if (which(m)) QTest::newRow(m.name.c_str()) << QString::fromStdString(m.name);
    }
    static void methodRows()
    {
        rows([](const DistillMethod& m) { return m.loss; });
    }
    static void featureRows()
    {
        rows([](const DistillMethod& m) { return m.features; });
    }
    static std::vector<float> normals(std::size_t n, const char* stream)
    {
        Rng rng(6, stream);
        std::vector<float> v(n);
        for (float& x : v) x = static_cast<float>(rng.normal());
        return v;
    }

private Q_SLOTS:
    void warmUpIsOverAfterAThirdOfTheTraining()
    {
        QCOMPARE(warmUpAt(0, 30), 0.0);
        QCOMPARE(warmUpAt(5, 30), 0.5);
        QCOMPARE(warmUpAt(10, 30), 1.0);
        QCOMPARE(warmUpAt(30, 30), 1.0);
    }

    void gradientsAreTheDifferences_data() { methodRows(); }
    void gradientsAreTheDifferences()
    {
        QFETCH(QString, name);
        const DistillMethod& m = distillMethod(name.toStdString());
        Rng rng(4, "test");
        for (const double temperature : {0.5, 1.0, 4.0, 20.0}) {
            std::vector<float> student(7), teacher(7), gradient(7), unused(7);
            for (float& v : student) v = static_cast<float>(3 * rng.normal());
            for (float& v : teacher) v = static_cast<float>(3 * rng.normal());
            const DistillSettings s{.temperature = temperature};
            m.loss(student.data(), teacher.data(), 7, 2, s, gradient.data());
            for (std::size_t c = 0; c < 7; ++c) {
                constexpr float kStep = 1e-2f;
                std::vector<float> up = student, down = student;
                up[c] += kStep;
                down[c] -= kStep;
                const double difference =
                    m.loss(up.data(), teacher.data(), 7, 2, s, unused.data()) - m.loss(down.data(), teacher.data(), 7, 2, s, unused.data());
                const double slope = difference / static_cast<double>(up[c] - down[c]), found = static_cast<double>(gradient[c]);
                QVERIFY2(std::abs(slope - found) < 2e-3 * (1 + std::abs(slope)),
                    qPrintable(QStringLiteral("T %1: %2 %3").arg(temperature).arg(slope).arg(found)));
            }
        }
    }

    void nothingIsLostWhereStudentEqualsTeacher()
    {
        const std::vector<float> logits{1, -2, 0.5f, 7};
        for (const DistillMethod& m : distillMethods()) {
            if (!m.loss || m.source == DistillMethod::Source::Nobody) continue;
            std::vector<float> gradient(4, 1);
            QVERIFY2(std::abs(m.loss(logits.data(), logits.data(), 4, 3, {.temperature = 4}, gradient.data())) < 1e-9, m.name.c_str());
            for (const float g : gradient) QVERIFY2(std::abs(g) < 1e-6f, m.name.c_str());
        }
    }

    void logitsMayBeHuge_data() { methodRows(); }
    void logitsMayBeHuge()
    {
        QFETCH(QString, name);
        const DistillMethod& m = distillMethod(name.toStdString());
        const std::vector<float> student{1e4f, -1e4f, 0}, teacher{-1e4f, 1e4f, 5};
        for (const double temperature : {0.1, 1.0, 50.0}) {
            std::vector<float> gradient(3);
            QVERIFY(std::isfinite(m.loss(student.data(), teacher.data(), 3, 1, {.temperature = temperature}, gradient.data())));
            for (const float g : gradient) QVERIFY(std::isfinite(g));
        }
    }

    void featureGradientsAreTheDifferences_data() { featureRows(); }
    void featureGradientsAreTheDifferences()
    {
        QFETCH(QString, name);
        const DistillMethod& m = distillMethod(name.toStdString());
        const SampleShape shape{2, 3, 4};
        constexpr int kRows = kRelated + 7; // more than one group of the relational method
        std::vector<float> student = normals(kRows * shape.size(), "student");
        const std::vector<float> teacher = normals(student.size(), "teacher");
        std::vector<float> gradient(student.size()), unused(student.size());
        const auto lossOfStudent = [&](float* to) {
            return m.features({student.data(), kRows, shape}, {teacher.data(), kRows, shape}, to);
        };
        lossOfStudent(gradient.data());
        double largest = 0;
        for (const float g : gradient) largest = std::max(largest, static_cast<double>(std::abs(g)));
        for (std::size_t i = 0; i < student.size(); i += 41) {
            constexpr float kStep = 2e-2f;
            const float here = student[i];
            student[i] = here + kStep;
            const double up = lossOfStudent(unused.data());
            student[i] = here - kStep;
            const double down = lossOfStudent(unused.data());
            student[i] = here;
            const double slope = (up - down) / (2 * static_cast<double>(kStep));
            QVERIFY2(std::abs(slope - static_cast<double>(gradient[i])) < 0.02 * largest,
                qPrintable(QStringLiteral("%1 %2").arg(slope).arg(static_cast<double>(gradient[i]))));
        }
    }

    void featuresThatAreEqualCostNothing_data() { featureRows(); }
    void featuresThatAreEqualCostNothing()
    {
        QFETCH(QString, name);
        const DistillMethod& m = distillMethod(name.toStdString());
        const SampleShape shape{2, 2, 3};
        const std::vector<float> x = normals(9 * shape.size(), "x");
        std::vector<float> gradient(x.size(), 1);
        QVERIFY(std::abs(m.features({x.data(), 9, shape}, {x.data(), 9, shape}, gradient.data())) < 1e-12);
        for (const float g : gradient) QVERIFY(std::abs(g) < 1e-6f);
        // One sample, or features that are all zero, have a defined loss as well.
        const std::vector<float> zero(x.size(), 0.0f);
        for (const int count : {1, 9}) {
            QVERIFY(std::isfinite(m.features({zero.data(), count, shape}, {x.data(), count, shape}, gradient.data())));
            for (std::size_t i = 0; i < static_cast<std::size_t>(count) * shape.size(); ++i) QVERIFY(std::isfinite(gradient[i]));
        }
    }

    /// Every method on features finds its taps in every pair that has them, and names what is missing in the others.
    void tapsFitEveryModel()
    {
        for (const ModelFamily& s : modelFamilies())
            for (const ModelFamily& t : modelFamilies()) {
                const Graph student = buildModel(s.example, {28, 28, 1}, 10), teacher = buildModel(t.example, {28, 28, 1}, 10);
                for (const DistillMethod& m : distillMethods()) {
                    if (!m.features) continue;
                    const bool dense = s.example.starts_with("mlp") || t.example.starts_with("mlp");
                    if (m.taps == TapKind::Maps && dense) {
                        QVERIFY_EXCEPTION_THROWN(chooseTaps(m, student, teacher, "auto", "auto"), Error);
                        continue;
                    }
                    ThreadPool pool(1);
                    Graph trained = student;
                    std::vector<NodeId> nodes;
                    for (TapPair tap : chooseTaps(m, student, teacher, "auto", "auto")) {
                        if (m.regressor) trained = withRegressor(student, tap, teacher.node(tap.teacher).shape, 1);
                        const SampleShape a = trained.node(tap.student).shape, b = teacher.node(tap.teacher).shape;
                        if (m.taps == TapKind::Maps) QVERIFY(a.height == b.height && a.width == b.width && a.height > 1);
                        if (m.regressor) QCOMPARE(a.size(), b.size());
                        nodes.push_back(NodeId(tap.student));
                    }
                    QVERIFY(!nodes.empty());
                    Pass pass(trained, 2, Pass::Mode::Training, pool);
                    pass.setTaps(nodes, {}); // throws where an output is never there
                }
            }
        const Graph g = buildModel("cnn-4-8", {28, 28, 1}, 10);
        QVERIFY_EXCEPTION_THROWN(chooseTaps(distillMethod("hints"), g, g, "nowhere", "auto"), Error);
        QVERIFY_EXCEPTION_THROWN(chooseTaps(distillMethod("attention"), g, g, "pool1", "pool2"), Error);
        QCOMPARE(chooseTaps(distillMethod("hints"), g, g, "pool1", "pool1").size(), std::size_t{1});
    }

    /// Taught by anything, a student stays a student: same layers, other weights, the same bits for any number of threads.
    void everyMethodTeaches_data()
    {
        rows([](const DistillMethod&) { return true; });
    }
    void everyMethodTeaches()
    {
        QFETCH(QString, name);
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 150, .noise = 0.2});
        Graph teacher = buildModel("cnn-4-8", data.shape, data.classCount()), start = teacher;
        teacher.initialize(3);
        start.initialize(1);
        const DistillSettings settings;
        const Logits logits{normals(data.train.count() * 10, "teacher"), data.train.count(), 10};
        std::vector<std::uint64_t> hashes;
        for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            Graph student = start;
            double loss = 0;
            const TrainOutcome outcome = teach(student, data, {.epochs = 1, .batch = 32},
                {.method = distillMethod(name.toStdString()),
                    .loss = {.samples = &data.train, .teacher = &logits, .settings = &settings},
                    .teacher = &teacher},
                pool, [&](const StepReport& r) {
                    loss = r.loss;
                    return true;
                });
            QCOMPARE(outcome, TrainOutcome::Finished);
            QVERIFY(loss > 0);
            hashes.push_back(student.hash());
        }
        QVERIFY(hashes[0] != start.hash());
        QCOMPARE(hashes[1], hashes[0]);
    }

    /// Hints bring the student's features, through the regressor, closer to the teacher's.
    void hintsAreFollowed()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 300, .noise = 0.2});
        Graph teacher = buildModel("mlp-24", data.shape, data.classCount()), student = buildModel("mlp-16", data.shape, data.classCount());
        teacher.initialize(3);
        student.initialize(1);
        const DistillSettings settings{.featureWeight = 40};
        ThreadPool pool(1);
        double first = 0, last = 0;
        teach(student, data, {.epochs = 8, .batch = 64},
            {.method = distillMethod("hints"), .loss = {.samples = &data.train, .settings = &settings}, .teacher = &teacher}, pool,
            [&](const StepReport& r) {
                if (r.step == 1) first = r.loss;
                last = r.loss;
                return true;
            });
        QVERIFY2(last < first / 2, qPrintable(QStringLiteral("%1 %2").arg(first).arg(last)));
    }

    void changedKnowledgeKeepsChoiceAndSureness()
    {
        const Logits before{normals(40 * 6, "logits"), 40, 6};
        for (const DarkKnowledge kind : {DarkKnowledge::Shuffled, DarkKnowledge::Flattened}) {
            Logits after = before;
            changeKnowledge(after, kind, 1);
            QVERIFY(after.values != before.values);
            for (std::size_t i = 0; i < before.count; ++i) {
                std::vector<double> p(6), q(6);
                softLabels(before.row(i), 6, 1, p.data());
                softLabels(after.row(i), 6, 1, q.data());
                const std::size_t choice = argmax(before.row(i), 6);
                QVERIFY(std::abs(p[choice] - q[choice]) < 1e-6);
                std::sort(p.begin(), p.end());
                std::sort(q.begin(), q.end());
                if (kind == DarkKnowledge::Shuffled)
                    for (std::size_t c = 0; c < 6; ++c) QVERIFY(std::abs(p[c] - q[c]) < 1e-12);
                else
                    QVERIFY(std::abs(q[0] - q[4]) < 1e-9);
            }
        }
    }

    void twoClassesHaveNoOthersToTellApart()
    {
        const std::vector<float> student{1, 2}, teacher{3, -1};
        std::vector<float> a(2), b(2);
        const double with = distillMethod("decoupled").loss(student.data(), teacher.data(), 2, 0, {.othersWeight = 8}, a.data());
        const double without = distillMethod("decoupled").loss(student.data(), teacher.data(), 2, 0, {.othersWeight = 0}, b.data());
        QCOMPARE(with, without);
    }

    void softLabelsSpreadWithTemperature()
    {
        Logits logits;
        logits.values = {5, 1, 0};
        logits.count = 1;
        logits.classes = 3;
        double before = 0;
        for (const double t : {0.1, 0.5, 1.0, 2.0, 10.0, 1000.0}) {
            const double h = meanEntropy(logits, t);
            QVERIFY(h >= before);
            before = h;
        }
        QVERIFY(std::abs(before - std::log(3.0)) < 1e-4);
    }

    /// One pass over the set says what row by row would: entropies, and the mean soft label of each true class.
    void statisticsOverASet()
    {
        Logits logits;
        logits.classes = 3;
        logits.count = 40;
        std::vector<std::int32_t> labels;
        Rng rng(3, "logits");
        for (std::size_t i = 0; i < logits.count; ++i) {
            for (std::size_t c = 0; c < logits.classes; ++c) logits.values.push_back(static_cast<float>(6 * rng.uniform()));
            labels.push_back(static_cast<std::int32_t>(i % 2)); // none of the last
        }
        const double t = 1.7;
        std::vector<double> p(3), sums(9, 0.0), others;
        double entropies = 0;
        for (std::size_t i = 0; i < logits.count; ++i) {
            softLabels(logits.row(i), 3, t, p.data());
            entropies += entropy(p.data(), 3);
            others.push_back(1 - *std::ranges::max_element(p));
            for (std::size_t c = 0; c < 3; ++c) sums[static_cast<std::size_t>(labels[i]) * 3 + c] += p[c];
        }
        const SoftLabelStatistics s = softLabelStatistics(logits, labels, t);
        QVERIFY(std::abs(s.meanEntropy - entropies / 40) < 1e-12);
        const Interval expected = meanInterval(others);
        QVERIFY(std::abs(s.others.low - expected.low) < 1e-12 && std::abs(s.others.high - expected.high) < 1e-12);
        QVERIFY(std::abs(s.meanEntropy - meanEntropy(logits, t)) < 1e-12);
        for (std::size_t i = 0; i < 9; ++i) QVERIFY(std::abs(s.similarity[i] - sums[i] / 20) < 1e-12);
    }

    /// The log's parts are the loss, its lengths those of the gradient's two parts; what was logged of one sample stays until its next
    /// turn.
    void theLogSaysWhereTheLossComesFrom()
    {
        Samples samples;
        samples.labels = {0, 1, 2};
        const std::vector<char> labelled{1, 1, 0};
        Logits teacher{{3, 1, 0, 0, 2, 1, 1, 0, 4}, 3, 3};
        const DistillSettings settings{.temperature = 2, .teacherWeight = 0.7};
        const std::vector<float> student{0.5f, 0.2f, -1, 1, 1.5f, 0, 0, 0, 0};
        DistillLog log(3);
        const DistillLoss lesson{.samples = &samples,
            .teacher = &teacher,
            .labelled = &labelled,
            .settings = &settings,
            .method = hintonMethod().loss,
            .log = &log};
        DistillLoss silent = lesson;
        silent.log = nullptr;
        double teachers = 0, labels = 0, share = 0;
        for (std::uint32_t i = 0; i < 3; ++i) {
            std::vector<float> g(3), without(3), soft(3), hard(3);
            const float* z = student.data() + 3 * i;
            const double loss = lossOf(lesson)(i, z, 3, g.data());
            QCOMPARE(lossOf(silent)(i, z, 3, without.data()), loss);
            QCOMPARE(g, without);
            const double w = labelled[i] ? 0.7 : 1;
            const double a = w * hintonMethod().loss(z, teacher.row(i), 3, samples.labels[i], settings, soft.data());
            const double b = (1 - w) * softmaxCrossEntropy(z, &samples.labels[i], 1, 3, 1, hard.data());
            QVERIFY(std::abs(a + b - loss) < 1e-6);
            const auto length = [](const std::vector<float>& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); };
            const double pull = w * static_cast<double>(length(soft)), rest = (1 - w) * static_cast<double>(length(hard));
            teachers += a / 3;
            labels += b / 3;
            share += pull / (pull + rest) / 3;
        }
        const DistillLog::Means means = log.means();
        QVERIFY(std::abs(means.teacher - teachers) < 1e-6);
        QVERIFY(std::abs(means.labels - labels) < 1e-6);
        QVERIFY(std::abs(means.teacherShare - share) < 1e-6);
        QVERIFY(share > 0.5 && share < 1);
    }

    /// A shuffled epoch of a subset still hands each sample to the loss under its own number.
    void eachSampleMeetsItsOwnLabel()
    {
        const Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 120, .noise = 0.2});
        ThreadPool pool(2);
        Graph plain = buildModel("mlp-16", data.shape, data.classCount()), custom = plain;
        plain.initialize(1);
        custom.initialize(1);
        TrainOptions o{.epochs = 2, .batch = 16};
        for (std::uint32_t i = 3; i < 90; i += 2) o.subset.push_back(i);
        train(plain, data, o, pool, [](const StepReport&) { return true; });
        o.loss = [&](std::uint32_t sample, const float* logits, std::size_t classes, float* gradient) {
            std::vector<double> q(classes);
            softLabels(logits, classes, 1, q.data());
            const auto label = static_cast<std::size_t>(data.train.labels[sample]);
            for (std::size_t c = 0; c < classes; ++c) gradient[c] = static_cast<float>(q[c] - (c == label ? 1 : 0));
            return -std::log(q[label]);
        };
        train(custom, data, o, pool, [](const StepReport&) { return true; });
        const auto a = plain.parameters(), b = custom.parameters();
        for (std::size_t i = 0; i < a.size(); ++i)
            QVERIFY(relativeError(a[i].second->value.data(), b[i].second->value.data(), a[i].second->value.size()) < 1e-4);
    }
};

QTEST_APPLESS_MAIN(TestDistill)
#include "tst_distill.moc"
