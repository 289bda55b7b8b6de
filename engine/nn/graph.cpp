#include "engine/nn/graph.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace bitstill {

std::string describe(const SampleShape& s) { return described(s).english(); }

Text described(const SampleShape& s)
{
    if (s.height == 1 && s.width == 1) return text("%1 features", std::to_string(s.channels));
    return std::to_string(s.height) + "×" + std::to_string(s.width) + "×" + std::to_string(s.channels);
}

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

int Graph::add(std::string name, std::unique_ptr<Layer> layer, std::vector<int> inputs)
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

int Graph::find(const std::string& name) const
{
    for (std::size_t i = 0; i < m_nodes.size(); ++i)
        if (m_nodes[i].name == name) return static_cast<int>(i);
    return -1;
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
    std::uint64_t h = 0xcbf29ce484222325u;
    for (const auto& [name, tensor] : state()) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(tensor->data());
        for (std::size_t i = 0; i < tensor->size() * sizeof(float); ++i) h = (h ^ bytes[i]) * 0x100000001b3u;
    }
    return h;
}

} // namespace bitstill
