#pragma once

#include "engine/models/tflite/model.h"

#include <flatbuffers/flatbuffers.h>
#include <numeric>
#include <tflite/schema_generated.h>

/// A .tflite file made from a description, also one that makes no sense.
struct TfliteFile {
    struct Tensor {
        std::string name;
        std::string type; ///< "F32", "I8"
        bitstill::Shape shape;
        std::string bytes{}; ///< of a constant
        std::vector<float> scale{};
        std::vector<std::int64_t> zeroPoint{};
        int axis = 0;
        bool freeBatch = false, sparse = false;
        std::uint64_t outside = 0; ///< where its values are, if not in the flatbuffer
    };
    struct Operator {
        std::string name;
        std::vector<int> inputs, outputs;
        bitstill::tflite::OperatorOptions options{};
    };
    std::vector<Tensor> tensors;
    std::vector<Operator> operators;
    std::vector<int> inputs, outputs;
    std::uint32_t version = 3;
    int subgraphs = 1;
    bool oldCodes = false; ///< operators by the byte alone

    std::string bytes() const;
    bitstill::tflite::Model model() const { return bitstill::tflite::modelFromBytes(bytes(), "made.tflite"); }

    static int code(const std::string& name)
    {
        for (int c = 0; c < 128; ++c)
            if (bitstill::tflite::operatorName(c) == name) return c;
        return name == "VAR_HANDLE" ? 142 : 32;
    }
    template <class T> static std::string bytesOf(const std::vector<T>& values)
    {
        return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
    }
};

