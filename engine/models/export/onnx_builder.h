#pragma once

#include "engine/models/network.h"

#include <cstdint>
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

namespace bitstill {

inline constexpr int kOnnxUint4 = 21, kOnnxInt4 = 22; ///< types newer than Debian's header

/// What a file says of an input or output of the graph.
struct OnnxValueType {
    int type = onnx::TensorProto::FLOAT;
    bool shaped = true;
    Shape shape{}; ///< −1: free
    std::string batch = "N"; ///< what a free first dimension is called; may be empty
};

/// An ONNX model as it grows. Every name is given once, by the caller.
class OnnxBuilder {
public:
    /// IR version 8: the highest that the tools of Debian 12 take, and no runtime asks for more. From opset 21 on 10, which it came with.
    explicit OnnxBuilder(int opset);

    void addInput(const std::string& name, const OnnxValueType& type);
    void addOutput(const std::string& name, const OnnxValueType& type);
    /// An empty name is an optional input that is not given, or an output that nobody wants.
    onnx::NodeProto& addNode(
        const std::string& op, const std::string& name, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);
    /// With one output, which has the node's name.
    onnx::NodeProto& addNode(const std::string& op, const std::string& name, const std::vector<std::string>& inputs)
    {
        return addNode(op, name, inputs, {name});
    }
    /// A constant; all give its name back. `type`: its own (onnx::TensorProto::FLOAT ...), or 4 bits of codes that have a byte each.
    std::string addArray(const std::string& name, const Array& array, int type);
    std::string addFloats(const std::string& name, const Shape& shape, const float* values);
    /// Of an integer type (onnx::TensorProto::INT8 ...), 4 (two to a byte, the first in the low half), 8 or 32 bits; the codes must fit.
    std::string addCodes(const std::string& name, const Shape& shape, int type, const std::vector<std::int32_t>& codes);
    void addNote(const std::string& key, const std::string& value);
    void setProducerVersion(const std::string& version) { m_model.set_producer_version(version); }

    std::string bytes() const { return m_model.SerializeAsString(); }

private:
    onnx::ModelProto m_model;
};

void setAttribute(onnx::NodeProto& node, const std::string& name, const foreign::Attribute& value);
void setAttribute(onnx::NodeProto& node, const std::string& name, int value);
void setAttribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values);

} // namespace bitstill
