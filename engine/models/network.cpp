#include "engine/models/network.h"

#include <algorithm>

namespace bitstill::foreign {

ValueId Network::find(const std::string& name) const
{
    const auto found = std::ranges::find(values, name, &ValueInfo::name);
    return found == values.end() ? kAbsent : static_cast<ValueId>(found - values.begin());
}

const Node* Network::makerOf(ValueId id) const
{
    const auto found = std::ranges::find_if(nodes, [id](const Node& n) { return std::ranges::count(n.outputs, id) > 0; });
    return found == nodes.end() ? nullptr : &*found;
}

ValueId Network::add(ValueInfo info)
{
    values.push_back(std::move(info));
    return static_cast<ValueId>(values.size()) - 1;
}

std::int64_t integerOf(const Attributes& attributes, const std::string& name, std::int64_t fallback)
{
    const auto found = attributes.find(name);
    const auto* value = found == attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value ? *value : fallback;
}

float numberOf(const Attributes& attributes, const std::string& name, float fallback)
{
    const auto found = attributes.find(name);
    const auto* value = found == attributes.end() ? nullptr : std::get_if<float>(&found->second);
    return value ? *value : fallback;
}

} // namespace bitstill::foreign
