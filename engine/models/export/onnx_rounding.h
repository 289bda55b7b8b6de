#pragma once

#include "engine/core/text.h"
#include "engine/models/network.h"

namespace bitstill {

/// What a node of a file says about rounding, and must not. QuantizeLinear and DequantizeLinear: constant scales above 0, as many as the
/// axis or its blocks want, zero points of the codes' type. `ours` asks for more, which is what our files say so that no runtime takes it
/// for something else: zero points everywhere but in biases, no rounding twice in a row, weights rounded where their input is, biases of
/// int32 at exactly the product of the two scales, formed in float32. An empty Text where nothing is wrong.
class RoundingRules {
public:
    RoundingRules(const foreign::Network& network, const std::vector<std::string>& types, bool ours);
    Text problemOf(const foreign::Node& node) const;

private:
    Text quantize(const foreign::Node& node) const;
    Text dequantize(const foreign::Node& node) const;
    Text layer(const foreign::Node& node) const;
    Text scales(const foreign::Node& node) const;
    const foreign::Node* maker(const foreign::Node& node, std::size_t input) const;
    const Array* constant(const foreign::Node& node, std::size_t input) const;
    std::string type(const foreign::Node& node, std::size_t input) const;

    const foreign::Network& m_network;
    const std::vector<std::string>& m_types;
    bool m_ours;
    std::map<foreign::ValueId, const foreign::Node*> m_makers;
};

} // namespace bitstill
