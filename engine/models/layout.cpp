#include "engine/models/layout.h"

#include "engine/models/trace.h"

#include <optional>

namespace bitstill::foreign {

namespace {

using Order = std::vector<std::int64_t>;

/// [N, C, ...] to [N, ..., C], or back.
Order orderOf(std::size_t rank, bool channelsLast)
{
    Order order{0};
    const auto last = static_cast<std::int64_t>(rank) - 1;
    if (!channelsLast) order.push_back(last);
    for (std::int64_t d = channelsLast ? 2 : 1; d < (channelsLast ? last + 1 : last); ++d) order.push_back(d);
    if (channelsLast) order.push_back(1);
    return order;
}

/// But for the number of samples.
bool fits(const Shape& shape, const Shape& wanted, const Order& order)
{
    for (std::size_t d = 1; d < wanted.size(); ++d) {
        const int size = shape[static_cast<std::size_t>(order[d])];
        if (size >= 0 && wanted[d] >= 0 && size != wanted[d]) return false;
    }
    return true;
}

/// How to turn it; nothing where it fits as it is, or does not either way.
std::optional<Order> turn(const Shape& shape, const ValueInfo& wanted)
{
    const std::size_t rank = shape.size();
    if (rank < 3 || !wanted.shaped || wanted.shape.size() != rank) return {};
    Order same;
    for (std::size_t d = 0; d < rank; ++d) same.push_back(static_cast<std::int64_t>(d));
    if (fits(shape, wanted.shape, same)) return {};
    for (const bool channelsLast : {true, false})
        if (const Order order = orderOf(rank, channelsLast); fits(shape, wanted.shape, order)) return order;
    return {};
}

Node transpose(const std::string& name, ValueId from, ValueId to, const Order& order)
{
    return {.name = name, .domain = {}, .op = "Transpose", .inputs = {from}, .outputs = {to}, .attributes = {{"perm", order}}};
}

} // namespace

NamedArrays turnedFor(const Network& network, NamedArrays inputs)
{
    const bool byName = inputs.size() == network.inputs.size();
    auto next = inputs.begin();
    for (const ValueId id : network.inputs) {
        const ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        auto found = inputs.find(info.name);
        if (found == inputs.end() && byName) found = next;
        if (found == inputs.end()) continue;
        if (byName) ++next;
        if (const std::optional<Order> order = turn(found->second.shape, info))
            found->second = runNode(transpose(info.name, 0, 0, *order), [&](ValueId) { return &found->second; })[0];
    }
    return inputs;
}

Network turnedLike(const Network& other, Network network)
{
    for (std::size_t i = 0; i < network.outputs.size() && i < other.outputs.size(); ++i) {
        const ValueInfo& wanted = other.values[static_cast<std::size_t>(other.outputs[i])];
        ValueInfo info = network.values[static_cast<std::size_t>(network.outputs[i])];
        const std::optional<Order> order = info.shaped ? turn(info.shape, wanted) : std::nullopt;
        if (!order) continue;
        info.shape = wanted.shape;
        info.name += ".turned";
        const std::string name = info.name;
        const ValueId turned = network.add(std::move(info));
        network.nodes.push_back(transpose(name, network.outputs[i], turned, *order));
        network.outputs[i] = turned;
    }
    return network;
}

} // namespace bitstill::foreign
