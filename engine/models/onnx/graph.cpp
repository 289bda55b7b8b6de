#include "engine/models/onnx/graph.h"

#include "engine/core/error.h"
#include "engine/models/onnx/tensors.h"
#include "engine/models/operators/operators.h"

#include <onnx/onnx_pb.h>
#include <unordered_map>

namespace bitstill::foreign {

namespace {

using onnx::AttributeProto;

constexpr std::size_t kLongestName = 4096;
constexpr int kUint4 = 21, kInt4 = 22;

/// Files before IR 2 do not say which field counts.
AttributeProto::AttributeType typeOf(const AttributeProto& a)
{
    if (a.has_type()) return a.type();
    if (a.has_f()) return AttributeProto::FLOAT;
    if (a.has_i()) return AttributeProto::INT;
    if (a.has_s()) return AttributeProto::STRING;
    if (a.has_t()) return AttributeProto::TENSOR;
    if (a.floats_size() > 0) return AttributeProto::FLOATS;
    if (a.ints_size() > 0) return AttributeProto::INTS;
    if (a.strings_size() > 0) return AttributeProto::STRINGS;
    return AttributeProto::UNDEFINED;
}

class Builder {
public:
    Builder(const std::filesystem::path& folder, const std::string& file) : m_folder(folder), m_file(file) { }

    Network build(const onnx::GraphProto& graph)
    {
        if (graph.sparse_initializer_size() > 0) fail(text("it has sparse weights, which are not read"));
        for (const auto& tensor : graph.initializer()) constant(tensor.name(), tensor);
        for (const auto& input : graph.input()) {
            const ValueId id = describe(input);
            if (!m_network.constants.contains(id)) m_network.inputs.push_back(id);
        }
        for (const auto& value : graph.value_info()) describe(value);
        for (const auto& node : graph.node()) add(node);
        for (Node& node : m_network.nodes) sayFourBits(node);
        for (const auto& output : graph.output()) m_network.outputs.push_back(describe(output));
        return std::move(m_network);
    }

private:
    [[noreturn]] void fail(const Text& what) const { throw Error(m_file, what, text("export or download it again")); }

    ValueId idOf(const std::string& name)
    {
        if (name.empty()) return kAbsent;
        if (name.size() > kLongestName) fail(text("it has a name of %1 bytes", std::to_string(name.size())));
        const auto [found, isNew] = m_ids.try_emplace(name, 0);
        if (isNew) found->second = m_network.add({printable(name, kLongestName), {}, {}, false});
        return found->second;
    }

    void constant(const std::string& name, const onnx::TensorProto& tensor)
    {
        constant(name, arrayOfTensor(tensor, m_folder, m_file));
        if (tensor.data_type() == kUint4 || tensor.data_type() == kInt4) m_network.fourBits.insert(idOf(name));
    }

    /// The type of a QuantizeLinear's codes is its zero point's, and codes of 4 bits lie in bytes here.
    void sayFourBits(Node& node) const
    {
        if (node.op != "QuantizeLinear" || node.inputs.size() < 3) return;
        if (!m_network.fourBits.contains(node.inputs[2])) return;
        const bool isSigned = m_network.constants.at(node.inputs[2]).type() == "I8";
        node.attributes.try_emplace("output_dtype", std::int64_t{isSigned ? kInt4 : kUint4});
    }

    void constant(const std::string& name, Array array)
    {
        const ValueId id = idOf(name);
        if (id == kAbsent) fail(text("it has a tensor without a name"));
        ValueInfo& info = m_network.values[static_cast<std::size_t>(id)];
        info.type = array.type();
        info.shape = array.shape;
        info.shaped = true;
        if (!m_network.constants.emplace(id, std::move(array)).second) fail(text("value %1 is there twice", name));
    }

    ValueId describe(const onnx::ValueInfoProto& value)
    {
        const ValueId id = idOf(value.name());
        if (id == kAbsent) fail(text("it has an input or output without a name"));
        ValueInfo& info = m_network.values[static_cast<std::size_t>(id)];
        if (!value.has_type() || !value.type().has_tensor_type() || info.shaped) return id;
        const auto& tensor = value.type().tensor_type();
        info.type = typeOfNumber(tensor.elem_type());
        if (!tensor.has_shape() || tensor.shape().dim_size() > 32) return id;
        info.shaped = true;
        for (const auto& d : tensor.shape().dim()) // some exporters write a free dimension as 0
            info.shape.push_back(d.has_dim_value() && d.dim_value() > 0 && d.dim_value() <= 1 << 30 ? static_cast<int>(d.dim_value()) : -1);
        return id;
    }

    void add(const onnx::NodeProto& proto)
    {
        if (proto.op_type() == "Constant" && proto.domain().empty() && proto.output_size() == 1 && constantNode(proto)) return;
        Node node;
        node.name = printable(proto.name(), kLongestName);
        node.domain = proto.domain() == "ai.onnx" ? "" : printable(proto.domain(), kLongestName);
        if (node.domain == kOwnDomain) node.domain += " (of a file)"; // what ours mean nobody else can say
        node.op = printable(proto.op_type(), kLongestName);
        for (const auto& name : proto.input()) node.inputs.push_back(idOf(name));
        for (const auto& name : proto.output()) node.outputs.push_back(idOf(name));
        while (!node.inputs.empty() && node.inputs.back() == kAbsent) node.inputs.pop_back();
        while (node.outputs.size() > 1 && node.outputs.back() == kAbsent) node.outputs.pop_back();
        if (node.outputs.empty()) return; // nobody can see what it does
        for (const auto& a : proto.attribute()) attribute(node, a);
        m_network.nodes.push_back(std::move(node));
    }

