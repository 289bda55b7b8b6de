#include "engine/models/export/network_onnx.h"

#include "engine/models/codes.h"
#include "engine/models/export/onnx_builder.h"
#include "engine/models/export/onnx_forms.h"
#include "engine/models/facts.h"
#include "engine/models/normalise.h"
#include "engine/models/onnx/tensors.h"
#include "engine/models/operators/typed.h"
#include "engine/models/types.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

/// Attributes of opsets long gone that say nothing any more.
bool isOfOldTimes(const Node& node, const std::string& name)
{
    if (name == "spatial") return integerOf(node.attributes, name, 0) != 0;
    return name == "broadcast" || name == "consumed_inputs" || name == "flatten" || name == "is_test";
}

class Writer {
public:
    explicit Writer(Network network) : m_network(std::move(network)), m_types(typesOf(m_network))
    {
        for (const Node& node : m_network.nodes) {
            requireForm(node);
            m_opset = std::max(m_opset, lowestOpset(node, m_types));
        }
        giveNames();
        markFourBits();
    }

    std::string bytes(const ExportNotes& about)
    {
        OnnxBuilder builder(m_opset);
        m_builder = &builder;
        for (const ValueId id : m_network.inputs) builder.addInput(nameOf(id), typeOf(id, m_network.inputs.size() == 1 ? "N" : ""));
        writeConstants();
        for (const Node& node : m_network.nodes) write(node);
        const std::vector<bool> followBatch = whichFollowTheBatch();
        for (std::size_t i = 0; i < m_network.outputs.size(); ++i)
            builder.addOutput(nameOf(m_network.outputs[i]), typeOf(m_network.outputs[i], followBatch[i] ? "N" : ""));
        for (const auto& [key, value] : about) builder.addNote(key, value);
        builder.addNote("bitstill.source_format", m_network.format);
        if (const auto version = about.find("bitstill.version"); version != about.end()) builder.setProducerVersion(version->second);
        return builder.bytes();
    }

private:
    /// What nobody reads or makes keeps no name from others.
    void giveNames()
    {
        std::vector<bool> used(m_network.values.size() + 1, false);
        const auto use = [&](const std::vector<ValueId>& ids) {
            for (const ValueId id : ids)
                if (id != kAbsent) used[static_cast<std::size_t>(id)] = true;
        };
        use(m_network.inputs);
        use(m_network.outputs);
        for (const Node& node : m_network.nodes) {
            use(node.inputs);
            use(node.outputs);
        }
        for (std::size_t i = 0; i < m_network.values.size(); ++i) {
            const std::string& name = m_network.values[i].name;
            m_names.push_back(used[i] ? unique(name.empty() ? "value" : name) : std::string());
        }
    }

    [[noreturn]] static void fail(const Node& node, const Text& what)
    {
        throw Error(nodeText(node), what, text("`bitstill-cli inspect` shows the node and the shapes around it"));
    }

    static void requireForm(const Node& node)
    {
        const OnnxForm* form = onnxForm(node);
        if (!form) fail(node, text("it cannot be written: the operator is none that is computed here"));
        for (const auto& [name, value] : node.attributes) {
            const auto isMine = [&, &name = name](const Movable& m) { return m.op == node.op && m.attribute == name; };
            const bool known = std::ranges::find(form->attributes, name, &OnnxAttribute::name) != form->attributes.end()
                || std::ranges::any_of(movables(), isMine) || isOfOldTimes(node, name);
            if (!known) fail(node, text("it cannot be written: its attribute %1 is none that the operator has today", name));
        }
    }

