#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitstill {

struct Text;

/// A value of a JSON document that others may have written, and its place there ("marks[3].figures[0].x"). What is asked of it is there, of
/// that kind and not too large, or Error names the document and the place. Document and name must outlive it.
class JsonPlace {
public:
    JsonPlace(const nlohmann::json& document, const std::string& name) : m_value(&document), m_name(&name) { }

    const nlohmann::json& value() const { return *m_value; }
    const std::string& document() const { return *m_name; }
    /// "marks[3].label"; empty for the document itself.
    const std::string& path() const { return m_path; }

    bool has(const char* key) const { return m_value->is_object() && m_value->contains(key); }
    JsonPlace operator[](const char* key) const;
    /// The elements of an array.
    std::vector<JsonPlace> list() const;
    /// The members of an object.
    std::vector<std::pair<std::string, JsonPlace>> members() const;

    /// At most 100,000 bytes.
    const std::string& word() const;
    bool flag() const;
    std::int64_t whole(std::int64_t low, std::int64_t high) const;
    /// null is NaN.
    double number() const;
    double finite() const;
    std::vector<double> numbers() const;
    std::vector<std::int64_t> wholes(std::int64_t low, std::int64_t high) const;

    [[noreturn]] void refuse(const Text& what) const;

private:
    JsonPlace(const JsonPlace& parent, const nlohmann::json& value, std::string path) :
        m_value(&value), m_name(parent.m_name), m_path(std::move(path))
    {
    }
    /// Refuses what is not `kind`.
    void demand(bool holds, const Text& kind) const;
    /// A list with no more parts.
    void demandList(std::size_t most) const;

    const nlohmann::json* m_value;
    const std::string* m_name;
    std::string m_path{};
};

} // namespace bitstill
