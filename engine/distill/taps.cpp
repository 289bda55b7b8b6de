#include "engine/distill/taps.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/core/text.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"

#include <algorithm>

namespace bitstill {

namespace {

bool isMap(const SampleShape& s) { return s.height * s.width > 1; }

/// An activation may be applied by the layer before it, whose own output then never exists.
bool isObservable(const Graph& g, int node)
{
    for (int i = node + 1; i <= g.output(); ++i)
        if (g.node(i).inputs[0] == node && g.node(i).layer->role() == LayerRole::Activation) return false;
    return node > 0;
}

std::vector<std::string> tapNames(const Graph& g)
{
    std::vector<std::string> names;
    for (int i = 1; i < g.output(); ++i)
        if (isObservable(g, i)) names.push_back(g.node(i).name);
    return names;
}

int named(const Graph& g, const std::string& name, const char* whose)
{
    const int node = g.find(name);
    if (node < 0 || node == g.output() || !isObservable(g, node))
        throw Error(whose, text("there is no node \"%1\" to compare at", name), text("the nodes are %1; or auto", joined(tapNames(g))));
    return node;
}

/// The last node of each size of map, first size first.
std::vector<int> lastMaps(const Graph& g)
{
    std::vector<int> nodes;
    for (int i = 1; i < g.output(); ++i) {
        if (!isMap(g.node(i).shape) || !isObservable(g, i)) continue;
        const auto sameSize = [&](int j) {
            return g.node(j).shape.height == g.node(i).shape.height && g.node(j).shape.width == g.node(i).shape.width;
        };
        if (!nodes.empty() && sameSize(nodes.back()))
            nodes.back() = i;
        else
            nodes.push_back(i);
    }
    return nodes;
}

bool sameSize(const SampleShape& a, const SampleShape& b) { return a.height == b.height && a.width == b.width; }

std::vector<TapPair> mapPairs(const Graph& student, const Graph& teacher)
{
    std::vector<TapPair> pairs;
    for (const int s : lastMaps(student))
        for (const int t : lastMaps(teacher))
            if (sameSize(student.node(s).shape, teacher.node(t).shape)) pairs.push_back({s, t});
    return pairs;
}

/// What enters the last layer; flatten is looked through.
int lastFeatures(const Graph& g) { return g.node(g.output()).inputs[0]; }

} // namespace

std::vector<TapPair> chooseTaps(
    const DistillMethod& method, const Graph& student, const Graph& teacher, const std::string& studentNode, const std::string& teacherNode)
{
    constexpr const char* kAuto = "auto";
    if (studentNode != kAuto || teacherNode != kAuto) {
        const TapPair pair{studentNode == kAuto ? lastFeatures(student) : named(student, studentNode, "distill.student_tap"),
            teacherNode == kAuto ? lastFeatures(teacher) : named(teacher, teacherNode, "distill.teacher_tap")};
        const SampleShape a = student.node(pair.student).shape, b = teacher.node(pair.teacher).shape;
        const bool maps = isMap(a) && isMap(b);
        if ((method.taps == TapKind::Maps && !maps)
            || ((maps || method.taps == TapKind::Maps) && method.taps != TapKind::Vectors && !sameSize(a, b)))
            throw Error(method.name, text("cannot compare %1 with %2", described(a), described(b)),
                text("choose maps of one size, or leave both taps at auto"));
        return {pair};
    }
    std::vector<TapPair> maps = mapPairs(student, teacher);
    if (method.taps == TapKind::Maps) {
        if (maps.empty())
            throw Error(method.name, text("student and teacher have no maps of one size"),
                text("choose two convolutional networks, or another method"));
        return maps;
    }
    if (method.taps == TapKind::Either && !maps.empty()) return {maps[maps.size() / 2]};
    return {{lastFeatures(student), lastFeatures(teacher)}};
}

Graph withRegressor(const Graph& student, TapPair& tap, SampleShape teacher, std::uint64_t seed)
{
    Graph result(student.node(0).shape);
    std::vector<int> position(student.nodes().size(), 0);
    int regressor = 0;
    for (int i = 1; i <= student.output(); ++i) {
        std::vector<int> inputs;
        for (const int input : student.node(i).inputs) inputs.push_back(position[static_cast<std::size_t>(input)]);
        position[static_cast<std::size_t>(i)] = result.add(student.node(i).name, student.node(i).layer->clone(), inputs);
        if (i != tap.student) continue;
        const SampleShape from = student.node(i).shape;
        std::unique_ptr<Layer> layer;
        if (isMap(from) && isMap(teacher))
            layer = std::make_unique<Conv2d>(from.channels, teacher.channels, Conv2d::Options{.kernel = 1});
        else
            layer = std::make_unique<Dense>(from.features(), teacher.features());
        Rng rng(seed, "hint");
        layer->initialize(rng);
        regressor = result.add("hint_regressor", std::move(layer), {position[static_cast<std::size_t>(i)]});
    }
    tap.student = regressor;
    return result;
}

void copyState(const Graph& from, Graph& to)
{
    const auto source = from.state();
    for (const auto& [name, tensor] : to.state())
        for (const auto& [other, value] : source)
            if (other == name) std::copy(value->begin(), value->end(), tensor->begin());
}

} // namespace bitstill
