#include "engine/models/trace.h"

#include "engine/models/operators/operators.h"

#include <algorithm>
#include <chrono>

namespace bitstill::foreign {

std::vector<Array> runNode(const Node& node, const std::function<const Array*(ValueId)>& find, Workload* work)
{
    std::vector<Given> given;
    std::vector<Shape> taken;
    for (const ValueId id : node.inputs) {
        const Array* array = id == kAbsent ? nullptr : find(id);
        given.push_back(array ? Given{true, array->shape, array} : Given{});
        taken.push_back(given.back().shape);
    }
    const Call call(node, std::move(given));
    const Operator* op = findOperator(node);
    if (!op) call.fail(text("operator %1 is not computed here", node.op));
    const Shapes shapes = op->shapes(call);
    if (work) work->add(node, taken, shapes);
    Arrays results = op->run(call, shapes);
    call.need(results.size() >= node.outputs.size(), text("its second output is not computed"));
    return results;
}

Trace::Trace(const Network& network, const NamedArrays& inputs) : m_network(network)
{
    std::vector<Shape> shapes;
    for (const ValueId id : network.inputs) {
        const Array& given = inputs.at(network.values[static_cast<std::size_t>(id)].name);
        m_values.emplace(id, given);
        shapes.push_back(given.shape);
    }
    refuseTooMuch(network, shapes, 1);
    Workload work(1);
    for (const Node& node : network.nodes) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<Array> made = runNode(
            node, [this](ValueId id) { return find(id); }, &work);
        m_seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (node.outputs[i] != kAbsent) m_values.insert_or_assign(node.outputs[i], std::move(made[i]));
    }
}

const Array* Trace::find(ValueId id) const
{
    if (const auto found = m_values.find(id); found != m_values.end()) return &found->second;
    const auto constant = m_network.constants.find(id);
    return constant == m_network.constants.end() ? nullptr : &constant->second;
}

std::vector<Array> Trace::with(const std::map<ValueId, Array>& changed, const std::vector<ValueId>& wanted) const
{
    std::map<ValueId, Array> values;
    const auto newest = [&](ValueId id) -> const Array* {
        if (const auto found = values.find(id); found != values.end()) return &found->second;
        const auto given = changed.find(id);
        return given == changed.end() ? find(id) : &given->second;
    };
    const auto differs = [&](ValueId id) { return values.contains(id) || changed.contains(id); };
    for (const Node& node : m_network.nodes) {
        if (std::ranges::none_of(node.inputs, differs)) continue;
        std::vector<Array> made = runNode(node, newest);
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (node.outputs[i] != kAbsent && !changed.contains(node.outputs[i]))
                values.insert_or_assign(node.outputs[i], std::move(made[i]));
    }
    std::vector<Array> results;
    for (const ValueId id : wanted) results.push_back(*newest(id));
    return results;
}

} // namespace bitstill::foreign
