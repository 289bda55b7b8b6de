#include "engine/io/json_text.h"

#include "engine/core/error.h"

#include <set>
#include <vector>

namespace bitstill {

using nlohmann::json;

namespace {

/// Sees each value before it is stored, and so before it can cost anything.
class Watch {
public:
    Watch(const std::string& name, const JsonLimits& limits) : m_name(name), m_limits(limits) { }

    bool operator()(int depth, json::parse_event_t event, json& parsed)
    {
        using Event = json::parse_event_t;
        const auto level = static_cast<std::size_t>(depth); // how many objects and arrays are around
        if (event == Event::key) return keeps(level, parsed.get_ref<const std::string&>());
        if (event == Event::object_end || event == Event::array_end) return true;
        if (level > 0 && m_skips) return false;
        if (++m_values > m_limits.values)
            throw Error(m_name, text("it holds more than %1 values", grouped(static_cast<std::int64_t>(m_limits.values))),
                text("choose another file"));
        if (event == Event::value) return true;
        if (level >= static_cast<std::size_t>(m_limits.depth))
            throw Error(m_name, text("it is nested deeper than %1 levels", std::to_string(m_limits.depth)), text("choose another file"));
        m_members.resize(level);
        m_members.emplace_back();
        return true;
    }

private:
    bool keeps(std::size_t level, const std::string& key)
    {
        if (level > 1 && m_skips) return false;
        if (!m_members[level - 1].insert(key).second) throw Error(m_name, text("it says \"%1\" twice", key), text("leave one of them out"));
        if (level == 1) m_skips = !m_limits.only.empty() && key != m_limits.only;
        return !m_skips;
    }

    const std::string& m_name;
    const JsonLimits& m_limits;
    std::vector<std::set<std::string>> m_members; ///< of the objects around; empty for arrays
    std::size_t m_values = 0;
    bool m_skips = false;
};

} // namespace

json parseJson(std::string_view document, const std::string& name, const JsonLimits& limits)
{
    if (!isUtf8(document)) throw Error(name, text("this is not UTF-8 text"), text("save it as UTF-8"));
    Watch watch(name, limits);
    const bool cut = document.find('\0') != std::string_view::npos; // the parser would take it for the end
    const json parsed = cut ? json(json::value_t::discarded) : json::parse(document, std::ref(watch), false);
    if (parsed.is_discarded()) throw Error(name, text("this is not a JSON document"), text("choose a file that Bitstill wrote"));
    return parsed;
}

std::string jsonText(const json& document, int indent) { return document.dump(indent, ' ', false, json::error_handler_t::replace); }

} // namespace bitstill
