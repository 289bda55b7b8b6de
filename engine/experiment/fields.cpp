#include "engine/experiment/fields.h"

#include <algorithm>
#include <stdexcept>

namespace bitstill {

std::size_t Fields::placeOf(const std::string& key) const
{
    const auto found = std::ranges::find(m_fields, key, &Field::key);
    if (found == m_fields.end()) throw std::out_of_range("no field " + key);
    return static_cast<std::size_t>(found - m_fields.begin());
}

const Field& Fields::at(const std::string& key) const { return m_fields[placeOf(key)]; }

Fields Fields::only(Keys keys) const
{
    for (const std::string& key : keys) placeOf(key);
    Fields some = *this;
    std::erase_if(some.m_fields, [&](const Field& f) { return std::ranges::find(keys, f.key) == keys.end(); });
    return some;
}

Fields Fields::without(Keys keys) const
{
    Fields some = *this;
    for (const std::string& key : keys) some.m_fields.erase(some.m_fields.begin() + static_cast<std::ptrdiff_t>(some.placeOf(key)));
    return some;
}

Fields Fields::with(const Field& field) const
{
    Fields more = *this;
    more.m_fields.push_back(field);
    return more;
}

Fields Fields::withAfter(const std::string& key, const Field& field) const
{
    Fields more = *this;
    more.m_fields.insert(more.m_fields.begin() + static_cast<std::ptrdiff_t>(placeOf(key)) + 1, field);
    return more;
}

Fields Fields::with(const std::string& key, const Value& initial) const
{
    return changed(key, [&](Field& f) { f.initial = initial; });
}

Fields Fields::changed(const std::string& key, const Change& change) const
{
    Fields other = *this;
    change(other.m_fields[placeOf(key)]);
    return other;
}

Fields Fields::each(const Change& change) const
{
    Fields other = *this;
    for (Field& f : other.m_fields) change(f);
    return other;
}

Fields Fields::live(const std::string& key) const
{
    return changed(key, [](Field& f) { f.live = true; });
}

Fields Fields::fixed() const
{
    return each([](Field& f) { f.live = false; });
}

Fields Fields::visibleWhen(const Field::Condition& condition) const
{
    return each([&](Field& f) { f.visibleWhen = condition; });
}

std::vector<Field> joinFields(std::initializer_list<Fields> groups)
{
    std::vector<Field> all;
    for (const std::vector<Field>& group : groups) all.insert(all.end(), group.begin(), group.end());
    return all;
}

} // namespace bitstill
