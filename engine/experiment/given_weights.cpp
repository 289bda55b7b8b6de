#include "engine/experiment/given_weights.h"

#include "engine/core/error.h"
#include "engine/experiment/models.h"
#include "engine/nn/weights_file.h"

#include <filesystem>

namespace bitstill {

namespace {

Figure figureOf(const FilledNetwork& filled, const std::string& file)
{
    Table table;
    table.columns = {text("weight"), text("shape"), text("in the file")};
    for (const FilledTensor& t : filled.tensors)
        table.rows.push_back({Text(t.network), Text(describe(t.shape)), Text(printable(t.file, 80))});
    Text caption = filled.byName ? text("Found by name.") : text("Names are others: found by their order and shapes.");
    if (!filled.left.empty()) caption = text("%1 Not used: %2.", caption, listed(filled.left));
    return {.id = "given",
        .title = text("Weights from %1", file),
        .caption = std::move(caption),
        .description = text("The network's weights and what they are called in the file."),
        .body = std::move(table),
        .place = Place::Bottom};
}

} // namespace

Field weightsField()
{
    return {.key = "weights.file",
        .kind = Field::Kind::File,
        .group = text("Data and model"),
        .label = text("Trained weights"),
        .help = text("Instead of training: a .safetensors, .npz or .gguf in PyTorch's order, for inputs of mean 0 and deviation 1."),
        .initial = std::string()};
}

Field::Condition withoutWeights() { return {"weights.file", {""}}; }

std::optional<Graph> givenNetwork(Context& context, const Dataset& data)
{
    const Spec& spec = context.spec();
    const std::string& file = spec.word("weights.file");
    if (file.empty()) return {};
    Graph graph = resolveModel(spec, data, "model.name");
    try {
        const FilledNetwork filled = fillFrom(graph, file);
        context.show(figureOf(filled, printable(std::filesystem::path(file).filename().string())));
    } catch (const Error& e) {
        throw Error(Text("weights.file, %1", {e.where()}), e.problem(), e.hint());
    }
    context.keepModel("float32", graph);
    return graph;
}

} // namespace bitstill
