// Networks from elsewhere: TFLite.

#include "tests/fuzz/fuzz.h"

#include "engine/core/error.h"
#include "engine/models/tflite/run.h"
#include "engine/models/tflite/to_network.h"
#include "tests/support/tflite_file.h"

#include <algorithm>

namespace fuzz {

using namespace bitstill;
namespace tfl = bitstill::tflite;

namespace {

void checkIds(const std::vector<int>& ids, int lowest, const tfl::Model& model)
{
    for (const int id : ids) require(id >= lowest && id < static_cast<int>(model.tensors.size()), "ids are of tensors");
}

void checkModel(const tfl::Model& model)
{
    checkIds(model.inputs, 0, model);
    checkIds(model.outputs, 0, model);
    for (const tfl::Operator& op : model.operators) {
        checkIds(op.inputs, tfl::kAbsent, model);
        checkIds(op.outputs, 0, model);
        require(!op.name.empty() && printable(op.name, op.name.size()) == op.name, "names of operators are printable");
    }
    for (std::size_t i = 0; i < model.tensors.size(); ++i) {
        const tfl::TensorInfo& tensor = model.tensors[i];
        require(!tensor.name.empty() && printable(tensor.name, tensor.name.size()) == tensor.name, "names of tensors are printable");
        require(tensor.quantization.scale.size() == tensor.quantization.zeroPoint.size(), "each scale has its zero point");
        if (tensor.isConstant()) (void)model.constant(static_cast<int>(i));
    }
    for (const Text& note : model.notes) require(!note.english().empty(), "notes say something");
}

/// Elements and work that a sample takes: what is slow on purpose is not run.
bool isSmall(const tfl::Model& model, const tfl::Extent& extent)
{
    double work = 0;
    for (const tfl::TensorInfo& tensor : model.tensors)
        if (std::ranges::find(tensor.shape, -1) == tensor.shape.end()) work += static_cast<double>(elements(tensor.shape));
    for (std::size_t i = 0; i < extent.operators; ++i) work += tfl::workOf(model, model.operators[i]);
    return work < 1e5 && model.operators.size() < 50;
}

void runModel(const tfl::Model& model, tfl::Hybrid hybrid)
{
    NamedArrays inputs;
    for (const int id : model.inputs) {
        const tfl::TensorInfo& tensor = model.tensors[static_cast<std::size_t>(id)];
        if (std::ranges::find(tensor.shape, -1) != tensor.shape.end()) return;
        std::string bytes(elements(tensor.shape) * (tensor.type == "F32" ? 4 : 1), '\0');
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 37 % 101);
        inputs.emplace(tensor.name, arrayOf(tensor.type, tensor.shape, bytes));
    }
    for (const auto& [name, array] : tfl::run(model, inputs, {.hybrid = hybrid}))
        require(array.shape == model.tensors[static_cast<std::size_t>(model.find(name))].shape, "outputs have their shapes");
}

} // namespace

void tflite(const std::uint8_t* data, std::size_t size)
{
    succeeds([&] {
        const tfl::Model model = tfl::modelFromBytes(std::string(reinterpret_cast<const char*>(data), size), "fuzz.tflite");
        checkModel(model);
        const tfl::Extent extent = tfl::extentOf(model);
        require(extent.operators <= model.operators.size(), "no more operators run than there are");
        require(extent.reason.empty() == (extent.operators == model.operators.size()), "there is a reason where it stops");
        succeeds([&] { checkNetwork(tfl::toNetwork(model)); });
        if (!isSmall(model, extent)) return;
        for (const auto hybrid : {tfl::Hybrid::dequantized, tfl::Hybrid::rounded}) runModel(model, hybrid);
    });
}

std::vector<std::string> tfliteSeeds()
{
    const std::string four = TfliteFile::bytesOf(std::vector<float>{1, 2, 3, 4}), codes = "\1\2\3\4";
    const auto vector = [](const std::vector<std::int32_t>& v) {
        return TfliteFile::Tensor{"v", "I32", {static_cast<int>(v.size())}, TfliteFile::bytesOf(v)};
    };
    const auto code = [](const char* name, const Shape& shape) { return TfliteFile::Tensor{name, "I8", shape, {}, {0.5f}, {3}}; };
    const TfliteFile floats{{{"x", "F32", {1, 3, 3, 1}}, {"w", "F32", {1, 2, 2, 1}, four}, {"y", "F32", {1, 2, 2, 1}},
                                {"z", "F32", {1, 1, 1, 1}}, {"flat", "F32", {1, 1}}, vector({1, 1}), {"p", "F32", {1, 1}}},
        {{"CONV_2D", {0, 1, -1}, {2}, {.same = true, .stride = {2, 2}}}, {"MAX_POOL_2D", {2}, {3}, {.stride = {1, 1}, .window = {2, 2}}},
            {"RESHAPE", {3, 5}, {4}}, {"SOFTMAX", {4}, {6}}},
        {0}, {6}};
    const TfliteFile quantized{{code("x", {1, 2, 2, 1}), {"w", "I8", {1, 1, 1, 4}, codes, {1, 2, 3, 4}, {0, 0, 0, 0}, 3},
                                   code("y", {1, 2, 2, 4}), code("sum", {1, 2, 2, 4}), code("pool", {1, 1, 1, 4}),
                                   {"dense", "I8", {1, 4}, codes, {1}, {0}}, code("last", {1, 1}), {"real", "F32", {1, 1}}},
        {{"DEPTHWISE_CONV_2D", {0, 1}, {2}, {.stride = {1, 1}}}, {"ADD", {2, 0}, {3}},
            {"AVERAGE_POOL_2D", {3}, {4}, {.stride = {1, 1}, .window = {2, 2}}}, {"FULLY_CONNECTED", {4, 5}, {6}},
            {"DEQUANTIZE", {6}, {7}}},
        {0}, {7}};
    const TfliteFile hybrid{{{"x", "F32", {1, 4}}, {"w", "I4", {2, 4}, codes, {1}, {0}}, {"y", "F32", {1, 2}}, {"c", "F32", {1, 4}},
                                vector({1, 0}), {"t", "F32", {4, 1}}, vector({0}), {"m", "F32", {1}}},
        {{"FULLY_CONNECTED", {0, 1}, {2}}, {"CONCATENATION", {2, 2}, {3}, {.axis = 1}}, {"TRANSPOSE", {3, 4}, {5}}, {"MEAN", {5, 6}, {7}}},
        {0}, {7}};
    return {floats.bytes(), quantized.bytes(), hybrid.bytes()};
}

} // namespace fuzz
