#include "engine/models/facts.h"

#include "engine/models/operators/operators.h"

#include <algorithm>
#include <set>

namespace bitstill::foreign {

namespace {

// Values are computed beforehand up to these sizes, in elements, so that a small file cannot ask for much.
constexpr std::size_t kLargestValue = std::size_t{1} << 22, kLargestSum = std::size_t{1} << 25;
constexpr double kMostProducts = 1e8;

/// As elements(), with 1 for a dimension of 0: who walks along the axes does so in an empty array too.
std::size_t volume(const Shape& shape)
{
    std::size_t n = 1;
    for (const int d : shape) n *= static_cast<std::size_t>(std::max(d, 1));
    return n;
}

class Propagation {
public:
    Propagation(const Network& network, Facts& facts) : m_network(network), m_facts(facts) { }

    void visit(std::size_t n)
    {
        const Node& node = m_network.nodes[n];
        const Operator* op = findOperator(node);
        if (!op)
            return stuck(n,
                node.domain.empty() ? text("operator %1 is not computed here", node.op)
                                    : text("operator %1 of %2 is not computed here", node.op, node.domain));
        std::vector<Given> given;
        bool shaped = true, valued = true;
        for (const ValueId id : node.inputs) {
            given.push_back(givenOf(id));
            shaped = shaped && (id == kAbsent || m_facts.shapes[static_cast<std::size_t>(id)].has_value());
            valued = valued && (id == kAbsent || given.back().values);
        }
        if (!shaped) return;
        const Call call(node, std::move(given));
        try {
            const Shapes shapes = op->shapes(call);
            for (std::size_t i = 0; i < node.outputs.size(); ++i) {
                call.need(i < shapes.size(), text("its second output is not computed"));
                if (node.outputs[i] != kAbsent) m_facts.shapes[static_cast<std::size_t>(node.outputs[i])] = shapes[i];
            }
            if (valued || node.op == "Shape" || node.op == "Size") evaluate(*op, call, shapes);
        } catch (const NotKnownYet&) {
        } catch (const Error& e) {
            stuck(n, e.problem());
        }
    }

private:
    Given givenOf(ValueId id) const
    {
        if (id == kAbsent) return {};
        Given given{true, m_facts.shapes[static_cast<std::size_t>(id)].value_or(Shape{}), nullptr};
        if (const auto own = m_network.constants.find(id); own != m_network.constants.end())
            given.values = &own->second;
        else if (const auto found = m_facts.values.find(id); found != m_facts.values.end())
            given.values = &found->second;
        return given;
    }

    void evaluate(const Operator& op, const Call& call, const Shapes& shapes)
    {
        // Nobody has constants alone under a sliding window or a state, and the work is not bounded by what comes out.
        static const std::set<std::string> costly{"AveragePool", "Conv", "ConvTranspose", "GRU", "LRN", "LSTM", "MaxPool", "Resize", "RNN"};
        if (costly.contains(call.node().op)) return;
        std::size_t size = 0;
        for (const Shape& s : shapes) size += volume(s);
        for (std::size_t i = 0; i < call.inputs(); ++i)
            if (call.has(i) && volume(call.shape(i)) > kLargestSum) return;
        if (size > kLargestValue || m_sum + size > kLargestSum) return;
        const bool product = call.node().op == "MatMul" || call.node().op == "Gemm";
        if (product && static_cast<double>(size) * static_cast<double>(std::max(elements(call.shape(0)), std::size_t{1})) > kMostProducts)
            return;
        Arrays values = op.run(call, shapes);
        m_sum += size;
        for (std::size_t i = 0; i < call.node().outputs.size(); ++i)
            if (call.node().outputs[i] != kAbsent) m_facts.values.insert_or_assign(call.node().outputs[i], std::move(values[i]));
    }

    void stuck(std::size_t n, const Text& why)
    {
        if (m_facts.stuck >= 0) return;
        m_facts.stuck = static_cast<int>(n);
        m_facts.why = why;
    }

    const Network& m_network;
    Facts& m_facts;
    std::size_t m_sum = 0;
};

} // namespace

Facts factsOf(const Network& network, const std::vector<std::optional<Shape>>& inputs)
{
    Facts facts;
    facts.shapes.resize(network.values.size());
    for (const auto& [id, array] : network.constants) facts.shapes[static_cast<std::size_t>(id)] = array.shape;
    for (std::size_t i = 0; i < network.inputs.size() && i < inputs.size(); ++i)
        facts.shapes[static_cast<std::size_t>(network.inputs[i])] = inputs[i];
    Propagation propagation(network, facts);
    for (std::size_t n = 0; n < network.nodes.size(); ++n) propagation.visit(n);
    return facts;
}

std::vector<std::optional<Shape>> inputShapes(const Network& network, int batch, int other)
{
    std::vector<std::optional<Shape>> shapes;
    for (const ValueId id : network.inputs) {
        const ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        shapes.emplace_back();
        if (!info.shaped) continue;
        Shape shape = info.shape;
        double size = 1;
        for (std::size_t d = 0; d < shape.size(); ++d) {
            if (shape[d] < 0) shape[d] = d == 0 ? batch : other;
            size *= shape[d];
        }
        if (size < 1e10) shapes.back() = shape;
    }
    return shapes;
}

bool hasFreeSize(const Network& network)
{
    return std::ranges::any_of(network.inputs, [&](ValueId id) {
        const ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        return !info.shaped
            || std::any_of(info.shape.begin() + (info.shape.empty() ? 0 : 1), info.shape.end(), [](int d) { return d < 0; });
    });
}

} // namespace bitstill::foreign