    std::string unique(const std::string& name)
    {
        std::string candidate = name;
        for (int i = 2; !m_taken.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
        return candidate;
    }

    std::string nameOf(ValueId id) const { return id == kAbsent ? std::string() : m_names[static_cast<std::size_t>(id)]; }
    const ValueInfo& infoOf(ValueId id) const { return m_network.values[static_cast<std::size_t>(id)]; }
    const std::string& typeNameOf(ValueId id) const { return m_types[static_cast<std::size_t>(id)]; }

    /// float32 where nothing is known.
    OnnxValueType typeOf(ValueId id, const std::string& batch) const
    {
        const int number = numberOfType(typeNameOf(id));
        return {number == 0 ? int(onnx::TensorProto::FLOAT) : number, infoOf(id).shaped, infoOf(id).shape, batch};
    }

    /// A free first dimension that is as large as that of the inputs; others may be free for other reasons.
    std::vector<bool> whichFollowTheBatch() const
    {
        constexpr int kOne = 2, kOther = 3;
        const Facts one = factsOf(m_network, inputShapes(m_network, kOne, 64)),
                    other = factsOf(m_network, inputShapes(m_network, kOther, 64));
        std::vector<bool> follow;
        for (const ValueId id : m_network.outputs) {
            const auto &a = one.shapes[static_cast<std::size_t>(id)], &b = other.shapes[static_cast<std::size_t>(id)];
            follow.push_back(a && b && !a->empty() && !b->empty() && a->front() == kOne && b->front() == kOther);
        }
        return follow;
    }

    /// Who rounds to 4 bits, and who reads what it makes, have zero points of 4 bits.
    void markFourBits()
    {
        std::set<ValueId> made;
        for (const Node& node : m_network.nodes) {
            const std::int64_t wanted = integerOf(node.attributes, "output_dtype", 0);
            const bool rounds = node.op == "QuantizeLinear" && (wanted == kOnnxInt4 || wanted == kOnnxUint4);
            if (rounds) made.insert(node.outputs[0]);
            const bool reads =
                node.op == "DequantizeLinear" && (made.contains(node.inputs[0]) || m_network.fourBits.contains(node.inputs[0]));
            if ((rounds || reads) && node.inputs.size() > 2) m_network.fourBits.insert(node.inputs[2]);
        }
        if (!m_network.fourBits.empty()) m_opset = std::max(m_opset, 21);
    }

    void writeConstants()
    {
        std::set<ValueId> read(m_network.outputs.begin(), m_network.outputs.end());
        for (const Node& node : m_network.nodes) read.insert(node.inputs.begin(), node.inputs.end());
        for (const auto& [id, array] : m_network.constants) {
            if (!read.contains(id)) continue;
            const int type = numberOfType(array.type());
            if (type == 0)
                throw Error(infoOf(id).name, text("ONNX has no type for values of type %1", array.type()), text("choose another file"));
            const int fourBits = array.type() == "U8" ? kOnnxUint4 : kOnnxInt4;
            m_builder->addArray(nameOf(id), array, m_network.fourBits.contains(id) ? fourBits : type);
        }
    }

    void write(const Node& node)
    {
        const bool flattens = node.attributes.contains("flatten");
        std::vector<std::string> inputs, outputs;
        for (const ValueId id : node.inputs) inputs.push_back(nameOf(id));
        for (const ValueId id : node.outputs) outputs.push_back(nameOf(id));
        if (flattens) return writeFlattened(node, inputs[0], outputs[0]);
        moveIntoInputs(node, inputs, outputs[0]);
        onnx::NodeProto& made = m_builder->addNode(node.op, node.name, inputs, outputs);
        if (node.op == "Concat" && !node.attributes.contains("axis")) setAttribute(made, "axis", 1);
        if (node.op == "Split" && inputs.size() == 1 && m_opset >= 18 && !node.attributes.contains("num_outputs"))
            setAttribute(made, "num_outputs", static_cast<int>(outputs.size()));
        for (const auto& [name, value] : node.attributes) {
            const OnnxAttribute* attribute = onnxForm(node)->attribute(name, m_opset);
            if (attribute) setAttribute(made, name, value);
        }
    }

    /// What the opset has as an input and the node as an attribute.
    void moveIntoInputs(const Node& node, std::vector<std::string>& inputs, const std::string& output)
    {
        for (const Movable& m : movables()) {
            const auto found = node.attributes.find(std::string(m.attribute));
            if (m.op != node.op || found == node.attributes.end() || onnxForm(node)->attribute(m.attribute, m_opset)) continue;
            const Array array = arrayOfAttribute(node, m, found->second);
            if (node.op == "Resize" && array.size() == 0) continue; // one of scales and sizes alone may be there
            inputs.resize(std::max(inputs.size(), m.input + 1));
            inputs[m.input] = m_builder->addArray(unique(output + "." + std::string(m.attribute)), array, numberOfType(array.type()));
        }
    }

    Array arrayOfAttribute(const Node& node, const Movable& m, const Attribute& value) const
    {
        if (const auto* one = std::get_if<float>(&value)) // a limit or what pads, of the type of what it is for
            return castTo(Call(node, {}), {{}, std::vector<float>{*one}}, typeNameOf(node.inputs[0]));
        if (const auto* several = std::get_if<std::vector<float>>(&value)) {
            if (!m.floats) return {{0}, std::vector<std::int64_t>{}}; // an empty list, whose type nobody knew
            return {{static_cast<int>(several->size())}, *several};
        }
        if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&value)) return {{static_cast<int>(whole->size())}, *whole};
        if (const auto* number = std::get_if<std::int64_t>(&value)) return {{1}, std::vector<std::int64_t>{*number}};
        fail(node, text("its attribute %1 is of another type than it takes", std::string(m.attribute)));
    }

    /// Softmax over an axis and all behind it, as it was before opset 13.
    void writeFlattened(const Node& node, const std::string& input, const std::string& output)
    {
        const std::string rows = unique(output + ".rows"), result = unique(output + ".flat"), shape = unique(output + ".shape");
        setAttribute(m_builder->addNode("Flatten", rows, {input}), "axis", Attribute(integerOf(node.attributes, "axis", 1)));
        setAttribute(m_builder->addNode(node.op, node.name, {rows}, {result}), "axis", 1);
        const ValueInfo& info = infoOf(node.outputs[0]);
        if (info.shaped && std::ranges::count(info.shape, -1) <= 1) {
            const std::vector<std::int64_t> wanted(info.shape.begin(), info.shape.end());
            m_builder->addArray(shape, {{static_cast<int>(wanted.size())}, wanted}, onnx::TensorProto::INT64);
        } else {
            m_builder->addNode("Shape", shape, {input});
        }
        m_builder->addNode("Reshape", unique(output + ".unflattened"), {result, shape}, {output});
    }

    Network m_network;
    std::vector<std::string> m_types;
    int m_opset = kOldestOpset;
    std::vector<std::string> m_names; ///< by value
    std::set<std::string> m_taken;
    OnnxBuilder* m_builder = nullptr;
};

} // namespace

std::string onnxBytes(const Network& network, const ExportNotes& about) { return Writer(withCodes(network)).bytes(about); }

} // namespace bitstill::foreign
