#include "engine/models/run.h"

#include "engine/core/memory_budget.h"
#include "engine/core/thread_pool.h"
#include "engine/models/operators/operators.h"
#include "engine/models/operators/typed.h"
#include "engine/models/samples.h"
#include "engine/models/trace.h"
#include "engine/models/understand.h"
#include "engine/models/work.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

const ValueInfo& infoOf(const Network& network, ValueId id) { return network.values[static_cast<std::size_t>(id)]; }

/// But for the first dimension when `samples` is set.
bool fits(const Shape& given, const ValueInfo& info, bool samples)
{
    if (!info.shaped) return true;
    if (given.size() != info.shape.size()) return false;
    for (std::size_t d = 0; d < given.size(); ++d)
        if (info.shape[d] >= 0 && given[d] != info.shape[d] && !(samples && d == 0)) return false;
    return true;
}

constexpr int kTogether = 16; ///< samples of a network that takes any number

bool isFree(const ValueInfo& info) { return info.shaped && !info.shape.empty() && info.shape[0] < 0; }
bool isOne(const ValueInfo& info) { return info.shaped && !info.shape.empty() && info.shape[0] == 1; }

const Array& givenFor(const NamedArrays& inputs, const ValueInfo& info)
{
    const auto found = inputs.find(info.name);
    if (found == inputs.end()) throw Error(info.name, text("there is nothing for this input"), text("give an array of its name"));
    const Array& given = found->second;
    if (!fits(given.shape, info, isOne(info)))
        throw Error(info.name, text("has shape %1, where the model takes %2", describe(given.shape), shapeText(info)),
            text("give samples of the shape that the model takes"));
    if (!info.type.empty() && given.type() != info.type)
        throw Error(info.name, text("holds %1, where the model takes %2", given.type(), info.type), text("convert it first"));
    return given;
}

/// How the samples are divided: `total` of them, `each` at a time; total 0: there is no telling them apart.
struct Division {
    int total = 0, each = 1;
};

Division divided(const Network& network, const NamedArrays& inputs, const std::vector<ValueId>& wanted)
{
    bool exact = true, one = true, free = true, alike = true;
    int samples = -1;
    for (const ValueId id : network.inputs) {
        const ValueInfo& info = infoOf(network, id);
        const Array& given = givenFor(inputs, info);
        exact = exact && fits(given.shape, info, false);
        one = one && isOne(info);
        free = free && isFree(info);
        const int own = given.shape.empty() ? 0 : given.shape[0];
        alike = alike && (samples < 0 || own == samples);
        samples = own;
    }
    for (const ValueId id : wanted) free = free && isFree(infoOf(network, id));
    if (!exact && !(one && alike && samples > 0))
        throw Error(infoOf(network, network.inputs[0]).name, text("the inputs have different numbers of samples"),
            text("give as many samples for each"));
    if (!exact) return {samples, 1};
    return free && alike && samples > kTogether ? Division{samples, kTogether} : Division{};
}

double bytesOfValues(const Array& array) { return static_cast<double>(array.size()) * bitsOfType(array.type()) / 8; }

/// How many samples are computed at a time, when that is not too much.
double refuseTooMuch(const Network& network, const NamedArrays& inputs, const Division& division)
{
    std::vector<Shape> shapes;
    int samples = std::max(division.total > 0 ? division.each : 1, 1);
    for (const ValueId id : network.inputs) {
        shapes.push_back(inputs.at(infoOf(network, id).name).shape);
        if (division.total > 0)
            shapes.back()[0] = division.each;
        else if (isFree(infoOf(network, id)))
            samples = std::max(samples, shapes.back()[0]);
    }
    refuseTooMuch(network, shapes, samples);
    return samples;
}

class Runner {
public:
    Runner(const Network& network, const std::vector<ValueId>& wanted, double samples) :
        m_network(network), m_wanted(wanted), m_lastUse(network.values.size(), -1), m_work(samples)
    {
        for (std::size_t n = 0; n < network.nodes.size(); ++n)
            for (const ValueId id : network.nodes[n].inputs)
                if (id != kAbsent) m_lastUse[static_cast<std::size_t>(id)] = static_cast<int>(n);
        for (const ValueId id : wanted) m_lastUse[static_cast<std::size_t>(id)] = static_cast<int>(network.nodes.size());
    }

    NamedArrays run(std::map<ValueId, Array> values)
    {
        m_values = std::move(values);
        for (std::size_t n = 0; n < m_network.nodes.size() && !done(); ++n) step(n);
        NamedArrays outputs;
        for (const ValueId id : m_wanted) {
            const Array* array = find(id);
            if (!array) throw Error(infoOf(m_network, id).name, text("nothing makes this value"), text("ask for another"));
            outputs.insert_or_assign(infoOf(m_network, id).name, *array);
        }
        return outputs;
    }

private:
    const Array* find(ValueId id) const
    {
        if (const auto found = m_values.find(id); found != m_values.end()) return &found->second;
        const auto constant = m_network.constants.find(id);
        return constant == m_network.constants.end() ? nullptr : &constant->second;
    }

    bool done() const
    {
        return std::ranges::all_of(m_wanted, [this](ValueId id) { return find(id) != nullptr; });
    }

    void step(std::size_t n)
    {
        const Node& node = m_network.nodes[n];
        Arrays results = runNode(
            node, [this](ValueId id) { return find(id); }, &m_work);
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (node.outputs[i] != kAbsent && m_lastUse[static_cast<std::size_t>(node.outputs[i])] >= 0) {
                m_bytes += bytesOfValues(results[i]);
                m_values.insert_or_assign(node.outputs[i], std::move(results[i]));
            }
        requireMemory(nodeText(node), text("what is kept up to this node"), m_bytes, text("choose a smaller network"));
        for (const ValueId id : node.inputs) {
            const auto found = m_values.find(id);
            if (found == m_values.end() || m_lastUse[static_cast<std::size_t>(id)] != static_cast<int>(n)) continue;
            m_bytes -= bytesOfValues(found->second);
            m_values.erase(found);
        }
    }

