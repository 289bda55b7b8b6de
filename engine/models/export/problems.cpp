#include "engine/core/error.h"
#include "engine/models/export/export.h"
#include "engine/models/export/onnx_builder.h"
#include "engine/models/export/onnx_forms.h"
#include "engine/models/export/onnx_rounding.h"
#include "engine/models/facts.h"
#include "engine/models/onnx/graph.h"
#include "engine/models/onnx/tensors.h"
#include "engine/models/types.h"

#include <algorithm>
#include <set>

namespace bitstill {

namespace {

using namespace foreign;

constexpr int kOldestIr = 3, kNewestIr = 8, kNewestIrOfFourBits = 10, kFourBits = 21; // the last: opset

class Checker {
public:
    Checker(const onnx::ModelProto& model, FileRules rules) : m_model(model), m_rules(rules) { }

    std::vector<Text> problems()
    {
        for (const onnx::OperatorSetIdProto& set : m_model.opset_import())
            if (set.domain().empty()) m_opset = static_cast<int>(set.version());
        if (m_opset == 0) say(text("no opset is named"));
        const int newest = m_opset < kFourBits ? kNewestIr : kNewestIrOfFourBits;
        if (m_model.ir_version() < kOldestIr || m_model.ir_version() > newest)
            say(text("IR version %1 is not one of %2 to %3", std::to_string(m_model.ir_version()), std::to_string(kOldestIr),
                std::to_string(newest)));
        if (graph().output().empty()) say(text("the graph has no output"));
        checkOrder();
        checkCodes();
        try {
            m_network = networkOf(graph(), {}, graph().name());
        } catch (const Error& e) {
            say(e.problem());
            return std::move(m_problems);
        }
        checkNodes();
        checkReaders();
        checkShapes();
        return std::move(m_problems);
    }

private:
    const onnx::GraphProto& graph() const { return m_model.graph(); }
    void say(Text problem) { m_problems.push_back(std::move(problem)); }
    void say(const Node& node, const Text& what) { say(Text("%1 (%2): %3", {node.name, node.op, what})); }
    const ValueInfo& infoOf(ValueId id) const { return m_network.values[static_cast<std::size_t>(id)]; }

    /// The reader would put them in order.
    void checkOrder()
    {
        std::set<std::string> made{""};
        for (const auto& input : graph().input()) made.insert(input.name());
        for (const auto& tensor : graph().initializer()) made.insert(tensor.name());
        for (const auto& node : graph().node()) {
            for (const std::string& name : node.input())
                if (!made.contains(name))
                    say(Text("%1 (%2): %3", {node.name(), node.op_type(), text("it reads %1, which nothing before it makes", name)}));
            made.insert(node.output().begin(), node.output().end());
        }
    }

    /// The reader keeps codes of 4 bits in bytes.
    void checkCodes()
    {
        for (const auto& tensor : graph().initializer())
            if ((tensor.data_type() == kOnnxUint4 || tensor.data_type() == kOnnxInt4) && m_opset < kFourBits)
                say(text("%1: codes of 4 bits need opset %2", tensor.name(), std::to_string(kFourBits)));
    }

    void checkNodes()
    {
        m_types = typesOf(m_network);
        const RoundingRules rounding(m_network, m_types, m_rules == FileRules::Ours);
        for (const Node& node : m_network.nodes) {
            if (Text problem = formProblem(node); !problem.empty())
                say(node, problem);
            else if (problem = rounding.problemOf(node); !problem.empty())
                say(node, problem);
        }
    }

    Text formProblem(const Node& node) const
    {
        const OnnxForm* form = onnxForm(node);
        if (!form) return text("our files do not hold this operator");
        const std::size_t given = node.inputs.size();
        bool complete = given >= form->fewest && given <= form->most;
        for (std::size_t i = 0; complete && i < form->fewest; ++i) complete = node.inputs[i] != kAbsent;
        if (!complete) return text("it has %1 inputs, not what the operator takes", std::to_string(given));
        const int lowest = lowestOpset(node, m_types);
        if (m_opset < lowest)
            return text("this operator needs opset %1, the file says %2", std::to_string(lowest), std::to_string(m_opset));
        for (const auto& [name, value] : node.attributes)
            if (!form->attribute(name, m_opset)) return text("it has no attribute %1 in opset %2", name, std::to_string(m_opset));
        return {};
    }

    /// What is there for nobody, of nodes with one output: others may be asked for one of theirs alone.
    void checkReaders()
    {
        std::set<ValueId> read(m_network.outputs.begin(), m_network.outputs.end());
        for (const Node& node : m_network.nodes) read.insert(node.inputs.begin(), node.inputs.end());
        const auto check = [&](ValueId id) {
            if (!read.contains(id)) say(text("nothing reads %1", infoOf(id).name));
        };
        for (const auto& [id, array] : m_network.constants) check(id);
        for (const Node& node : m_network.nodes)
            if (node.outputs.size() == 1) check(node.outputs[0]);
    }

    void checkShapes()
    {
        if (hasFreeSize(m_network)) return; // a guessed size may fit nowhere
        const Facts facts = factsOf(m_network, inputShapes(m_network, 2, 1));
        if (facts.stuck >= 0) say(m_network.nodes[static_cast<std::size_t>(facts.stuck)], facts.why);
        for (const Node& node : m_network.nodes) checkKernel(node, facts);
        for (const auto& output : graph().output()) {
            const ValueId id = m_network.find(output.name());
            const auto& made = facts.shapes[static_cast<std::size_t>(id)];
            const std::string& type = m_types[static_cast<std::size_t>(id)];
            bool fits = type.empty() || type == typeOfNumber(output.type().tensor_type().elem_type());
            const auto& said = output.type().tensor_type().shape();
            if (made && output.type().tensor_type().has_shape()) {
                fits = fits && said.dim_size() == static_cast<int>(made->size());
                for (int d = 0; fits && d < said.dim_size(); ++d)
                    fits = !said.dim(d).has_dim_value() || said.dim(d).dim_value() == (*made)[static_cast<std::size_t>(d)];
            }
            if (!fits && made) say(text("the output %1 is %2, not what it is said to be", output.name(), describe(*made)));
        }
    }

    /// Our reader takes the kernel's size from the weights.
    void checkKernel(const Node& node, const Facts& facts)
    {
        const auto said = node.attributes.find("kernel_shape");
        if (!node.op.starts_with("Conv") || said == node.attributes.end() || node.inputs.size() < 2 || node.inputs[1] == kAbsent) return;
        const auto* kernel = std::get_if<std::vector<std::int64_t>>(&said->second);
        const auto& weights = facts.shapes[static_cast<std::size_t>(node.inputs[1])];
        if (!weights || weights->size() < 2) return;
        if (!kernel || !std::equal(weights->begin() + 2, weights->end(), kernel->begin(), kernel->end()))
            say(node, text("kernel_shape is not that of the weights"));
    }

    const onnx::ModelProto& m_model;
    FileRules m_rules;
    int m_opset = 0;
    Network m_network;
    std::vector<std::string> m_types;
    std::vector<Text> m_problems;
};

} // namespace

std::vector<Text> problemsOf(const std::string& bytes, FileRules rules)
{
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes)) return {text("it is no ONNX file")};
    return Checker(model, rules).problems();
}

} // namespace bitstill
