// Distillation losses: what PyTorch computes, the finite difference, zero where student equals teacher, and any size of logits.

#include "engine/core/rng.h"
#include "engine/data/catalogue.h"
#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "tests/support/compare.h"

using namespace bitstill;

class TestDistill : public QObject {
    Q_OBJECT

    static void methodRows()
    {
        QTest::addColumn<QString>("name");
        for (const DistillMethod& m : distillMethods()) QTest::newRow(m.name.c_str()) << QString::fromStdString(m.name);
    }

private Q_SLOTS:
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
            if (!m.needsTeacher) continue;
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
