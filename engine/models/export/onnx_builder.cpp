#include "engine/models/export/onnx_builder.h"

#include "engine/models/onnx/tensors.h"

#include <cassert>

namespace bitstill {

namespace {

void describeValue(onnx::ValueInfoProto& info, const std::string& name, const OnnxValueType& value)
{
    info.set_name(name);
    onnx::TypeProto_Tensor& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(value.type);
    if (!value.shaped) return;
    type.mutable_shape();
    for (std::size_t d = 0; d < value.shape.size(); ++d) {
        auto& dimension = *type.mutable_shape()->add_dim();
        if (value.shape[d] >= 0)
            dimension.set_dim_value(value.shape[d]);
        else if (d == 0 && !value.batch.empty())
            dimension.set_dim_param(value.batch);
    }
}

/// Two to a byte, the first in the low half.
std::string packed(const std::string& codes)
{
    std::string bytes((codes.size() + 1) / 2, '\0');
    for (std::size_t i = 0; i < codes.size(); ++i)
        bytes[i / 2] = static_cast<char>(static_cast<unsigned char>(bytes[i / 2]) | (codes[i] & 0xF) << (i % 2 * 4));
    return bytes;
}

void fillTensor(onnx::TensorProto& tensor, const Array& array, int type)
{
    tensor.set_data_type(type);
    for (const int d : array.shape) tensor.add_dims(d);
    const bool isFourBits = type == kOnnxInt4 || type == kOnnxUint4;
    tensor.set_raw_data(isFourBits ? packed(bytesOf(array)) : bytesOf(array));
}

onnx::AttributeProto& added(onnx::NodeProto& node, const std::string& name, onnx::AttributeProto::AttributeType type)
{
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
}

} // namespace

OnnxBuilder::OnnxBuilder(int opset)
{
    m_model.set_ir_version(opset < 21 ? 8 : 10);
    m_model.set_producer_name("bitstill");
    onnx::OperatorSetIdProto& set = *m_model.add_opset_import();
    set.set_domain("");
    set.set_version(opset);
    m_model.mutable_graph()->set_name("bitstill");
}

void OnnxBuilder::addInput(const std::string& name, const OnnxValueType& type)
{
    describeValue(*m_model.mutable_graph()->add_input(), name, type);
}

void OnnxBuilder::addOutput(const std::string& name, const OnnxValueType& type)
{
    describeValue(*m_model.mutable_graph()->add_output(), name, type);
}

onnx::NodeProto& OnnxBuilder::addNode(
    const std::string& op, const std::string& name, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs)
{
    onnx::NodeProto& node = *m_model.mutable_graph()->add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    for (const std::string& output : outputs) node.add_output(output);
    return node;
}

std::string OnnxBuilder::addArray(const std::string& name, const Array& array, int type)
{
    onnx::TensorProto& tensor = *m_model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    fillTensor(tensor, array, type);
    return name;
}

std::string OnnxBuilder::addFloats(const std::string& name, const Shape& shape, const float* values)
{
    return addArray(name, {shape, std::vector<float>(values, values + elements(shape))}, onnx::TensorProto::FLOAT);
}

std::string OnnxBuilder::addCodes(const std::string& name, const Shape& shape, int type, const std::vector<std::int32_t>& codes)
{
    assert(codes.size() == elements(shape));
    if (type == onnx::TensorProto::INT32) return addArray(name, {shape, codes}, type);
    std::string bytes;
    for (const std::int32_t code : codes) bytes.push_back(static_cast<char>(code)); // two's complement is what INT8 means too
    return addArray(name, {shape, RawValues{"I8", std::move(bytes)}}, type);
}

void OnnxBuilder::addNote(const std::string& key, const std::string& value)
{
    onnx::StringStringEntryProto& note = *m_model.add_metadata_props();
    note.set_key(key);
    note.set_value(value);
}

void setAttribute(onnx::NodeProto& node, const std::string& name, int value) { added(node, name, onnx::AttributeProto::INT).set_i(value); }

void setAttribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values)
{
    onnx::AttributeProto& attribute = added(node, name, onnx::AttributeProto::INTS);
    for (const std::int64_t v : values) attribute.add_ints(v);
}

void setAttribute(onnx::NodeProto& node, const std::string& name, const foreign::Attribute& value)
{
    std::visit(
        [&](const auto& v) {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::int64_t>)
                added(node, name, onnx::AttributeProto::INT).set_i(v);
            else if constexpr (std::is_same_v<T, float>)
                added(node, name, onnx::AttributeProto::FLOAT).set_f(v);
            else if constexpr (std::is_same_v<T, std::string>)
                added(node, name, onnx::AttributeProto::STRING).set_s(v);
            else if constexpr (std::is_same_v<T, std::vector<float>>)
                added(node, name, onnx::AttributeProto::FLOATS).mutable_floats()->Add(v.begin(), v.end());
            else if constexpr (std::is_same_v<T, std::vector<std::string>>)
                added(node, name, onnx::AttributeProto::STRINGS).mutable_strings()->Add(v.begin(), v.end());
            else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>)
                setAttribute(node, name, v);
            else
                fillTensor(*added(node, name, onnx::AttributeProto::TENSOR).mutable_t(), v, foreign::numberOfType(v.type()));
        },
        value);
}

} // namespace bitstill
