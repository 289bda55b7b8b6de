#include "engine/experiment/experiments/own_model.h"
#include "engine/models/understand.h"

#include <cmath>
#include <limits>
#include <map>

namespace bitstill::own_model {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// "32×16×3×3, 4,608 weights"
Text weightsText(const Shape& shape)
{
    std::string sizes;
    for (const int d : shape) sizes += (sizes.empty() ? "" : "×") + std::to_string(d);
    return text("%1, %2 weights", sizes, grouped(static_cast<std::int64_t>(elements(shape))));
}

/// Names and edges; values and choices are still to come.
std::vector<NetworkMap::Node> nodesOf(const foreign::Network& network)
{
    std::map<foreign::ValueId, int> makers;
    std::vector<NetworkMap::Node> nodes;
    std::vector<std::string> names;
    for (const foreign::Node& n : network.nodes)
        names.push_back(n.name.empty() ? network.values[static_cast<std::size_t>(n.outputs[0])].name : n.name);
    const std::vector<std::string> shorter = shortNames(names);
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        NetworkMap::Node node{.name = Text(shorter[i]), .op = network.nodes[i].op, .value = kNone};
        for (const foreign::ValueId id : network.nodes[i].inputs)
            if (const auto maker = makers.find(id); maker != makers.end()) node.inputs.push_back(maker->second);
        for (const foreign::ValueId id : network.nodes[i].outputs)
            if (id != foreign::kAbsent) makers[id] = static_cast<int>(i);
        nodes.push_back(std::move(node));
    }
    return nodes;
}

struct ColourInfo {
    const char* name;
    Text title, unit, caption;
    bool highIsBad;
};

ColourInfo infoOf(Colour colour, int bits)
{
    switch (colour) {
    case Colour::Sensitivity:
        return {"sensitivity", text("SQNR at the output"), Text("dB"),
            text("Each layer alone at %1 bits: SQNR at the output. Click a layer to see its weights.", std::to_string(bits)), false};
    case Colour::Bytes:
        return {
            "bytes", text("bytes"), {}, text("Bytes of each layer's weights as they are rounded now. Click a layer to see them."), true};
    case Colour::Weights:
        return {"weights", text("SQNR of weights"), Text("dB"),
            text("How much of each layer's weights is left by rounding. Click a layer to see them."), false};
    case Colour::Time: break;
    }
    return {
        "time", text("time"), Text("µs"), text("Time of each node for one sample in float, on one thread, as measured in this run."), true};
}

} // namespace

const std::vector<std::string>& colourNames()
{
    static const std::vector<std::string> names{"sensitivity", "bytes", "weights", "time"};
    return names;
}

std::vector<Figure> figuresOf(const Source& source)
{
    const foreign::Network& network = source.network;
    NetworkMap map;
    map.value = {.title = text("bytes")};
    map.nodes = nodesOf(network);
    const std::vector<foreign::Cost> costs = foreign::costsOf(network);
    std::int64_t parameters = 0;
    for (std::size_t i = 0; i < map.nodes.size(); ++i) {
        if (costs[i].weightBytes > 0) map.nodes[i].value = static_cast<double>(costs[i].weightBytes);
        parameters += costs[i].parameters;
    }
    Figure picture{.id = "map",
        .title = text("The network"),
        .caption = text("%1; %2 nodes, %3 parameters. Colours: bytes of weights.", network.format, std::to_string(map.nodes.size()),
            grouped(parameters)),
        .description = text("The network's nodes in the order in which they run, coloured by the bytes of their weights."),
        .body = map,
        .span = 2};
    Readout r;
    r.items = {{text("nodes"), Text(grouped(static_cast<std::int64_t>(map.nodes.size())))},
        {text("parameters"), Text(grouped(parameters)), true}, {text("model size"), Text(bytesText(foreign::constantBytes(network)))}};
    Figure verdict{.id = "verdict",
        .title = source.name,
        .caption = Text(network.format),
        .description = text("What the file holds."),
        .body = r,
        .span = 2};
    return {std::move(verdict), std::move(picture)};
}

