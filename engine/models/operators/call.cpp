#include "engine/models/operators/call.h"

#include "engine/models/operators/typed.h"

#include <algorithm>
#include <limits>

namespace bitstill::foreign {

Text nodeText(const Node& node) { return node.name.empty() ? Text(node.op) : text("%1 node %2", node.op, node.name); }

void Call::fail(const Text& what) const
{
    throw Error(nodeText(m_node), what, text("`bitstill-cli inspect` shows the node and the shapes around it"));
}

const Shape& Call::shape(std::size_t i) const
{
    need(has(i), text("its input %1 is missing", std::to_string(i + 1)));
    return m_inputs[i].shape;
}

const Array& Call::input(std::size_t i) const
{
    need(has(i), text("its input %1 is missing", std::to_string(i + 1)));
    if (!m_inputs[i].values) throw NotKnownYet{};
    return *m_inputs[i].values;
}

const Attribute* Call::attribute(const char* name) const
{
    const auto found = m_node.attributes.find(name);
    return found == m_node.attributes.end() ? nullptr : &found->second;
}

std::int64_t Call::integer(const char* name, std::int64_t fallback) const
{
    const Attribute* a = attribute(name);
    if (!a) return fallback;
    need(std::holds_alternative<std::int64_t>(*a), text("its attribute %1 is of another type than it takes", name));
    return std::get<std::int64_t>(*a);
}

float Call::number(const char* name, float fallback) const
{
    const Attribute* a = attribute(name);
    if (!a) return fallback;
    need(std::holds_alternative<float>(*a), text("its attribute %1 is of another type than it takes", name));
    return std::get<float>(*a);
}

std::string Call::word(const char* name, const std::string& fallback) const
{
    const Attribute* a = attribute(name);
    if (!a) return fallback;
    need(std::holds_alternative<std::string>(*a), text("its attribute %1 is of another type than it takes", name));
    return std::get<std::string>(*a);
}

std::vector<std::string> Call::words(const char* name) const
{
    const Attribute* a = attribute(name);
    if (!a) return {};
    need(std::holds_alternative<std::vector<std::string>>(*a), text("its attribute %1 is of another type than it takes", name));
    return std::get<std::vector<std::string>>(*a);
}

std::optional<std::vector<std::int64_t>> Call::integers(const char* name, std::size_t i) const
{
    if (const Attribute* a = attribute(name)) {
        if (const auto* one = std::get_if<std::int64_t>(a)) return std::vector<std::int64_t>{*one};
        if (const auto* empty = std::get_if<std::vector<float>>(a); empty && empty->empty()) return std::vector<std::int64_t>{};
        need(std::holds_alternative<std::vector<std::int64_t>>(*a), text("its attribute %1 is of another type than it takes", name));
        return std::get<std::vector<std::int64_t>>(*a);
    }
    if (!has(i)) return std::nullopt;
    const Array& given = input(i);
    if (const auto* wide = std::get_if<std::vector<std::int64_t>>(&given.values)) return *wide;
    const auto* narrow = std::get_if<std::vector<std::int32_t>>(&given.values);
    need(narrow, text("its input %1 is of type %2, not of whole numbers", std::to_string(i + 1), given.type()));
    return std::vector<std::int64_t>(narrow->begin(), narrow->end());
}

std::optional<std::vector<float>> Call::numbers(const char* name, std::size_t i) const
{
    if (const Attribute* a = attribute(name)) {
        if (const auto* one = std::get_if<float>(a)) return std::vector<float>{*one};
        need(std::holds_alternative<std::vector<float>>(*a), text("its attribute %1 is of another type than it takes", name));
        return std::get<std::vector<float>>(*a);
    }
    if (!has(i)) return std::nullopt;
    const Array& given = input(i);
    need(given.isFloat(), text("type %1 is not computed here", given.type()));
    const Tensor floats = given.toTensor(m_node.name);
    return std::vector<float>(floats.begin(), floats.end());
}

int Call::axis(std::int64_t axis, int rank) const
{
    need(axis >= -rank && axis < rank, text("axis %1 is outside an array of %2 dimensions", std::to_string(axis), std::to_string(rank)));
    return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::vector<int> Call::axes(std::size_t i, int rank) const
{
    std::vector<int> chosen;
    for (const std::int64_t a : integers("axes", i).value_or(std::vector<std::int64_t>{})) chosen.push_back(axis(a, rank));
    if (chosen.empty())
        for (int a = 0; a < rank; ++a) chosen.push_back(a);
    std::ranges::sort(chosen);
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    return chosen;
}

Shape Call::checked(const std::vector<std::int64_t>& dimensions) const
{
    Shape shape;
    std::size_t product = 1;
    need(dimensions.size() <= 32, text("it would make an array of %1 dimensions; 32 is the most", std::to_string(dimensions.size())));
    for (const std::int64_t d : dimensions) {
        need(d >= 0 && d <= std::numeric_limits<int>::max(), text("it would make an array with a dimension of %1", std::to_string(d)));
        shape.push_back(static_cast<int>(d));
        if (__builtin_mul_overflow(product, static_cast<std::size_t>(std::max<std::int64_t>(d, 1)), &product)) product = kMostElements + 1;
    }
    need(product <= kMostElements, text("it would make an array of more than %1 values", grouped(std::int64_t{kMostElements})));
    return shape;
}

} // namespace bitstill::foreign
