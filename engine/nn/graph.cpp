#include "engine/nn/graph.h"

#include "engine/core/error.h"
#include "engine/core/fnv.h"
#include "engine/core/rng.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace bitstill {

Graph::Graph(SampleShape input) { m_nodes.push_back({"input", nullptr, {}, input}); }

Graph::Graph(const Graph& other)
{
    for (const Node& n : other.m_nodes) m_nodes.push_back({n.name, n.layer ? n.layer->clone() : nullptr, n.inputs, n.shape});
}

Graph& Graph::operator=(const Graph& other)
{
    if (this != &other) *this = Graph(other);
    return *this;
}

NodeId Graph::add(std::string name, std::unique_ptr<Layer> layer, std::vector<int> inputs)
{
    assert(find(name) < 0);
    if (inputs.empty()) inputs = {output()};
    std::vector<SampleShape> shapes;
    for (const int i : inputs) shapes.push_back(node(i).shape);
    try {
        const SampleShape shape = layer->outputShape(shapes);
        if (static_cast<double>(shape.height) * shape.width * shape.channels > INT32_MAX)
            throw Error(name, text("its output would be %1", describe(shape)), text("choose a smaller model or smaller samples"));
        m_nodes.push_back({std::move(name), std::move(layer), std::move(inputs), shape});
    } catch (const Error& e) {
        throw Error(name, e.problem(), e.hint());
    }
    return output();
}

NodeId Graph::find(const std::string& name) const
{
    for (NodeId i; i <= output(); ++i)
        if (node(i).name == name) return i;
    return NodeId(-1);
}

int Graph::consumers(int node) const
{
    std::ptrdiff_t count = 0;
    for (const Node& n : m_nodes) count += std::count(n.inputs.begin(), n.inputs.end(), node);
    return static_cast<int>(count);
}

std::vector<std::pair<std::string, Parameter*>> Graph::parameters() const
{
    std::vector<std::pair<std::string, Parameter*>> all;
    for (const Node& n : m_nodes)
        if (n.layer)
            for (Parameter* p : n.layer->parameters()) all.emplace_back(n.name + "." + p->name, p);
    return all;
}

std::vector<std::pair<std::string, Tensor*>> Graph::state() const
{
    std::vector<std::pair<std::string, Tensor*>> all;
    for (const Node& n : m_nodes) {
        if (!n.layer) continue;
        for (Parameter* p : n.layer->parameters()) all.emplace_back(n.name + "." + p->name, &p->value);
        for (auto& [name, tensor] : n.layer->buffers()) all.emplace_back(n.name + "." + name, tensor);
    }
    return all;
}

std::size_t Graph::parameterCount() const
{
    std::size_t count = 0;
    for (const auto& [name, p] : parameters()) count += p->value.size();
    return count;
}

void Graph::initialize(std::uint64_t seed)
{
    for (std::size_t i = 1; i < m_nodes.size(); ++i) {
        Rng rng(seed, "init", i);
        m_nodes[i].layer->initialize(rng);
    }
}

std::uint64_t Graph::hash() const
{
    std::uint64_t h = fnv1a({});
    for (const auto& [name, tensor] : state())
        h = fnv1a({reinterpret_cast<const char*>(tensor->data()), tensor->size() * sizeof(float)}, h);
    return h;
}

} // namespace bitstill