Figure mapFigure(const Shrinker& shrinker, const foreign::Quantized& quantized, Colour colour, int bits, const std::string& chosen)
{
    const foreign::Network& network = shrinker.plain().network();
    const foreign::Sensitivity& s = *shrinker.sensitivity();
    const ColourInfo info = infoOf(colour, bits);
    NetworkMap map;
    map.value = {.title = info.title, .unit = info.unit};
    if (!info.highIsBad) map.value.range = AxisRange{0, 40};
    map.nodes = nodesOf(network);
    map.field = "own.layer";
    map.chosen = chosen;
    map.highIsBad = info.highIsBad;
    for (std::size_t l = 0; l < shrinker.names().size(); ++l) {
        const LayerQuantization& layer = quantized.layers[l];
        NetworkMap::Node& node = map.nodes[static_cast<std::size_t>(shrinker.plain().layers()[l].node)];
        node.choice = shrinker.names()[l];
        node.name = Text(shrinker.names()[l]);
        node.detail = weightsText(layer.before.shape());
        if (colour == Colour::Sensitivity) node.value = std::min(s.weights[l][Shrinker::probedColumn(bits)].sqnrDb(), 60.0);
        if (colour == Colour::Bytes) node.value = static_cast<double>(weightBytes(layer, quantized.weightScheme));
        if (colour == Colour::Weights) node.value = std::min(layer.sqnrDb, 60.0);
    }
    if (colour == Colour::Time)
        for (std::size_t i = 0; i < map.nodes.size(); ++i) map.nodes[i].value = s.seconds[i] * 1e6;
    return {.id = "map",
        .title = text("The network"),
        .caption = info.caption,
        .description = text("The network's nodes in the order in which they run, coloured by what is chosen."),
        .body = map,
        .span = 2,
        .timed = colour == Colour::Time};
}

std::vector<Figure> tablesOf(const Shrinker& shrinker, const foreign::Quantized& quantized)
{
    const foreign::Network& network = shrinker.plain().network();
    const std::vector<foreign::Cost> costs = foreign::costsOf(network);
    Table work, rounding; // two of them: numbers must have room in a small window
    work.columns = {text("layer"), text("operator"), text("weights"), text("MACs"), text("time in µs")};
    rounding.columns = {text("layer"), text("bits"), text("bytes"), text("input range"), text("SQNR")};
    for (std::size_t l = 0; l < shrinker.names().size(); ++l) {
        const auto node = static_cast<std::size_t>(shrinker.plain().layers()[l].node);
        const LayerQuantization& q = quantized.layers[l];
        const Range range = shrinker.plain().rangeOf(shrinker.plain().sourceOf(l), 8, Scheme::AffineUnsigned);
        work.rows.push_back({Text(shrinker.names()[l]), Text(network.nodes[node].op),
            Text(grouped(static_cast<std::int64_t>(q.before.size()))), Text(costs[node].products < 0 ? "?" : grouped(costs[node].products)),
            Text(significant(shrinker.sensitivity()->seconds[node] * 1e6))});
        rounding.rows.push_back({Text(shrinker.names()[l]), Text(q.weightBits == 0 ? "32" : std::to_string(q.weightBits)),
            Text(grouped(weightBytes(q, quantized.weightScheme))),
            Text(significant(static_cast<double>(range.low)) + " … " + significant(static_cast<double>(range.high))),
            Text(std::isfinite(q.sqnrDb) ? fixed(q.sqnrDb, 1) + " dB" : "—")});
    }
    Figure rounded{.id = "layers",
        .title = text("All layers as they are rounded"),
        .caption = text("Bits and bytes of the weights, the range of what flows in (by the observer), and the SQNR of the weights."),
        .description = text("The layers with weights, their bits, bytes, input ranges and SQNR, as a table."),
        .body = rounding};
    Figure done{.id = "work",
        .title = text("The work of all layers"),
        .caption = text("Multiply-accumulates of one sample, and their time in float on one thread."),
        .description = text("The layers with weights, their operators, sizes, work and time, as a table."),
        .body = work,
        .timed = true};
    return {std::move(rounded), std::move(done)};
}

} // namespace bitstill::own_model
