#include "engine/io/json_place.h"

#include "engine/core/error.h"

#include <cmath>
#include <limits>

namespace bitstill {

using nlohmann::json;

namespace {

constexpr std::size_t kMostParts = 100'000, kLongestWord = 100'000, kMostNumbers = 1'000'000;

/// An unsigned one may be larger than any other type.
bool isWithin(const json& whole, std::int64_t low, std::int64_t high)
{
    if (whole.is_number_unsigned() && whole.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return false;
    const auto value = whole.get<std::int64_t>();
    return value >= low && value <= high;
}

} // namespace

void JsonPlace::refuse(const Text& what) const { throw Error(*m_name, what, text("choose a file that Bitstill wrote")); }

void JsonPlace::demand(bool holds, const Text& kind) const
{
    if (!holds) refuse(text("%1 is not %2", m_path, kind));
}

void JsonPlace::demandList(std::size_t most) const
{
    demand(m_value->is_array(), text("a list"));
    if (m_value->size() > most) refuse(text("%1 has more than %2 parts", m_path, grouped(static_cast<std::int64_t>(most))));
}

JsonPlace JsonPlace::operator[](const char* key) const
{
    std::string path = m_path.empty() ? key : m_path + "." + key;
    const auto found = m_value->find(key); // the end where it is no object
    if (found == m_value->end()) refuse(text("%1 is missing", path));
    return {*this, *found, std::move(path)};
}

std::vector<JsonPlace> JsonPlace::list() const
{
    demandList(kMostParts);
    std::vector<JsonPlace> places;
    places.reserve(m_value->size());
    for (std::size_t i = 0; i < m_value->size(); ++i) places.push_back({*this, (*m_value)[i], m_path + "[" + std::to_string(i) + "]"});
    return places;
}

std::vector<std::pair<std::string, JsonPlace>> JsonPlace::members() const
{
    demand(m_value->is_object(), text("an object"));
    std::vector<std::pair<std::string, JsonPlace>> places;
    for (const auto& [key, value] : m_value->items()) places.emplace_back(key, JsonPlace(*this, value, m_path + "." + key));
    return places;
}

const std::string& JsonPlace::word() const
{
    demand(m_value->is_string(), text("a text"));
    const auto& word = m_value->get_ref<const std::string&>();
    if (word.size() > kLongestWord) refuse(text("%1 is longer than %2 bytes", m_path, grouped(kLongestWord)));
    return word;
}

bool JsonPlace::flag() const
{
    demand(m_value->is_boolean(), text("true or false"));
    return m_value->get<bool>();
}

std::int64_t JsonPlace::whole(std::int64_t low, std::int64_t high) const
{
    demand(m_value->is_number_integer(), text("a whole number"));
    if (!isWithin(*m_value, low, high)) refuse(text("%1 is out of range", m_path));
    return m_value->get<std::int64_t>();
}

double JsonPlace::number() const
{
    if (m_value->is_null()) return std::numeric_limits<double>::quiet_NaN();
    demand(m_value->is_number(), text("a number"));
    return m_value->get<double>();
}

double JsonPlace::finite() const
{
    const double value = number();
    demand(std::isfinite(value), text("a number"));
    return value;
}

std::vector<double> JsonPlace::numbers() const
{
    demandList(kMostNumbers);
    std::vector<double> values;
    values.reserve(m_value->size());
    for (const json& v : *m_value) {
        if (!v.is_number() && !v.is_null()) demand(false, text("a list of numbers"));
        values.push_back(v.is_null() ? std::numeric_limits<double>::quiet_NaN() : v.get<double>());
    }
    return values;
}

std::vector<std::int64_t> JsonPlace::wholes(std::int64_t low, std::int64_t high) const
{
    demandList(kMostNumbers);
    std::vector<std::int64_t> values;
    values.reserve(m_value->size());
    for (const json& v : *m_value) {
        if (!v.is_number_integer() || !isWithin(v, low, high))
            demand(false, text("a list of whole numbers from %1 to %2", std::to_string(low), std::to_string(high)));
        values.push_back(v.get<std::int64_t>());
    }
    return values;
}

} // namespace bitstill
