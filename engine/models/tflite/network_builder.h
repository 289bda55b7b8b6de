#pragma once

#include "engine/models/network.h"
#include "engine/models/tflite/operators.h"

#include <array>
#include <unordered_map>

namespace bitstill::tflite {

using foreign::Attribute;
using foreign::Attributes;
using foreign::ValueId;
using Integers = std::vector<std::int64_t>;

/// Where the channels of four dimensions are.
enum class Layout {
    asInFile, ///< NHWC; all that has other than four dimensions
    channelsFirst, ///< NCHW
};
/// The dimensions in the other layout's order: dimension d of it is dimension [d] of this.
constexpr std::array<std::size_t, 4> kFirst{0, 3, 1, 2}, kLast{0, 2, 3, 1};

/// TensorFlow's converter joins the names of all that it has fused: "m/act/Relu;m/conv2d/BiasAdd;m/conv2d/Conv2D". The layer is what stands
/// before "/BiasAdd" there, else the first of them; a single name stays.
std::string layerName(const std::string& joined);

/// Codes that flow between operators, with one scale.
bool isCoded(const TensorInfo& tensor);

/// Puts ONNX's operators together for a TFLite network. A tensor may be there in both layouts, as codes and as the reals that they stand
/// for; each is made when somebody asks for it first, so that what is turned and turned back never is.
class NetworkBuilder {
public:
    explicit NetworkBuilder(const Model& model);

    /// What is made from here on belongs to the operator that makes this tensor. Throws Error when there is a value for it already.
    void begin(TensorId tensor);
    /// A value of a node of ours that helps the operator, which has its output's name and the operator's in brackets.
    ValueId node(const std::string& op, std::vector<ValueId> inputs, Attributes attributes = {});
    /// The node that is the operator, under the name of its output.
    ValueId layer(const std::string& op, std::vector<ValueId> inputs, Attributes attributes = {});
    ValueId constant(const std::string& what, Array values);
    /// What the codes of a tensor stand for, as the operator itself.
    ValueId dequantized(TensorId tensor, Layout layout);
    /// The node as it is in the file, for what nobody here computes; its outputs are values from then on.
    void keep(const Operator& op);
    /// The value is what the operator makes, as it is ...
    void finish(Layout layout, ValueId value);
    /// ... or real numbers, which are rounded to codes where that is what the tensor holds.
    void finishReal(Layout layout, ValueId value);

    /// Real numbers of a tensor, dequantized where it holds codes.
    ValueId real(TensorId tensor, Layout layout);
    /// Codes where it holds such, else what it holds.
    ValueId flowing(TensorId tensor, Layout layout);
    /// The values in the file's order, in whatever layout that takes least.
    ValueId ordered(TensorId tensor, bool asReals);
    /// Transposed; at once where it is a constant.
    ValueId moved(ValueId value, const Integers& order);
    ValueId reshaped(ValueId value, const Integers& shape);
    /// Where it is there already; constants have none.
    Layout layoutOf(TensorId tensor) const;
    Array realConstant(TensorId tensor) const;

    /// The whole, when all operators are in it.
    foreign::Network take();

private:
    /// By layout.
    struct Forms {
        std::array<ValueId, 2> real{foreign::kAbsent, foreign::kAbsent}, codes{foreign::kAbsent, foreign::kAbsent};
    };
    struct Grid {
        ValueId scale = foreign::kAbsent, zeroPoint = foreign::kAbsent;
    };

    const TensorInfo& info(TensorId tensor) const { return m_model.tensors[static_cast<std::size_t>(tensor)]; }
    /// Inputs and outputs are called what the file calls them; others by their layer, where the file has many names in one.
    void giveTitles();
    const std::string& title(TensorId tensor) const { return m_titles[static_cast<std::size_t>(tensor)]; }
    Forms& forms(TensorId tensor) { return m_forms[static_cast<std::size_t>(tensor)]; }
    bool isReadable(TensorId tensor) const;
    ValueId add(const std::string& name, const std::string& type);
    ValueId addNode(
        const std::string& name, const std::string& output, const std::string& op, std::vector<ValueId> inputs, Attributes attributes);
    ValueId addConstant(const std::string& name, Array values);
    /// Of a constant now, of others when the network runs.
    ValueId derived(const std::string& what, const std::string& op, ValueId value, Attributes attributes);
    ValueId turned(ValueId value, Layout to);
    Grid gridOf(TensorId tensor);
    void keepCodes(ValueId value, TensorId tensor);
    void rename(ValueId value, std::string name);
    void describe(ValueId value, TensorId tensor, Layout layout);
    std::string& nameOf(ValueId value) { return m_network.values[static_cast<std::size_t>(value)].name; }

    const Model& m_model;
    foreign::Network m_network;
    std::vector<Forms> m_forms;
    std::vector<std::string> m_titles; ///< of tensors
    std::vector<bool> m_isOutput, m_isInput;
    std::unordered_map<TensorId, Grid> m_grids;
    std::unordered_map<std::string, ValueId> m_names; ///< kAbsent: kept free for the tensor of this name
    std::unordered_map<std::string, int> m_uses; ///< of names that are made up
    TensorId m_tensor = kAbsent;
    double m_bytes = 0; ///< of constants
};

} // namespace bitstill::tflite
