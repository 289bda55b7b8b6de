// What can be told of model and data from the fields alone, before anything is loaded.

#include "engine/data/catalogue.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"

#include <algorithm>

namespace bitstill {

namespace {

const std::string& word(const Values& values, const std::string& key) { return std::get<std::string>(values.at(key)); }

} // namespace

std::vector<std::string> weightLayers(const Values& values)
{
    const Graph graph = expectedModel(values, "model.name");
    std::vector<std::string> names;
    for (int i = 1; i <= graph.output(); ++i) {
        const std::vector<Parameter*> parameters = graph.node(i).layer->parameters();
        if (!parameters.empty() && parameters.front()->value.shape().size() > 1) names.push_back(graph.node(i).name);
    }
    return names;
}

Problem layersProblem(const Values& values, const std::string& field)
{
    const std::vector<std::string> layers = weightLayers(values);
    std::vector<std::string> strangers;
    for (const std::string& name : split(word(values, field), ' '))
        if (!name.empty() && std::find(layers.begin(), layers.end(), name) == layers.end()) strangers.push_back(name);
    if (strangers.empty() || layers.empty()) return {};
    const std::string near = nearest(strangers.front(), layers);
    return {field, text("%1 has no layer \"%2\"", word(values, "model.name"), joined(strangers)),
        near.empty() ? text("its layers are %1", joined(layers)) : text("did you mean %1?", near)};
}

Problem nodeProblem(const Values& values, const std::string& model, const std::string& field)
{
    const std::string& node = word(values, field);
    const Graph graph = expectedModel(values, model);
    if (node == "auto" || graph.output() == 0 || graph.find(node) > 0) return {};
    std::vector<std::string> names;
    for (int i = 1; i <= graph.output(); ++i) names.push_back(graph.node(i).name);
    return {field, text("there is no node %1 in %2", node, word(values, model)), text("the nodes are %1; or auto", joined(names))};
}

std::int64_t knownClasses(const Values& values)
{
    const DatasetInfo* info = findDataset(word(values, "data.set"));
    return info ? info->classes : 0;
}

std::int64_t knownTestSamples(const Values& values)
{
    const DatasetInfo* info = findDataset(word(values, "data.set"));
    if (!info || !info->generated) return info ? info->testSamples : 0;
    return std::max<std::int64_t>(1, std::get<std::int64_t>(values.at("data.samples")) / 5);
}

} // namespace bitstill
