#include "engine/models/types.h"

#include "engine/models/onnx/tensors.h"

#include <set>

namespace bitstill::foreign {

namespace {

class Types {
public:
    explicit Types(const Network& network) : m_network(network) { }

    std::vector<std::string> all()
    {
        for (const ValueInfo& value : m_network.values) m_types.push_back(value.type);
        for (const auto& [id, array] : m_network.constants) at(id) = array.type();
        for (const Node& node : m_network.nodes) {
            const std::string made = madeBy(node);
            for (const ValueId id : node.outputs)
                if (id != kAbsent && !made.empty()) at(id) = made;
        }
        return std::move(m_types);
    }

private:
    std::string& at(ValueId id) { return m_types[static_cast<std::size_t>(id)]; }
    std::string input(const Node& node, std::size_t i)
    {
        return i < node.inputs.size() && node.inputs[i] != kAbsent ? at(node.inputs[i]) : std::string();
    }

    std::string madeBy(const Node& node)
    {
        static const std::set<std::string> truths{"And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or"};
        static const std::set<std::string> counts{"ArgMax", "ArgMin", "Shape", "Size"};
        if (truths.contains(node.op)) return "BOOL";
        if (counts.contains(node.op)) return "I64";
        if (node.op == "Cast") return typeOfNumber(static_cast<int>(integerOf(node.attributes, "to", 0)));
        if (node.op == "DequantizeLinear") return "F32";
        if (node.op == "QuantizeLinear") {
            const std::string zeroPoint = input(node, 2),
                              wanted = typeOfNumber(static_cast<int>(integerOf(node.attributes, "output_dtype", 0)));
            return !zeroPoint.empty() ? zeroPoint : !wanted.empty() ? wanted : "U8";
        }
        if (node.op == "ConstantOfShape") {
            const auto value = node.attributes.find("value");
            const Array* array = value == node.attributes.end() ? nullptr : std::get_if<Array>(&value->second);
            return array ? array->type() : "F32";
        }
        return input(node, node.op == "Where" ? 1 : 0);
    }

    const Network& m_network;
    std::vector<std::string> m_types;
};

} // namespace

std::vector<std::string> typesOf(const Network& network) { return Types(network).all(); }

} // namespace bitstill::foreign