    const Network& m_network;
    const std::vector<ValueId>& m_wanted;
    std::vector<int> m_lastUse; ///< by value: index of the node
    std::map<ValueId, Array> m_values;
    Workload m_work;
    double m_bytes = 0; ///< of what nodes made and others still need
};

/// One behind another along the first dimension; what is without one gets one.
Array stacked(const std::vector<NamedArrays>& parts, const std::string& name)
{
    const Array& front = parts[0].at(name);
    Shape shape = front.shape.empty() ? Shape{1} : front.shape;
    std::string bytes;
    shape[0] = 0;
    for (const NamedArrays& part : parts) {
        const Array& array = part.at(name);
        bytes += bytesOf(array);
        shape[0] += array.shape.empty() ? 1 : array.shape[0];
    }
    return arrayOf(front.type(), shape, std::move(bytes));
}

} // namespace

NamedArrays run(const Network& network, const NamedArrays& inputs, ThreadPool* pool) { return run(network, inputs, network.outputs, pool); }

NamedArrays run(const Network& network, const NamedArrays& inputs, const std::vector<ValueId>& wanted, ThreadPool* pool)
{
    const Division division = divided(network, inputs, wanted);
    const double samples = refuseTooMuch(network, inputs, division);
    const auto part = [&](int first, int count) {
        std::map<ValueId, Array> values;
        for (const ValueId id : network.inputs) {
            const Array& given = inputs.at(infoOf(network, id).name);
            values.emplace(id, count == 0 ? given : samplesOf(given, static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
        }
        return Runner(network, wanted, samples).run(std::move(values));
    };
    if (division.total == 0) return part(0, 0);
    const int pieces = (division.total + division.each - 1) / division.each;
    std::vector<NamedArrays> parts(static_cast<std::size_t>(pieces));
    const auto task = [&](int i) {
        parts[static_cast<std::size_t>(i)] = part(i * division.each, std::min(division.each, division.total - i * division.each));
    };
    if (pool)
        pool->run(pieces, task);
    else
        for (int i = 0; i < pieces; ++i) task(i);
    NamedArrays outputs;
    for (const auto& [name, array] : parts[0]) outputs.emplace(name, stacked(parts, name));
    return outputs;
}

namespace {

/// The node that says what the codes of this input stand for, perhaps behind others that move them; null where there is none.
const Node* scaleOf(const Network& network, ValueId codes)
{
    for (const Node& node : network.nodes) {
        if (node.inputs.empty() || node.inputs[0] != codes) continue;
        if (node.op == "Transpose" || node.op == "Reshape" || node.op == "Identity") codes = node.outputs[0];
        if (node.op != "DequantizeLinear") continue;
        const auto scale = network.constants.find(node.inputs[1]);
        return scale != network.constants.end() && scale->second.size() == 1 ? &node : nullptr;
    }
    return nullptr;
}

Array roundedAs(const Network& network, const Node& scale, const Array& given, const std::string& type)
{
    Node node{.name = scale.name,
        .domain = {},
        .op = "QuantizeLinear",
        .inputs = scale.inputs,
        .outputs = {kAbsent},
        .attributes = {{"output_dtype", std::int64_t{type == "I8" ? 3 : 2}}}};
    const Array floats = castTo(Call(node, {}), given, "F32");
    return runNode(node, [&](ValueId id) { return id == scale.inputs[0] ? &floats : &network.constants.at(id); })[0];
}

} // namespace

bool takesCodes(const Network& network, ValueId input)
{
    const std::string& type = infoOf(network, input).type;
    return (type == "I8" || type == "U8") && scaleOf(network, input);
}

namespace {

/// The array as the type of the input.
Array asInput(const Network& network, ValueId id, const Array& given)
{
    const ValueInfo& info = infoOf(network, id);
    if (info.type.empty() || given.type() == info.type) return given;
    if (given.isFloat() && takesCodes(network, id)) return roundedAs(network, *scaleOf(network, id), given, info.type);
    const Node node{.name = info.name, .domain = {}, .op = "input", .inputs = {}, .outputs = {}, .attributes = {}};
    Array cast = castTo(Call(node, {}), given, info.type);
    if (given.isFloat() && !cast.isFloat() && info.type != "BOOL") {
        const Array floats = castTo(Call(node, {}), given, "F64"), back = castTo(Call(node, {}), cast, "F64");
        if (floats.values != back.values)
            throw Error(info.name, text("holds other numbers than the %1 that the model takes", info.type), text("convert it first"));
    }
    return cast;
}

} // namespace

NamedArrays matched(const Network& network, const NamedArrays& arrays)
{
    std::vector<std::string> names;
    for (const ValueId id : network.inputs) names.push_back(infoOf(network, id).name);
    const bool byName = std::ranges::all_of(names, [&](const std::string& name) { return arrays.contains(name); });
    if (!byName && arrays.size() != names.size())
        throw Error(joined(names), text("the model takes these inputs; the file holds %1 arrays", std::to_string(arrays.size())),
            text("give one array for each"));
    NamedArrays inputs;
    auto next = arrays.begin();
    for (const ValueId id : network.inputs) {
        const ValueInfo& info = infoOf(network, id);
        const Array& given = byName ? arrays.at(info.name) : (next++)->second;
        inputs.emplace(info.name, asInput(network, id, given));
    }
    return inputs;
}

} // namespace bitstill::foreign
