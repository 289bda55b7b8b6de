#include "engine/models/onnx/read.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/models/fold.h"
#include "engine/models/halves.h"
#include "engine/models/normalise.h"
#include "engine/models/onnx/graph.h"
#include "engine/models/onnx/scan.h"

#include <algorithm>
#include <onnx/onnx_pb.h>
#include <set>

namespace bitstill::foreign {

namespace {

constexpr std::size_t kLargestFile = (std::size_t{1} << 31) - 1; ///< protobuf's own limit
constexpr std::int64_t kOldestOpset = 6, kNewestOpset = 26;

/// Most names meant something else before operator set 6; these did not.
bool isOfAnyOpset(const onnx::ModelProto& model)
{
    static const std::set<std::string> same{"Constant", "Conv", "Flatten", "GlobalAveragePool", "GlobalMaxPool", "LRN", "LogSoftmax",
        "MaxPool", "Softmax", "Squeeze", "Transpose", "Unsqueeze"};
    return std::ranges::all_of(model.graph().node(), [](const onnx::NodeProto& node) { return same.contains(node.op_type()); });
}

std::int64_t opsetOf(const onnx::ModelProto& model, const std::string& file)
{
    std::int64_t opset = 0;
    for (const auto& import : model.opset_import())
        if (import.domain().empty() || import.domain() == "ai.onnx") opset = import.version();
    if (opset < 1 || (opset < kOldestOpset && !isOfAnyOpset(model)) || opset > kNewestOpset)
        throw Error(file, text("is made for operator set %1 of ONNX", std::to_string(opset)), text("export it again with one of 6 to 26"));
    return opset;
}

std::string formatOf(const onnx::ModelProto& model, std::int64_t opset)
{
    std::string format = "ONNX opset " + std::to_string(opset) + ", IR " + std::to_string(model.ir_version());
    if (!model.producer_name().empty()) format += ", " + printable(model.producer_name(), 100);
    if (!model.producer_version().empty()) format += " " + printable(model.producer_version(), 100);
    return format;
}

Network fromBytes(const std::string& bytes, const std::filesystem::path& folder, const std::string& file)
{
    scanOnnx(bytes, file);
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes) || !model.has_graph())
        throw Error(file, text("this is no whole ONNX file"), text("export or download it again"));
    const std::int64_t opset = opsetOf(model, file);
    Network network = networkOf(model.graph(), folder, file);
    network.format = formatOf(model, opset);
    model.Clear(); // its weights are there twice
    widenHalves(network);
    normalise(network, static_cast<int>(opset));
    fold(network);
    return network;
}

} // namespace

Network readOnnx(const std::filesystem::path& file)
{
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    return fromBytes(readFile(file, kLargestFile), folder, file.string());
}

Network readOnnxBytes(const std::string& bytes, const std::string& name) { return fromBytes(bytes, {}, name); }

} // namespace bitstill::foreign
