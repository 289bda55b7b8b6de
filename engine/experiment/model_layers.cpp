#include "engine/experiment/model_layers.h"

#include "engine/nn/zoo.h"

#include <algorithm>

namespace bitstill {

std::vector<std::string> layersOf(const std::string& model)
{
    std::vector<std::string> names;
    try {
        const Graph graph = buildModel(model, {28, 28, 1}, 10);
        for (const Graph::Node& n : graph.nodes()) {
            const std::string_view kind = n.layer ? n.layer->kind() : "";
            if (kind == "dense" || kind == "conv2d") names.push_back(n.name);
        }
    } catch (const Error&) {
        return {};
    }
    return names;
}

std::vector<Problem> checkLayers(const Spec& spec, const std::string& key, const std::set<std::string>& names)
{
    if (names.empty()) return {};
    const std::string& model = spec.word("model.name");
    const std::vector<std::string> layers = layersOf(model);
    if (layers.empty()) return {};
    std::vector<Problem> problems;
    for (const std::string& name : names) {
        if (std::find(layers.begin(), layers.end(), name) != layers.end()) continue;
        const std::string near = nearest(name, layers);
        problems.push_back({key, text("%1 has no layer \"%2\"", model, name),
            near.empty() ? text("its layers are %1", joined(layers)) : text("did you mean %1?", near)});
    }
    return problems;
}

} // namespace bitstill
