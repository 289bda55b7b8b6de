#pragma once

#include "engine/io/arrays.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace bitstill::foreign {

/// Index of a value in Network::values.
using ValueId = int;
constexpr ValueId kAbsent = -1; ///< an optional input that is not given

/// A value that flows between nodes, as far as it is known before anything ran.
struct ValueInfo {
    std::string name;
    std::string type; ///< safetensors' name ("F32", "I64", "I8", "U8", "BOOL"); empty: not known
    Shape shape; ///< as the file has it (ONNX: NCHW); −1 where a dimension is free
    bool shaped = false; ///< the shape is known but for its free dimensions
};

using Attribute =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>, Array>;
using Attributes = std::map<std::string, Attribute>; ///< by name

/// An operator in ONNX's terms, whatever file it came from: the name and meaning of the newest opset that models/ knows. The form is
/// the one that normalise() leaves: axes, pads, limits and the like are attributes where they are constants.
struct Node {
    std::string name;
    std::string domain; ///< empty: ONNX's own
    std::string op; ///< "Conv"
    std::vector<ValueId> inputs; ///< kAbsent where an optional one is not given
    std::vector<ValueId> outputs;
    Attributes attributes;
};

/// The codes that a constant of floats is made of in its file, and what DequantizeLinear makes of them: it was computed beforehand.
struct Codes {
    std::vector<Array> inputs{}; ///< the node's: codes, scale and, where there is one, zero point
    std::vector<std::string> names{}; ///< of them in the file
    Attributes attributes{}; ///< the node's
    bool fourBits = false; ///< in the file; here a code has a byte
};

/// A network from a file: what it says, not yet what can be run. Nodes are in an order in which they can run.
struct Network {
    std::string format; ///< "ONNX opset 13, IR 7, pytorch 1.12", for people
    std::vector<ValueInfo> values;
    std::vector<Node> nodes;
    std::map<ValueId, Array> constants; ///< initializers and what was folded; 8-bit types as RawValues
    std::set<ValueId> fourBits{}; ///< constants whose codes have 4 bits in the file, and a byte here
    std::map<ValueId, Codes> codes{}; ///< of constants of floats that have some; who changes such a constant makes another value of it
    std::map<ValueId, std::string> halves{}; ///< constants whose floats have 16 bits in the file ("F16", "BF16"), and 32 here
    bool widened = false; ///< floats of 16 bits became floats of 32, see widenHalves()
    std::vector<ValueId> inputs, outputs; ///< inputs without those that are constants

    /// Of this name, or kAbsent.
    ValueId find(const std::string& name) const;
    /// The node that makes the value, or null.
    const Node* makerOf(ValueId id) const;
    ValueId add(ValueInfo info);
};

/// The whole number of that name, or the other where there is none.
std::int64_t integerOf(const Attributes& attributes, const std::string& name, std::int64_t fallback);
/// The same of a number that need not be whole.
float numberOf(const Attributes& attributes, const std::string& name, float fallback);

} // namespace bitstill::foreign