namespace tflite_file {

namespace schema = bitstill::tflite::schema;
using Made = std::pair<schema::Options, flatbuffers::Offset<void>>;

inline Made optionsOf(flatbuffers::FlatBufferBuilder& b, const TfliteFile::Operator& op)
{
    const bitstill::tflite::OperatorOptions& o = op.options;
    const schema::Padding padding = o.same ? schema::Padding::Same : schema::Padding::Valid;
    const auto activation = static_cast<std::int8_t>(o.activation);
    if (op.name == "CONV_2D")
        return {schema::Options::Conv2D,
            schema::CreateConv2D(b, padding, o.stride[1], o.stride[0], activation, o.dilation[1], o.dilation[0]).Union()};
    if (op.name == "DEPTHWISE_CONV_2D")
        return {schema::Options::DepthwiseConv2D,
            schema::CreateDepthwiseConv2D(b, padding, o.stride[1], o.stride[0], 1, activation, o.dilation[1], o.dilation[0]).Union()};
    if (op.name == "AVERAGE_POOL_2D" || op.name == "MAX_POOL_2D")
        return {schema::Options::Pool2D,
            schema::CreatePool2D(b, padding, o.stride[1], o.stride[0], o.window[1], o.window[0], activation).Union()};
    if (op.name == "FULLY_CONNECTED")
        return {schema::Options::FullyConnected, schema::CreateFullyConnected(b, activation, !o.plainWeights, o.keepDimensions).Union()};
    if (op.name == "SOFTMAX") return {schema::Options::Softmax, schema::CreateSoftmax(b, o.beta).Union()};
    if (op.name == "CONCATENATION") return {schema::Options::Concatenation, schema::CreateConcatenation(b, o.axis, activation).Union()};
    if (op.name == "MEAN") return {schema::Options::Reducer, schema::CreateReducer(b, o.keepDimensions).Union()};
    if (op.name == "ADD") return {schema::Options::Add, schema::CreateArithmetic(b, activation).Union()};
    if (op.name == "SUB") return {schema::Options::Sub, schema::CreateArithmetic(b, activation).Union()};
    if (op.name == "MUL") return {schema::Options::Mul, schema::CreateArithmetic(b, activation).Union()};
    return {schema::Options::NONE, 0};
}

inline std::int8_t typeOf(const std::string& name)
{
    const std::vector<std::string> names{"F32", "F16", "I32", "U8", "I64", "STRING", "BOOL", "I16", "C64", "I8", "F64", "C128", "U64",
        "RESOURCE", "VARIANT", "U32", "U16", "I4", "BF16", "I2"};
    return static_cast<std::int8_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

} // namespace tflite_file

inline std::string TfliteFile::bytes() const
{
    namespace schema = bitstill::tflite::schema;
    flatbuffers::FlatBufferBuilder b;
    std::vector<flatbuffers::Offset<schema::Buffer>> buffers{schema::CreateBuffer(b)};
    std::vector<flatbuffers::Offset<schema::Tensor>> tensorTables;
    for (const Tensor& t : tensors) {
        b.ForceVectorAlignment(t.bytes.size(), 1, 16);
        const auto data = b.CreateVector(reinterpret_cast<const std::uint8_t*>(t.bytes.data()), t.bytes.size());
        buffers.push_back(schema::CreateBuffer(b, t.bytes.empty() ? 0 : data, t.outside, t.outside ? 4 : 0));
        flatbuffers::Offset<schema::Quantization> quantization;
        if (!t.scale.empty()) quantization = schema::CreateQuantizationDirect(b, &t.scale, &t.zeroPoint, t.axis);
        std::vector<int> signature = t.shape;
        if (t.freeBatch) signature[0] = -1;
        tensorTables.push_back(
            schema::CreateTensorDirect(b, &t.shape, tflite_file::typeOf(t.type), static_cast<std::uint32_t>(buffers.size() - 1),
                t.name.c_str(), quantization, false, t.sparse, t.freeBatch ? &signature : nullptr));
    }
    std::vector<flatbuffers::Offset<schema::OperatorCode>> codes;
    std::vector<flatbuffers::Offset<schema::Operator>> operatorTables;
    for (const Operator& op : operators) {
        const int c = code(op.name);
        const char* custom = c == 32 ? op.name.c_str() : nullptr;
        codes.push_back(schema::CreateOperatorCodeDirect(b, static_cast<std::int8_t>(std::min(c, 127)), custom, 1, oldCodes ? 0 : c));
        const auto [type, options] = tflite_file::optionsOf(b, op);
        operatorTables.push_back(
            schema::CreateOperatorDirect(b, static_cast<std::uint32_t>(codes.size() - 1), &op.inputs, &op.outputs, type, options));
    }
    const std::vector<flatbuffers::Offset<schema::Subgraph>> graphs(
        static_cast<std::size_t>(subgraphs), schema::CreateSubgraphDirect(b, &tensorTables, &inputs, &outputs, &operatorTables, "main"));
    schema::FinishModelBuffer(b, schema::CreateModelDirect(b, version, &codes, &graphs, "made by a test", &buffers));
    return {reinterpret_cast<const char*>(b.GetBufferPointer()), b.GetSize()};
}

namespace tflite_file {

using Tensors = std::vector<TfliteFile::Tensor>;

inline std::string floats(const std::vector<float>& values) { return TfliteFile::bytesOf(values); }
inline std::string codes(const std::vector<std::int8_t>& values) { return TfliteFile::bytesOf(values); }
inline std::string integers(const std::vector<std::int32_t>& values) { return TfliteFile::bytesOf(values); }

inline TfliteFile::Tensor reals(const std::string& name, const bitstill::Shape& shape, const std::vector<float>& values = {})
{
    return {name, "F32", shape, floats(values)};
}
inline TfliteFile::Tensor quantized(
    const std::string& name, const bitstill::Shape& shape, float scale, std::int64_t zeroPoint, const std::vector<std::int8_t>& values = {})
{
    return {name, "I8", shape, codes(values), {scale}, {zeroPoint}};
}

/// One operator from the tensors before the last to the last; those without values are inputs.
inline TfliteFile oneOperator(const std::string& name, Tensors tensors, const bitstill::tflite::OperatorOptions& options = {})
{
    TfliteFile file{std::move(tensors), {}, {}, {}};
    const int last = static_cast<int>(file.tensors.size()) - 1;
    std::vector<int> operands(file.tensors.size() - 1);
    std::iota(operands.begin(), operands.end(), 0);
    for (const int i : operands)
        if (file.tensors[static_cast<std::size_t>(i)].bytes.empty()) file.inputs.push_back(i);
    file.operators = {{name, operands, {last}, options}};
    file.outputs = {last};
    return file;
}

} // namespace tflite_file
