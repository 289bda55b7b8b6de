#include "app/cli/inspect_report.h"

#include "engine/models/codes.h"
#include "engine/models/cut.h"
#include "engine/models/halves.h"
#include "engine/models/open.h"
#include "engine/models/tflite/run.h"
#include "engine/models/understand.h"

#include <algorithm>
#include <array>

namespace bitstill::cli {

namespace {

using foreign::Network;
using foreign::Node;
using nlohmann::json;

const foreign::ValueInfo& infoOf(const Network& network, foreign::ValueId id) { return network.values[static_cast<std::size_t>(id)]; }

json valueJson(const foreign::ValueInfo& info)
{
    return {{"name", info.name}, {"type", info.type}, {"shape", info.shaped ? json(info.shape) : json(nullptr)}};
}

json valueJson(const tflite::TensorInfo& info)
{
    Shape shape = info.shape;
    if (info.freeBatch) shape[0] = -1;
    json value{{"name", info.name}, {"type", info.type}, {"shape", shape}};
    const tflite::Quantization& q = info.quantization;
    if (info.isQuantized()) value["quantization"] = {{"scale", q.scale}, {"zero_point", q.zeroPoint}, {"axis", q.axis}};
    return value;
}

/// As of a TFLite tensor.
json quantizationJson(const foreign::Codes& codes)
{
    json found{{"scale", std::get<std::vector<float>>(codes.inputs[1].values)}};
    if (codes.inputs[1].size() > 1) found["axis"] = foreign::axisOf(codes);
    if (codes.inputs.size() > 2) found["zero_point"] = foreign::zeroPointsOf(codes);
    return found;
}

std::uint64_t bytesIn(const Array& array) { return array.size() * static_cast<std::uint64_t>(bitsOfType(array.type())) / 8; }

/// How far it runs: `node`, counted from 0, is the first that does not, `count` where all do.
void setState(ModelReport& report, std::size_t node, std::size_t count, const std::string& op, const Text& why)
{
    const std::string number = std::to_string(node + 1), of = std::to_string(count);
    report.numbers["state"] = node == count ? "runs whole" : node > 0 ? "runs up to a node" : "weights only";
    if (node < count) report.numbers["stops_at"] = {{"node", node}, {"why", why.english()}};
    report.state = node == count ? text("runs whole")
        : node > 0               ? text("runs up to node %1 of %2 (%3): %4", number, of, op, why)
                                 : text("its weights can be looked at, but it does not run: node %1 of %2 (%3): %4", number, of, op, why);
}

/// Sums over the nodes; MACs that are not known anywhere are not known.
void addTotals(json& report)
{
    std::int64_t parameters = 0, bytes = 0, macs = 0;
    for (const json& node : report["nodes"]) {
        parameters += node["parameters"].get<std::int64_t>();
        bytes += node["bytes"].get<std::int64_t>();
        macs = macs < 0 || node["macs"].is_null() ? -1 : macs + node["macs"].get<std::int64_t>();
    }
    report["parameters"] = parameters;
    report["bytes"] = bytes;
    report["macs"] = macs < 0 ? json(nullptr) : json(macs);
}

/// Where a network that stops can be cut, and how.
void tellWhereToCut(ModelReport& report, const Network& network)
{
    const std::string node = foreign::whereToCut(network, foreign::reachOf(network));
    if (node.empty()) return;
    report.numbers["stops_at"]["cut"] = node;
    report.notes.push_back(text(
        "what comes before it can be used: infer and export with --cut \"%1\", own-model with --set \"model.cut=%1\"", printable(node)));
}

json emptyReport(const std::string& format)
{
    return {
        {"format", format}, {"inputs", json::array()}, {"outputs", json::array()}, {"nodes", json::array()}, {"weights", json::array()}};
}

bool isReadable(const tflite::TensorInfo& info)
{
    return !info.isSparse && (bitsOfType(info.type) > 0 || info.type == "I4" || info.type == "I2");
}

/// What an operator's constants hold: weights and biases, not shapes and axes.
json costJson(const tflite::Model& model, const tflite::Operator& op)
{
    static constexpr std::array kLayers{"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"};
    const bool isLayer = std::ranges::find(kLayers, op.name) != kLayers.end();
    std::int64_t parameters = 0, bytes = 0;
    for (const tflite::TensorId id : op.inputs) {
        if (id == tflite::kAbsent) continue;
        const tflite::TensorInfo& tensor = model.tensors[static_cast<std::size_t>(id)];
        if (!tensor.isConstant() || !(isLayer || tensor.isQuantized() || tensor.type == "F32")) continue;
        parameters += static_cast<std::int64_t>(elements(tensor.shape));
        bytes += static_cast<std::int64_t>(tensor.bytes);
    }
    return {{"parameters", parameters}, {"bytes", bytes},
        {"macs", isLayer ? static_cast<std::int64_t>(tflite::workOf(model, op)) : std::int64_t{0}}};
}

} // namespace

ModelReport onnxReport(const std::string& file)
{
    const Network network = foreign::openNetwork(file);
    ModelReport report{emptyReport(network.format), {}, {}};
    const foreign::Reach reach = foreign::reachOf(network);
    const bool whole = reach.kind == foreign::Reach::Kind::Whole;
    const std::size_t stop = whole ? network.nodes.size() : static_cast<std::size_t>(reach.node);
    setState(report, stop, network.nodes.size(), whole ? std::string() : network.nodes[stop].op, reach.why);
    tellWhereToCut(report, network);
    if (const Text note = foreign::halvesNote(network); !note.empty()) report.notes.push_back(note);
    json& j = report.numbers;
    for (const foreign::ValueId id : network.inputs) j["inputs"].push_back(valueJson(infoOf(network, id)));
    for (const foreign::ValueId id : network.outputs) j["outputs"].push_back(valueJson(infoOf(network, id)));
    const std::vector<foreign::Cost> costs = foreign::costsOf(network);
    for (std::size_t n = 0; n < network.nodes.size(); ++n) {
        const Node& node = network.nodes[n];
        j["nodes"].push_back({{"name", node.name}, {"domain", node.domain}, {"op", node.op}, {"parameters", costs[n].parameters},
            {"macs", costs[n].products < 0 ? json(nullptr) : json(costs[n].products)}, {"bytes", costs[n].weightBytes},
            {"output", node.outputs[0] == foreign::kAbsent ? json(nullptr) : valueJson(infoOf(network, node.outputs[0]))}});
    }
    addTotals(j);
    for (const auto& [id, array] : network.constants) {
        const auto codes = network.codes.find(id);
        const Array& kept = codes == network.codes.end() ? array : codes->second.inputs[0];
        j["weights"].push_back(weightJson(infoOf(network, id).name, kept, bytesIn(kept)));
        if (const auto half = network.halves.find(id); half != network.halves.end()) {
            j["weights"].back()["type"] = half->second;
            j["weights"].back()["bytes"] = array.size() * 2;
        }
        if (codes != network.codes.end()) j["weights"].back()["quantization"] = quantizationJson(codes->second);
    }
    return report;
}

ModelReport tfliteReport(const std::string& file)
{
    const tflite::Model model = tflite::readModel(file);
    ModelReport report{emptyReport(model.format), {}, model.notes};
    const tflite::Extent extent = tflite::extentOf(model);
    const std::size_t count = model.operators.size();
    setState(
        report, extent.operators, count, extent.operators < count ? model.operators[extent.operators].name : std::string(), extent.reason);
    if (extent.operators > 0 && extent.operators < count) tellWhereToCut(report, foreign::openNetwork(file));
    json& j = report.numbers;
    const auto infoOfTensor = [&](tflite::TensorId id) -> const tflite::TensorInfo& { return model.tensors[static_cast<std::size_t>(id)]; };
    for (const tflite::TensorId id : model.inputs) j["inputs"].push_back(valueJson(infoOfTensor(id)));
    for (const tflite::TensorId id : model.outputs) j["outputs"].push_back(valueJson(infoOfTensor(id)));
    for (const tflite::Operator& op : model.operators) {
        const bool named = !op.outputs.empty() && op.outputs[0] != tflite::kAbsent;
        json node = costJson(model, op);
        node["name"] = named ? infoOfTensor(op.outputs[0]).name : ""; // operators have no names of their own
        node["domain"] = "";
        node["op"] = op.name;
        node["output"] = named ? valueJson(infoOfTensor(op.outputs[0])) : json(nullptr);
        j["nodes"].push_back(std::move(node));
    }
    addTotals(j);
    for (std::size_t i = 0; i < model.tensors.size(); ++i)
        if (model.tensors[i].isConstant() && isReadable(model.tensors[i]))
            j["weights"].push_back(
                weightJson(model.tensors[i].name, model.constant(static_cast<tflite::TensorId>(i)), model.tensors[i].bytes));
    return report;
}

} // namespace bitstill::cli
