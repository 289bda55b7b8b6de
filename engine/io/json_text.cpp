#include "engine/io/json_text.h"

#include "engine/core/error.h"

#include <set>
#include <vector>

namespace bitstill {

using nlohmann::json;

namespace {

/// Builds the document and judges each value before it can cost anything. The library's own parser with a callback does it too, but looks
/// through all members of an object or array each time that one of them ends.
class Builder : public json::json_sax_t {
public:
    Builder(const std::string& name, const JsonLimits& limits) : m_name(name), m_limits(limits) { }

    json document{};

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

    bool key(string_t& name) override
    {
        if (m_skipped > 0) return true;
        json& object = *m_around.back();
        const bool isOutermost = m_around.size() == 1;
        if (object.contains(name) || (isOutermost && !m_outermost.insert(name).second))
            throw Error(m_name, text("it says \"%1\" twice", name), text("leave one of them out"));
        if (isOutermost) m_skips = !m_limits.only.empty() && name != m_limits.only;
        if (!m_skips) m_slot = &object[name];
        return true;
    }

private:
    bool add(json value)
    {
        if (!skips()) put(std::move(value));
        return true;
    }
    bool open(json container)
    {
        if (skips()) {
            ++m_skipped;
            return true;
        }
        if (m_around.size() >= static_cast<std::size_t>(m_limits.depth))
            throw Error(m_name, text("it is nested deeper than %1 levels", std::to_string(m_limits.depth)), text("choose another file"));
        m_around.push_back(&put(std::move(container)));
        return true;
    }
    bool close()
    {
        if (m_skipped > 0)
            --m_skipped;
        else
            m_around.pop_back();
        return true;
    }

    bool skips() const { return m_skips && !m_around.empty(); }

    /// Nothing is added to what is around it while it is open, so that it stays where it is.
    json& put(json value)
    {
        if (++m_values > m_limits.values)
            throw Error(m_name, text("it holds more than %1 values", grouped(static_cast<std::int64_t>(m_limits.values))),
                text("choose another file"));
        if (m_around.empty()) return document = std::move(value);
        if (m_around.back()->is_array()) return m_around.back()->emplace_back(std::move(value));
        return *m_slot = std::move(value);
    }

    const std::string& m_name;
    const JsonLimits& m_limits;
    std::vector<json*> m_around; ///< objects and arrays that are open
    std::set<std::string> m_outermost; ///< members of the outermost object, kept or not
    json* m_slot = nullptr; ///< for the value of the key before it
    std::size_t m_values = 0, m_skipped = 0; ///< m_skipped: open objects and arrays in what is not kept
    bool m_skips = false; ///< the member of the outermost object that is read now
};

} // namespace

json parseJson(std::string_view document, const std::string& name, const JsonLimits& limits)
{
    if (!isUtf8(document)) throw Error(name, text("this is not UTF-8 text"), text("save it as UTF-8"));
    Builder builder(name, limits);
    const bool cut = document.find('\0') != std::string_view::npos; // the parser would take it for the end
    if (cut || !json::sax_parse(document, &builder))
        throw Error(name, text("this is not a JSON document"), text("choose a file that Bitstill wrote"));
    return std::move(builder.document);
}

std::string jsonText(const json& document, int indent) { return document.dump(indent, ' ', false, json::error_handler_t::replace); }

} // namespace bitstill
