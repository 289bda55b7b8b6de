#pragma once

#include "engine/io/arrays.h"

#include <initializer_list>
#include <onnx/onnx_pb.h>
#include <string>

namespace bitstill {

/// A small ONNX file made piece by piece; values are named by their makers.
class OnnxModel {
public:
    explicit OnnxModel(int opset = 17, int ir = 8)
    {
        m_model.set_ir_version(ir);
        m_model.set_producer_name("tests");
        auto* import = m_model.add_opset_import();
        import->set_domain("");
        import->set_version(opset);
        m_model.mutable_graph()->set_name("g");
    }

    /// −1: a free dimension. `type` is ONNX's number: 1 float, 7 int64.
    OnnxModel& input(const std::string& name, const Shape& shape, int type = 1)
    {
        describe(m_model.mutable_graph()->add_input(), name, shape, type);
        return *this;
    }
    OnnxModel& output(const std::string& name)
    {
        m_model.mutable_graph()->add_output()->set_name(name);
        return *this;
    }
    OnnxModel& weights(const std::string& name, const Shape& shape, const std::vector<float>& values)
    {
        fill(m_model.mutable_graph()->add_initializer(), name, shape, values);
        return *this;
    }
    OnnxModel& integers(const std::string& name, const std::vector<std::int64_t>& values)
    {
        onnx::TensorProto* t = m_model.mutable_graph()->add_initializer();
        t->set_name(name);
        t->set_data_type(7);
        t->add_dims(static_cast<std::int64_t>(values.size()));
        for (const std::int64_t v : values) t->add_int64_data(v);
        return *this;
    }
    OnnxModel& codes(const std::string& name, const Shape& shape, int type, const std::string& bytes)
    {
        onnx::TensorProto* t = m_model.mutable_graph()->add_initializer();
        t->set_name(name);
        t->set_data_type(type);
        for (const int d : shape) t->add_dims(d);
        t->set_raw_data(bytes);
        return *this;
    }
    OnnxModel& node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs)
    {
        m_node = m_model.mutable_graph()->add_node();
        m_node->set_op_type(op);
        m_node->set_name(op + "_" + outputs.at(0));
        for (const std::string& name : inputs) m_node->add_input(name);
        for (const std::string& name : outputs) m_node->add_output(name);
        return *this;
    }
    // Of the last node.
    OnnxModel& with(const std::string& name, std::int64_t value)
    {
        auto* a = attribute(name, onnx::AttributeProto::INT);
        a->set_i(value);
        return *this;
    }
    OnnxModel& with(const std::string& name, int value) { return with(name, std::int64_t{value}); }
    OnnxModel& with(const std::string& name, float value)
    {
        attribute(name, onnx::AttributeProto::FLOAT)->set_f(value);
        return *this;
    }
    OnnxModel& with(const std::string& name, const char* value)
    {
        attribute(name, onnx::AttributeProto::STRING)->set_s(value);
        return *this;
    }
    OnnxModel& with(const std::string& name, const std::vector<std::int64_t>& values)
    {
        auto* a = attribute(name, onnx::AttributeProto::INTS);
        for (const std::int64_t v : values) a->add_ints(v);
        return *this;
    }
    OnnxModel& withTensor(const std::string& name, const Shape& shape, const std::vector<float>& values)
    {
        fill(attribute(name, onnx::AttributeProto::TENSOR)->mutable_t(), "", shape, values);
        return *this;
    }

    onnx::ModelProto& proto() { return m_model; }
    onnx::NodeProto& last() { return *m_node; }
    std::string bytes() const { return m_model.SerializeAsString(); }

private:
    static void describe(onnx::ValueInfoProto* value, const std::string& name, const Shape& shape, int type)
    {
        value->set_name(name);
        auto* tensor = value->mutable_type()->mutable_tensor_type();
        tensor->set_elem_type(type);
        auto* dims = tensor->mutable_shape();
        for (const int d : shape) {
            auto* dim = dims->add_dim();
            if (d < 0)
                dim->set_dim_param("N");
            else
                dim->set_dim_value(d);
        }
    }
    static void fill(onnx::TensorProto* t, const std::string& name, const Shape& shape, const std::vector<float>& values)
    {
        t->set_name(name);
        t->set_data_type(1);
        for (const int d : shape) t->add_dims(d);
        for (const float v : values) t->add_float_data(v);
    }
    onnx::AttributeProto* attribute(const std::string& name, onnx::AttributeProto::AttributeType type)
    {
        auto* a = m_node->add_attribute();
        a->set_name(name);
        a->set_type(type);
        return a;
    }

    onnx::ModelProto m_model;
    onnx::NodeProto* m_node = nullptr;
};

} // namespace bitstill
