#pragma once

#include "engine/models/network.h"

#include <string_view>

namespace bitstill {

/// An attribute of an operator, in the opsets that our files say.
struct OnnxAttribute {
    std::string_view name;
    int since = 0, until = 999; ///< opsets
    std::string_view neutral{}; ///< the value that says no more than leaving it out, for which no newer opset is needed
};

/// An operator as our files say it: the newest of its forms that lowestOpset() or a later opset has.
struct OnnxForm {
    std::string_view op;
    int since;
    std::size_t fewest, most; ///< inputs
    std::vector<OnnxAttribute> attributes{};

    /// Null where that opset has none of this name.
    const OnnxAttribute* attribute(std::string_view name, int opset) const;
};

/// No file of ours says a lower one: scales by channel begin here, and the axes of most operators are where they are today.
constexpr int kOldestOpset = 13;

/// Null for an operator that our files do not hold.
const OnnxForm* onnxForm(const foreign::Node& node);

/// Is it the attribute's neutral value?
bool saysNothing(const OnnxAttribute& attribute, const foreign::Attribute& value);

/// The lowest opset, from kOldestOpset on, that has the node with its attributes and inputs, constants among them moved to where that opset
/// has them (foreign::movables()). `types`: of all values (foreign::typesOf()). The node's operator must have a form.
int lowestOpset(const foreign::Node& node, const std::vector<std::string>& types);

} // namespace bitstill
