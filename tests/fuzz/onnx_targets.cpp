// The reader of ONNX files, what it makes of them, and small networks run.

#include "tests/fuzz/fuzz.h"

#include "engine/core/error.h"
#include "engine/models/onnx/read.h"
#include "engine/models/operators/typed.h"
#include "engine/models/run.h"
#include "engine/models/understand.h"
#include "tests/support/onnx_model.h"

namespace fuzz {

using namespace bitstill;

namespace {

/// Does running it cost next to nothing? What the file asks for is otherwise its author's affair.
bool isSmall(const foreign::Network& network)
{
    for (const foreign::ValueInfo& info : network.values) {
        double size = 1;
        for (const int d : info.shape) size *= d < 0 ? 1 : d;
        if (!info.shaped || size > 4096) return false;
    }
    for (const foreign::Cost& cost : foreign::costsOf(network))
        if (cost.products < 0 || cost.products > 1'000'000) return false;
    for (const foreign::Node& node : network.nodes)
        if (const auto kernel = node.attributes.find("kernel_shape"); kernel != node.attributes.end())
            if (const auto* sizes = std::get_if<std::vector<std::int64_t>>(&kernel->second))
                for (const std::int64_t s : *sizes)
                    if (s > 16) return false;
    return true;
}

NamedArrays zerosFor(const foreign::Network& network)
{
    NamedArrays inputs;
    for (const foreign::ValueId id : network.inputs) {
        const foreign::ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        Shape shape = info.shape;
        for (int& d : shape) d = d < 0 ? 1 : d;
        inputs.emplace(info.name, foreign::zeros(info.type.empty() ? "F32" : info.type, shape));
    }
    return inputs;
}

} // namespace

void checkNetwork(const foreign::Network& network)
{
    const auto isValue = [&](foreign::ValueId id) { return id >= foreign::kAbsent && id < static_cast<int>(network.values.size()); };
    for (const foreign::Node& node : network.nodes) {
        for (const foreign::ValueId id : node.inputs) require(isValue(id), "inputs are values");
        for (const foreign::ValueId id : node.outputs) require(isValue(id), "outputs are values");
    }
    const foreign::Reach reach = foreign::reachOf(network);
    require(foreign::costsOf(network).size() == network.nodes.size(), "every node has its cost");
    require(reach.kind == foreign::Reach::Kind::Whole || reach.node < static_cast<int>(network.nodes.size()), "a node stops it");
    if (reach.kind != foreign::Reach::Kind::Whole || !isSmall(network)) return;
    succeeds([&] { require(foreign::run(network, zerosFor(network)).size() <= network.outputs.size(), "outputs are those of the file"); });
}

void onnx(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    succeeds([&] { checkNetwork(foreign::readOnnxBytes(bytes, "fuzz.onnx")); });
}

std::vector<std::string> onnxSeeds()
{
    OnnxModel cnn(11, 4), dense(13), shapes(17), quantized(21), audio(9);
    cnn.input("x", {1, 1, 4, 4}).weights("w", {2, 1, 3, 3}, std::vector<float>(18, 0.5f)).weights("s", {2}, {1, 2});
    cnn.node("Conv", {"x", "w"}, {"c"}).with("auto_pad", "SAME_UPPER").with("strides", std::vector<std::int64_t>{2, 2});
    cnn.node("BatchNormalization", {"c", "s", "s", "s", "s"}, {"b"}).node("Relu", {"b"}, {"r"});
    cnn.node("MaxPool", {"r"}, {"p"}).with("kernel_shape", std::vector<std::int64_t>{2, 2}).with("ceil_mode", 1);
    cnn.node("Upsample", {"p", "z"}, {"u"}).weights("z", {4}, {1, 1, 2, 2}).node("GlobalAveragePool", {"u"}, {"g"});
    cnn.node("Flatten", {"g"}, {"f"}).node("Softmax", {"f"}, {"y"}).output("y");
    dense.input("x", {-1, 3}).weights("w", {3, 2}, {1, 2, 3, 4, 5, 6}).weights("b", {2}, {1, 2});
    dense.node("MatMul", {"x", "w"}, {"m"}).node("Add", {"m", "b"}, {"a"}).node("Dropout", {"a"}, {"d"});
    dense.node("LayerNormalization", {"d", "b", "b"}, {"n"}).node("Gemm", {"n", "b2"}, {"y"}).with("transB", 1).with("alpha", 0.5f);
    dense.weights("b2", {1, 2}, {1, 1}).output("y");
    shapes.input("x", {1, 2, 6}).node("Shape", {"x"}, {"s"}).integers("one", {1}).node("Gather", {"s", "one"}, {"g"});
    shapes.integers("minus", {-1}).node("Concat", {"g", "minus"}, {"t"}).with("axis", 0).node("Reshape", {"x", "t"}, {"r"});
    shapes.integers("from", {0}).integers("to", {4}).integers("step", {2}).node("Slice", {"r", "from", "to", "one", "step"}, {"c"});
    shapes.node("Split", {"c"}, {"p", "q"}).with("axis", 0).node("Sub", {"p", "q"}, {"d"}).node("Pad", {"d", "pads"}, {"e"});
    shapes.integers("pads", {0, 1, 0, 1}).node("Transpose", {"e"}, {"v"}).node("ReduceMean", {"v"}, {"w"});
    shapes.node("Unsqueeze", {"w", "one"}, {"u"}).node("Tile", {"u", "pads"}, {"k"}).node("Expand", {"u", "to"}, {"y"}).output("y");
    quantized.input("x", {1, 4}).weights("s", {}, {0.5f}).codes("z", {}, 3, std::string(1, '\3'));
    quantized.node("QuantizeLinear", {"x", "s", "z"}, {"q"}).node("DequantizeLinear", {"q", "s", "z"}, {"d"});
    quantized.codes("w", {4, 2}, 22, std::string{'\x12', '\x34', '\x56', '\x78'}).weights("ws", {2, 2}, {1, 2, 3, 4});
    quantized.node("DequantizeLinear", {"w", "ws"}, {"wd"}).with("axis", 0).with("block_size", 2);
    quantized.node("MatMul", {"d", "wd"}, {"m"}).node("Clip", {"m", "s"}, {"y"}).output("y");
    audio.input("x", {1, 2, 8}).weights("w", {2, 2, 3}, std::vector<float>(12, 1.0f));
    audio.node("Conv", {"x", "w"}, {"c"}).with("dilations", std::vector<std::int64_t>{2}).node("ConvTranspose", {"c", "w"}, {"t"});
    audio.node("Constant", {}, {"k"}).withTensor("value", {1}, {2}).node("Pow", {"t", "k"}, {"p"}).node("Resize", {"p", "z"}, {"y"});
    audio.weights("z", {3}, {1, 1, 2}).output("y");
    return {cnn.bytes(), dense.bytes(), shapes.bytes(), quantized.bytes(), audio.bytes()};
}

} // namespace fuzz
