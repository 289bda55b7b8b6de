#include "engine/experiment/models.h"

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/nn/zoo.h"

#include <optional>

namespace bitstill {

namespace {

constexpr SampleShape kSmallImages{28, 28, 1};

} // namespace

Graph resolveModel(const Spec& spec, const Dataset& data, const std::string& field)
{
    try {
        return resolveModel(spec.word(field), data);
    } catch (const Error& e) {
        const std::string where = e.where().english(); // "model", or the layer that does not fit
        throw Error(where == "model" ? field : field + ", " + where, e.problem(), e.hint());
    }
}

Graph resolveModel(const std::string& name, const Dataset& data) { return buildModel(name, data.shape, data.classCount()); }

Graph makeModel(const Spec& spec, const Dataset& data, std::uint64_t seed)
{
    Graph graph = resolveModel(spec, data, "model.name");
    graph.initialize(seed);
    return graph;
}

Graph makeModel(const Spec& spec, const Dataset& data) { return makeModel(spec, data, spec.seed); }

namespace {

Problem problemOf(const std::string& name)
{
    try {
        buildModel(name, kSmallImages, 10);
        return {};
    } catch (const Error& e) {
        // A name that is one but does not fit small images is judged when the data are known.
        if (e.where().english() != "model") return {};
        return {"model.name", e.problem(), e.hint()};
    }
}

} // namespace

/// It is asked for with each move of a slider, and building a large network takes longer than a frame.
Problem modelProblem(const std::string& name)
{
    thread_local std::optional<std::pair<std::string, Problem>> last;
    if (!last || last->first != name) last.emplace(name, problemOf(name));
    return last->second;
}

Graph expectedModel(const Values& values, const std::string& field)
{
    const DatasetInfo* data = findDataset(std::get<std::string>(values.at("data.set")));
    const SampleShape shape = data ? data->shape : kSmallImages;
    try {
        return buildModel(std::get<std::string>(values.at(field)), shape, 10);
    } catch (const Error&) {
        return Graph(shape);
    }
}

} // namespace bitstill
