// What compile() decides about a graph, without running it.

#include "engine/core/error.h"
#include "engine/nn/plan.h"
#include "engine/nn/zoo.h"
#include "tests/support/files.h"

#include <QtTest>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <type_traits>

using namespace bitstill;

static_assert(!std::is_convertible_v<NodeId, ShardId> && !std::is_convertible_v<int, NodeId>);

namespace {

const SampleShape kImage{28, 28, 1};

struct Planned {
    const char* model;
    std::vector<const char*> taps;
};

const std::vector<Planned> kModels{
    {"mlp-256-128", {"relu1", "dense3"}},
    {"cnn-16-32", {"pool1", "relu2"}},
    {"dwcnn", {"relu_pw2"}},
    {"resnet-8", {"relu_add_1", "average"}},
};

PassRequest tapped(const Graph& g, const std::vector<const char*>& taps)
{
    PassRequest request{.batch = 128, .training = true};
    for (const char* tap : taps) request.taps.push_back(g.find(tap));
    return request;
}

std::vector<PassRequest> requestsFor(const Graph& g, const std::vector<const char*>& taps)
{
    return {{.batch = 128}, {.batch = 128, .training = true}, tapped(g, taps), {.batch = 128, .training = true, .inputGradient = true}};
}

std::string contentOf(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string firstDifference(const std::string& got, const std::string& expected)
{
    std::istringstream a(got), b(expected);
    std::string left, right;
    for (int line = 1;; ++line) {
        const bool more = static_cast<bool>(std::getline(a, left)), moreExpected = static_cast<bool>(std::getline(b, right));
        if (!more && !moreExpected) return {};
        if (more != moreExpected || left != right) return "line " + std::to_string(line) + ": \"" + left + "\", expected \"" + right + "\"";
    }
}

/// Goes through a step and keeps track of whose numbers each slot, and the lane's room, holds.
class Walk {
public:
    Walk(const Graph& graph, const Plan& plan) : m_graph(graph), m_plan(plan), m_slots(plan.gradientSlots.size()) { }

    /// What is read when it is not there; empty when all is.
    std::string missing()
    {
        for (const Plan::Segment& segment : m_plan.step) {
            m_output.reset(); // other shards have been there
            for (SlotId s; s < m_slots.endId(); ++s)
                if (m_plan.gradientSlots[s].room == Plan::Room::Lane) m_slots[s].reset();
            for (const Plan::Step& step : segment.steps) perform(step);
        }
        for (const Plan::GradientTask& task : m_plan.gradientTasks)
            if (m_graph.node(task.node).layer->gradientReadsArrays()) readGradient(task.node, true);
        if (m_plan.request.inputGradient) readGradient(NodeId(0), true);
        return m_missing;
    }

private:
    NodeId home(NodeId node) const { return m_plan.nodes[node].home; }

    void perform(const Plan::Step& step)
    {
        const Layer* layer = m_graph.node(step.node).layer.get();
        switch (step.work) {
        case Plan::Work::Fill: return;
        case Plan::Work::Gather: return readInputs(step.node);
        case Plan::Work::Forward:
        case Plan::Work::Repeat:
            readInputs(step.node);
            if (m_plan.nodes[home(step.node)].room == Plan::Room::Lane) m_output = home(step.node);
            return;
        case Plan::Work::Loss: return writeGradient(step.node);
        case Plan::Work::Inject:
            return m_graph.consumers(*m_plan.nodes[step.node].reportAs) == 0 && step.node != m_graph.output() ? writeGradient(step.node)
                                                                                                              : readGradient(step.node);
        case Plan::Work::GatherBackward: return readGradient(step.node);
        case Plan::Work::Backward:
            readGradient(step.node);
            if (layer->readsInputAgain()) readInputs(step.node);
            for (const auto& [input, accumulates] : m_plan.nodes[step.node].inputs) {
                if (!m_plan.nodes[input].needsGradient || home(input) == home(step.node)) continue;
                if (accumulates) readGradient(input);
                writeGradient(input);
            }
        }
    }

    void readInputs(NodeId node)
    {
        for (const Plan::Input& input : m_plan.nodes[node].inputs)
            if (m_plan.nodes[home(input.node)].room == Plan::Room::Lane && m_output != home(input.node))
                m_missing += m_plan.nodes[node].name + " reads the output of " + m_plan.nodes[input.node].name + "; ";
    }

    void readGradient(NodeId node, bool wholeBatch = false)
    {
        const std::optional<SlotId> slot = m_plan.nodes[home(node)].slot;
        const bool there = slot && m_slots[*slot] == home(node) && !(wholeBatch && m_plan.gradientSlots[*slot].room == Plan::Room::Lane);
        if (!there) m_missing += "the gradient of " + m_plan.nodes[node].name + " is read; ";
    }

    void writeGradient(NodeId node)
    {
        if (const std::optional<SlotId> slot = m_plan.nodes[home(node)].slot) m_slots[*slot] = home(node);
    }

    const Graph& m_graph;
    const Plan& m_plan;
    ById<SlotId, std::optional<NodeId>> m_slots;
    std::optional<NodeId> m_output; ///< in the lane's room
    std::string m_missing;
};

} // namespace

class TestPlan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Expected plans are in tests/golden/plans; what is made now is left in the build's plans/, to be compared and, if it is meant,
    /// copied.
    void plansAreAsWritten_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < kModels.size(); ++i) QTest::newRow(kModels[i].model) << static_cast<int>(i);
    }
    void plansAreAsWritten()
    {
        QFETCH(int, index);
        const Planned& planned = kModels[static_cast<std::size_t>(index)];
        const Graph g = buildModel(planned.model, kImage, 10);
        std::string text;
        for (const PassRequest& request : requestsFor(g, planned.taps)) text += describe(compile(g, request)) + "\n";
        const std::string file = std::string(planned.model) + ".txt";
        const std::filesystem::path made = std::filesystem::path(BITSTILL_BINARY) / "plans";
        std::filesystem::create_directories(made);
        std::ofstream(made / file) << text;
        const std::string difference =
            firstDifference(text, contentOf(std::filesystem::path(BITSTILL_SOURCE) / "tests/golden/plans" / file));
        QVERIFY2(difference.empty(), (file + ", " + difference + "; all of it is in " + made.string()).c_str());
    }

    void nothingIsReadThatIsNotThere_data() { plansAreAsWritten_data(); }
    void nothingIsReadThatIsNotThere()
    {
        QFETCH(int, index);
        const Planned& planned = kModels[static_cast<std::size_t>(index)];
        const Graph g = buildModel(planned.model, kImage, 10);
        for (const PassRequest& request : requestsFor(g, planned.taps)) {
            if (!request.training) continue;
            const Plan plan = compile(g, request);
            const std::string missing = Walk(g, plan).missing();
            QVERIFY2(missing.empty(), (missing + "\n" + describe(plan)).c_str());
        }
    }

    void plansAreValues()
    {
        Graph g = buildModel("cnn-4-8", kImage, 10);
        g.initialize(1);
        const std::uint64_t hash = g.hash();
        const PassRequest request{.batch = 40, .training = true};
        const Plan plan = compile(g, request);
        QVERIFY(plan == compile(g, request));
        g.initialize(2); // weights are none of its business
        QVERIFY(plan == compile(g, request));
        g.initialize(1);
        QCOMPARE(g.hash(), hash);
        QVERIFY(!(plan == compile(g, {.batch = 41, .training = true})));
        QVERIFY(!(plan == compile(g, {.batch = 40})));
        QVERIFY(!(plan == compile(g, tapped(g, {"pool1"}))));
    }

    void tapsThatAreNeverThereAreRefused()
    {
        const Graph g = buildModel("cnn-4-8", kImage, 10);
        for (const char* name : {"input", "bn1"}) QVERIFY_EXCEPTION_THROWN(compile(g, tapped(g, {name})), Error);
        // A tap keeps what would be fused away.
        const NodeId relu = g.find("relu1");
        QVERIFY(!compile(g, {.batch = 4, .training = true}).isObservable(relu));
        QVERIFY(compile(g, tapped(g, {"relu1"})).isObservable(relu));
    }
};

QTEST_APPLESS_MAIN(TestPlan)
#include "tst_plan.moc"
