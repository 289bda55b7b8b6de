#include "engine/experiment/network_outline.h"

#include "engine/core/text.h"
#include "engine/experiment/groups.h"
#include "engine/nn/plan.h"
#include "engine/quant/fold_batchnorm.h"
#include "engine/quant/number_format.h"

#include <algorithm>
#include <limits>
#include <map>

namespace bitstill {

namespace {

using Bytes = std::map<std::string, std::int64_t>; ///< of each layer that has some, by name

std::size_t parametersOf(Layer& layer)
{
    std::size_t count = 0;
    for (const Parameter* parameter : layer.parameters()) count += parameter->value.size();
    return count;
}

Bytes floatBytes(const Graph& folded)
{
    Bytes bytes;
    for (const Graph::Node& node : folded.nodes())
        if (const std::size_t parameters = node.layer ? parametersOf(*node.layer) : 0; parameters > 0)
            bytes[node.name] = static_cast<std::int64_t>(parameters * sizeof(float));
    return bytes;
}

Bytes quantizedBytes(const Graph& folded, const QuantizationOptions& options)
{
    std::vector<const Graph::Node*> linear;
    for (const Graph::Node& node : folded.nodes())
        if (node.layer && node.layer->weights()) linear.push_back(&node);
    Bytes bytes = floatBytes(folded); // what is no weight has as many: biases are int32
    for (const Graph::Node* node : linear) {
        const Tensor& weight = node->layer->weights()->weight.value;
        const bool edge = node == linear.front() || node == linear.back();
        LayerQuantization layer;
        layer.weightBits = weightBitsOf(options, node->name, edge);
        layer.format = options.weightFormat;
        layer.before = weight;
        layer.parameters.scale.resize(blocksOf(weight.shape(), options.granularity).channels);
        bytes[node->name] += weightBytes(layer, options.weightScheme) - static_cast<std::int64_t>(weight.size() * sizeof(float));
    }
    return bytes;
}

Text bitsText(const NetworkOutline& outline)
{
    return outline.format.empty() ? text("%1 bits", std::to_string(outline.bits)) : Text(outline.format);
}

Text stored(const std::optional<std::int64_t>& bytes) { return Text(bytes ? bytesText(*bytes) : "—"); }

Figure tableFigure(const NetworkOutline& outline, const std::string& name)
{
    Table table{{text("layer"), text("kind"), text("output"), text("parameters"), Text("float32")}, {}};
    if (outline.bits > 0) table.columns.push_back(bitsText(outline));
    const auto add = [&](const LayerOutline& l, Text kind, Text shape) {
        std::vector<Text> row{
            Text(l.name), std::move(kind), std::move(shape), Text(grouped(static_cast<std::int64_t>(l.parameters))), stored(l.floatBytes)};
        if (outline.bits > 0) row.push_back(stored(l.bytes));
        table.rows.push_back(std::move(row));
    };
    for (const LayerOutline& l : outline.layers)
        add(l, l.runsIn.empty() ? Text(l.kind) : text("%1, runs in %2", l.kind, l.runsIn), described(l.shape));
    add({.parameters = outline.parameters, .floatBytes = outline.floatBytes, .bytes = outline.bytes}, {}, {});
    table.rows.back().front() = text("total");
    return {.id = "network.layers",
        .title = text("Layers of %1", name),
        .caption = summaryOf(outline),
        .description = text("Each layer with its kind, the shape of its output for one sample, its parameters and their bytes."),
        .body = table,
        .span = 2};
}

Figure mapFigure(const NetworkOutline& outline)
{
    NetworkMap map{.value = {.title = text("parameters")}, .nodes = {}};
    for (const LayerOutline& l : outline.layers) {
        const bool has = l.parameters > 0;
        map.nodes.push_back({.name = Text(l.name),
            .op = l.kind,
            .inputs = l.inputs,
            .value = has ? static_cast<double>(l.parameters) : std::numeric_limits<double>::quiet_NaN(),
            .detail = described(l.shape)});
    }
    map.highIsBad = false;
    return {.id = "network.map",
        .title = text("The network"),
        .caption = text("Colours: parameters of each layer."),
        .description = text("The layers in the order in which they run, coloured by their parameters."),
        .body = map,
        .span = 2};
}

} // namespace

NetworkOutline outlineOf(const Graph& graph, const std::optional<QuantizationOptions>& options)
{
    NetworkOutline outline;
    const Plan plan = compile(graph, {});
    const Graph folded = foldBatchNorm(graph);
    const Bytes floats = floatBytes(folded), bytes = options ? quantizedBytes(folded, *options) : Bytes();
    for (NodeId i(1); i < plan.nodes.endId(); ++i) {
        const Graph::Node& node = graph.node(i);
        LayerOutline layer{.name = node.name, .kind = node.layer->kind(), .shape = node.shape, .parameters = parametersOf(*node.layer)};
        for (const int input : node.inputs)
            if (input > 0) layer.inputs.push_back(input - 1);
        if (const auto found = floats.find(node.name); found != floats.end()) layer.floatBytes = found->second;
        if (const auto found = bytes.find(node.name); found != bytes.end()) layer.bytes = found->second;
        if (plan.isFused(i)) layer.runsIn = plan.nodes[plan.nodes[i].writer].name;
        outline.parameters += layer.parameters;
        outline.floatBytes += layer.floatBytes.value_or(0);
        outline.bytes += layer.bytes.value_or(0);
        outline.layers.push_back(std::move(layer));
    }
    if (!options) return outline;
    outline.bits = options->weightBits;
    if (options->weightFormat) outline.format = options->weightFormat->name;
    return outline;
}

std::optional<QuantizationOptions> plannedRounding(const Spec& spec, const std::string& field)
{
    const auto has = [&spec](const char* key) { return spec.values.contains(key); };
    if (field != "model.name" || !has("quant.bits")) return {};
    QuantizationOptions options{.weightBits = static_cast<int>(spec.integer("quant.bits"))};
    if (has("quant.scheme")) options.weightScheme = quantScheme(spec);
    if (has("quant.granularity")) options.granularity = quantGranularity(spec);
    if (has("quant.format")) options.weightFormat = quantFormat(spec);
    if (has("quant.edges_at_8")) options.edgesAt8 = spec.flag("quant.edges_at_8");
    return options;
}

Text summaryOf(const NetworkOutline& outline)
{
    const std::string parameters = grouped(static_cast<std::int64_t>(outline.parameters));
    if (outline.bits == 0) return text("%1 parameters, %2", parameters, bytesText(outline.floatBytes));
    return text("%1 parameters, %2; with %3 %4", parameters, bytesText(outline.floatBytes), bitsText(outline), bytesText(outline.bytes));
}

std::vector<Figure> figuresOf(const NetworkOutline& outline, const std::string& name)
{
    return {tableFigure(outline, name), mapFigure(outline)};
}

} // namespace bitstill
