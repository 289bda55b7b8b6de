#include "engine/experiment/trained_network.h"

#include "engine/core/error.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/models.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/model_file.h"
#include "engine/quant/fold_batchnorm.h"

namespace bitstill {

std::string modelOf(const Spec& spec, const std::string& network)
{
    const bool teaches = network.starts_with("teacher") && spec.values.contains("distill.teacher");
    const std::string field = teaches ? "distill.teacher" : "model.name";
    return spec.values.contains(field) ? spec.word(field) : std::string();
}

Graph graphFor(const std::string& model, const Dataset& data, const std::set<std::string>& tensors)
{
    Graph graph = resolveModel(model, data);
    for (const Graph::Node& n : graph.nodes())
        if (n.layer && n.layer->role() == LayerRole::Normalizes && !tensors.contains(n.name + ".running_mean")) return foldBatchNorm(graph);
    return graph;
}

TrainedNetwork trainedNetwork(const Spec& spec, const std::string& name, const std::map<std::string, Tensor>& tensors)
{
    const std::string model = modelOf(spec, name);
    if (model.empty()) throw Error(name, text("the run does not say which model this is"), text("choose another network"));
    std::set<std::string> names;
    for (const auto& [tensor, values] : tensors) names.insert(tensor);
    Dataset data = loadDataset(spec.word("data.set"), datasetOptions(spec));
    Graph graph = graphFor(model, data, names);
    setModelTensors(graph, tensors);
    return {true, spec, name, model, std::move(data), std::move(graph)};
}

std::vector<char> correctOnTest(const TrainedNetwork& network, Pass& pass, const std::function<bool()>& keepGoing)
{
    const Samples& test = network.data.test;
    const Logits logits = evaluate(pass, network.data, test, test.count(), keepGoing);
    if (logits.count < test.count()) throw Stopped{};
    refuseNonsense(logits, network.spec);
    return correctness(logits, test);
}

} // namespace bitstill