    void attribute(Node& node, const AttributeProto& a)
    {
        const std::string name = printable(a.name(), kLongestName);
        switch (typeOf(a)) {
        case AttributeProto::FLOAT: node.attributes[name] = a.f(); break;
        case AttributeProto::INT: node.attributes[name] = std::int64_t{a.i()}; break;
        case AttributeProto::STRING: node.attributes[name] = printable(a.s(), kLongestName); break;
        case AttributeProto::TENSOR: node.attributes[name] = arrayOfTensor(a.t(), m_folder, m_file); break;
        case AttributeProto::FLOATS: node.attributes[name] = std::vector<float>(a.floats().begin(), a.floats().end()); break;
        case AttributeProto::STRINGS: node.attributes[name] = wordsOf(a); break;
        case AttributeProto::INTS: node.attributes[name] = std::vector<std::int64_t>(a.ints().begin(), a.ints().end()); break;
        default: break; // graphs and the like: who has them is not computed here
        }
    }

    static std::vector<std::string> wordsOf(const AttributeProto& a)
    {
        std::vector<std::string> words;
        for (const auto& word : a.strings()) words.push_back(printable(word, kLongestName));
        return words;
    }

    /// False for texts and sparse values, which stay nodes.
    bool constantNode(const onnx::NodeProto& proto)
    {
        for (const auto& a : proto.attribute()) {
            if (a.name() == "value")
                constant(proto.output(0), a.t());
            else if (a.name() == "value_float")
                constant(proto.output(0), {{}, std::vector<float>{a.f()}});
            else if (a.name() == "value_int")
                constant(proto.output(0), {{}, std::vector<std::int64_t>{a.i()}});
            else if (a.name() == "value_floats")
                constant(proto.output(0), {{a.floats_size()}, std::vector<float>(a.floats().begin(), a.floats().end())});
            else if (a.name() == "value_ints")
                constant(proto.output(0), {{a.ints_size()}, std::vector<std::int64_t>(a.ints().begin(), a.ints().end())});
            else
                continue;
            return true;
        }
        return false;
    }

    const std::filesystem::path& m_folder;
    const std::string& m_file;
    std::unordered_map<std::string, ValueId> m_ids;
    Network m_network;
};

} // namespace

void sortNodes(Network& network, const std::string& file)
{
    const auto fail = [&](const Text& what) { throw Error(file, what, text("export or download it again")); };
    std::vector<int> maker(network.values.size(), -1);
    std::vector<bool> there(network.values.size(), false);
    for (const auto& [id, array] : network.constants) there[static_cast<std::size_t>(id)] = true;
    for (const ValueId id : network.inputs) there[static_cast<std::size_t>(id)] = true;
    for (std::size_t n = 0; n < network.nodes.size(); ++n)
        for (const ValueId id : network.nodes[n].outputs) {
            if (id == kAbsent) continue;
            const auto i = static_cast<std::size_t>(id);
            if (there[i] || maker[i] >= 0) fail(text("value %1 is there twice", network.values[i].name));
            maker[i] = static_cast<int>(n);
        }
    // How many inputs each node still waits for, and who waits for it.
    std::vector<std::size_t> missing(network.nodes.size(), 0);
    std::vector<std::vector<std::size_t>> waiting(network.nodes.size());
    std::vector<std::size_t> order;
    for (std::size_t n = 0; n < network.nodes.size(); ++n) {
        for (const ValueId id : network.nodes[n].inputs) {
            if (id == kAbsent || there[static_cast<std::size_t>(id)]) continue;
            const int from = maker[static_cast<std::size_t>(id)];
            if (from < 0) fail(text("value %1 is used, but nothing makes it", network.values[static_cast<std::size_t>(id)].name));
            waiting[static_cast<std::size_t>(from)].push_back(n);
            ++missing[n];
        }
    }
    std::vector<std::size_t> ready;
    for (std::size_t n = network.nodes.size(); n-- > 0;)
        if (missing[n] == 0) ready.push_back(n);
    while (!ready.empty()) {
        const std::size_t n = ready.back();
        ready.pop_back();
        order.push_back(n);
        for (const std::size_t w : waiting[n])
            if (--missing[w] == 0) ready.push_back(w);
    }
    if (order.size() != network.nodes.size()) fail(text("its nodes need one another in a circle"));
    for (const ValueId id : network.outputs)
        if (!there[static_cast<std::size_t>(id)] && maker[static_cast<std::size_t>(id)] < 0)
            fail(text("value %1 is used, but nothing makes it", network.values[static_cast<std::size_t>(id)].name));
    bool sorted = true;
    for (std::size_t n = 0; n < network.nodes.size(); ++n)
        for (const ValueId id : network.nodes[n].inputs)
            sorted = sorted
                && (id == kAbsent || there[static_cast<std::size_t>(id)] || maker[static_cast<std::size_t>(id)] < static_cast<int>(n));
    if (sorted) return; // in the file's own order
    std::vector<Node> nodes;
    for (const std::size_t n : order) nodes.push_back(std::move(network.nodes[n]));
    network.nodes = std::move(nodes);
}

Network networkOf(const onnx::GraphProto& graph, const std::filesystem::path& folder, const std::string& file)
{
    Network network = Builder(folder, file).build(graph);
    sortNodes(network, file);
    return network;
}

} // namespace bitstill::foreign
