// A runner asks its context while it works: whoever moved a slider must not wait for a batch or a test set to end.

#include "engine/data/catalogue.h"
#include "engine/experiment/training_runner.h"
#include "engine/nn/zoo.h"

#include <QtTest>
#include <cmath>
#include <limits>

using namespace bitstill;

namespace {

class Listener : public Context {
public:
    const Spec& spec() const override { return m_spec; }
    ThreadPool& pool() override { return m_pool; }
    bool wanted() const override { return false; }
    void show(Figure) override { }
    void drop(const std::string&) override { }
    void progress(double fraction, const Text&) override { reached = fraction; }
    void metric(const std::string&, double) override { }
    void mark(const Text&, const std::vector<std::string>&) override { }
    void keepModel(const std::string&, const Graph&) override { }
    void checkpoint(long step, bool) override { checkpoints.push_back(step); }
    void pollLiveFields(long step) override
    {
        answers.push_back(step);
        if (stopAt == static_cast<long>(answers.size())) throw Stopped{};
    }
    bool stopping() const override { return false; }
    bool superseded() const override { return false; }

    double reached = 0;
    std::vector<long> checkpoints, answers;
    long stopAt = -1;

private:
    Spec m_spec = defaultSpec("soft-labels");
    ThreadPool m_pool{2};
};

struct Trained {
    Dataset data = loadDataset("strokes", {.path = {}, .seed = 1, .samples = 300, .noise = 0.2});
    Graph graph = buildModel("cnn-4-8", data.shape, data.classCount());
    TrainOptions options{.epochs = 1, .batch = 50};

    Trained() { graph.initialize(1); }
    long steps() const { return static_cast<long>((data.train.count() + 49) / 50); }
};

} // namespace

class TestTrainingRunner : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void trainingAnswersWithinEachStep()
    {
        Trained answering, plain;
        Listener listener, other;
        TrainingRunner runner(listener, answering.data), without(other, plain.data);
        runner.next(0.5, text("done"));
        runner.trainPolling(answering.graph, answering.options);
        QCOMPARE(static_cast<long>(listener.checkpoints.size()), answering.steps());
        QCOMPARE(listener.reached, 0.5);
        for (long step = 0; step < answering.steps(); ++step)
            QVERIFY(std::count(listener.answers.begin(), listener.answers.end(), step) >= 5); // two BatchNorms, there and back
        without.next(0.5, text("done"));
        without.train(plain.graph, plain.options);
        QVERIFY(other.answers.empty());
        QCOMPARE(answering.graph.hash(), plain.graph.hash());
    }

    void testingAnswers()
    {
        Trained t;
        Listener listener;
        const TrainingRunner runner(listener, t.data);
        Pass pass(t.graph, 10, Pass::Mode::Inference, listener.pool());
        QCOMPARE(runner.testPolling(pass).count, t.data.test.count());
        QVERIFY(listener.answers.size() >= t.data.test.count() / 10);
    }

    /// BatchNorm trains by the batch's statistics: the loss stays a number when the running ones are none.
    void runningStatisticsThatAreNoNumbersAreDivergence()
    {
        Trained t;
        Listener listener;
        TrainingRunner runner(listener, t.data);
        runner.next(1, text("done"));
        for (const auto& [name, tensor] : t.graph.state())
            if (name == "bn1.running_var") (*tensor)[0] = std::numeric_limits<float>::quiet_NaN();
        double loss = std::numeric_limits<double>::quiet_NaN();
        QVERIFY_EXCEPTION_THROWN(runner.train(t.graph, t.options,
                                     [&](const StepReport& r) {
                                         loss = r.loss;
                                         return true;
                                     }),
            Diverged);
        QVERIFY(std::isfinite(loss));
        QVERIFY(!allFinite(t.graph));
    }

    /// Measured in the middle of an epoch: the answers alone would not tell, relu makes a number of what is none.
    void measuringJudgesTheNetworkThatTrains()
    {
        Trained t;
        Listener listener;
        TrainingRunner runner(listener, t.data);
        runner.next(1, text("done"));
        long steps = 0;
        QVERIFY_EXCEPTION_THROWN(runner.train(t.graph, t.options,
                                     [&](const StepReport& r) {
                                         steps = r.step;
                                         for (const auto& [name, tensor] : t.graph.state())
                                             if (name == "bn1.running_var") (*tensor)[0] = std::numeric_limits<float>::infinity();
                                         runner.test(t.graph);
                                         return true;
                                     }),
            Diverged);
        QCOMPARE(steps, 1L);
    }

    void answersThatAreNoNumbersAreDivergence()
    {
        Trained t;
        Listener listener;
        const TrainingRunner runner(listener, t.data);
        t.graph.parameters().back().second->value[0] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY_EXCEPTION_THROWN(runner.test(t.graph), Diverged);
        QVERIFY_EXCEPTION_THROWN(runner.overTraining(t.graph), Diverged);
    }

    void stoppingEndsAStepInTheMiddle()
    {
        Trained t;
        Listener listener;
        listener.stopAt = 5;
        TrainingRunner runner(listener, t.data);
        QVERIFY_EXCEPTION_THROWN(runner.trainPolling(t.graph, t.options), Stopped);
        QVERIFY(static_cast<long>(listener.checkpoints.size()) < t.steps());
    }
};

QTEST_GUILESS_MAIN(TestTrainingRunner)
#include "tst_training_runner.moc"
