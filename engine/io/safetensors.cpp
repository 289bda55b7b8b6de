#include "engine/io/safetensors.h"

#include "engine/core/error.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <cstring>

namespace bitstill {

using nlohmann::json;

namespace {

constexpr std::uint64_t kLargestFile = 4'000'000'000;
constexpr std::uint64_t kLargestHeader = 100'000'000; // as the reference
constexpr JsonLimits kHeaderLimits{.depth = 8, .values = 4'000'000};

[[noreturn]] void damaged(const std::string& file, const Text& what)
{
    throw Error(file, what, text("the file is corrupt; save it again"));
}

json headerFrom(const std::string& bytes, const std::string& file)
{
    json header;
    try {
        header = parseJson(bytes, file, kHeaderLimits);
    } catch (const Error& e) {
        throw Error(file, text("its header cannot be read: %1", e.problem()), text("choose a .safetensors file"));
    }
    if (!header.is_object()) throw Error(file, text("its header is not an object"), text("choose a .safetensors file"));
    return header;
}

/// Bytes that shape and type ask for; throws when they are no whole number, or more than any file has.
std::uint64_t bytesWanted(const json& shape, int bits, const std::string& file, const std::string& tensor)
{
    std::uint64_t total = static_cast<std::uint64_t>(bits);
    bool empty = false;
    for (const json& d : shape) empty = empty || d == 0;
    for (const json& d : shape) {
        const std::uint64_t size = d.is_number_unsigned() ? d.get<std::uint64_t>() : INT64_MAX;
        if (size > INT32_MAX || (!empty && size > 8 * kLargestFile / std::max<std::uint64_t>(total, 1)))
            damaged(file, text("tensor %1 has an impossible shape", tensor));
        total *= empty ? 0 : size;
    }
    if (total % 8 != 0) damaged(file, text("tensor %1 does not fill whole bytes", tensor));
    return total / 8;
}

} // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& file) : m_source(file), m_name(m_source.name())
{
    if (m_source.size() > kLargestFile)
        throw Error(
            m_name, text("the file is larger than %1", bytesText(static_cast<std::int64_t>(kLargestFile))), text("choose a smaller one"));
    readHeader();
}

SafetensorsFile::SafetensorsFile(std::string_view bytes, std::string name) : m_source(bytes, name), m_name(std::move(name))
{
    readHeader();
}

void SafetensorsFile::readHeader()
{
    const std::uint64_t size = m_source.size();
    if (size < 8) throw Error(m_name, text("is too short to be a safetensors file"), text("choose a .safetensors file"));
    std::uint64_t length = 0;
    std::memcpy(&length, m_source.at(0, 8).data(), 8);
    if (length > kLargestHeader || length > size - 8)
        throw Error(m_name, text("is not a safetensors file (its header would have %1 bytes)", std::to_string(length)),
            text("choose a .safetensors file"));
    const json header = headerFrom(m_source.at(8, length), m_name);
    m_values = 8 + length;
    for (const auto& [key, value] : header.items()) {
        if (key != "__metadata__") {
            m_entries.emplace(key, entryFrom(key, value, size - m_values));
            continue;
        }
        if (!value.is_object()) damaged(m_name, text("its metadata is not an object of strings"));
        for (const auto& [name, word] : value.items()) {
            if (!word.is_string()) damaged(m_name, text("its metadata is not an object of strings"));
            m_metadata.emplace(name, word.get<std::string>());
        }
    }
    checkCoverage(size - m_values);
}

SafetensorsFile::Entry SafetensorsFile::entryFrom(const std::string& tensor, const json& j, std::uint64_t size) const
{
    const auto isPlace = [](const json& p) {
        return p.is_array() && p.size() == 2 && p[0].is_number_unsigned() && p[1].is_number_unsigned();
    };
    if (!j.is_object() || !j.contains("dtype") || !j["dtype"].is_string() || !j.contains("shape") || !j["shape"].is_array()
        || !j.contains("data_offsets") || !isPlace(j["data_offsets"]))
        damaged(m_name, text("tensor %1 has no proper dtype, shape and data_offsets", tensor));
    Entry e{j["dtype"].get<std::string>(), {}, j["data_offsets"][0].get<std::uint64_t>(), j["data_offsets"][1].get<std::uint64_t>()};
    if (e.begin > e.end || e.end > size) damaged(m_name, text("tensor %1 lies outside the file", tensor));
    const int bits = bitsOfType(e.type);
    const std::uint64_t wanted = bytesWanted(j["shape"], bits, m_name, tensor);
    if (bits > 0 && e.end - e.begin != wanted)
        damaged(m_name,
            text("tensor %1 has %2 bytes, but its shape needs %3", tensor, std::to_string(e.end - e.begin), std::to_string(wanted)));
    for (const json& d : j["shape"]) e.shape.push_back(d.get<int>());
    return e;
}

void SafetensorsFile::checkCoverage(std::uint64_t size) const
{
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    for (const auto& [name, e] : m_entries) places.emplace_back(e.begin, e.end);
    std::sort(places.begin(), places.end());
    std::uint64_t end = 0;
    for (const auto& place : places) {
        if (place.first < end) damaged(m_name, text("two of its tensors overlap at byte %1", std::to_string(place.first)));
        if (place.first > end) damaged(m_name, text("its bytes from %1 on belong to no tensor", std::to_string(end)));
        end = place.second;
    }
    if (end != size) damaged(m_name, text("its bytes from %1 on belong to no tensor", std::to_string(end)));
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& tensor) const
{
    const auto found = m_entries.find(tensor);
    if (found != m_entries.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [name, ignored] : m_entries) names.push_back(name);
    const std::string near = nearest(tensor, names);
    throw Error(m_name, text("there is no tensor \"%1\"", tensor),
        near.empty() ? text("it has %1", joined(names)) : text("did you mean %1?", near));
}

Array SafetensorsFile::carry(const std::string& tensor) const
{
    const Entry& e = entry(tensor);
    return arrayOf(e.type, e.shape, m_source.at(m_values + e.begin, e.end - e.begin));
}

Array SafetensorsFile::read(const std::string& tensor) const
{
    if (bitsOfType(entry(tensor).type) == 0)
        throw Error(m_name, text("tensor %1 has the unknown type %2", tensor, entry(tensor).type), text("convert it to F32"));
    return carry(tensor);
}

namespace {

NamedArrays allOf(const SafetensorsFile& file)
{
    NamedArrays arrays;
    for (const auto& [name, ignored] : file.entries()) arrays.emplace(name, file.read(name));
    return arrays;
}

} // namespace

NamedArrays safetensorsFromBytes(const std::string& bytes, const std::string& name) { return allOf(SafetensorsFile(bytes, name)); }

NamedArrays readSafetensors(const std::filesystem::path& file) { return allOf(SafetensorsFile(file)); }

std::string safetensorsBytes(const NamedArrays& arrays, const std::map<std::string, std::string>& metadata)
{
    std::vector<const NamedArrays::value_type*> order;
    for (const auto& named : arrays) order.push_back(&named);
    std::stable_sort(order.begin(), order.end(),
        [](const auto* a, const auto* b) { return bitsOfType(a->second.type()) > bitsOfType(b->second.type()); });
    json header = json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::string data;
    for (const auto* named : order) {
        const std::size_t begin = data.size();
        data += bytesOf(named->second);
        header[named->first] = {{"dtype", named->second.type()}, {"shape", named->second.shape}, {"data_offsets", {begin, data.size()}}};
    }
    std::string head = jsonText(header);
    head.append((8 - head.size() % 8) % 8, ' ');
    const std::uint64_t length = head.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + head + data;
}

} // namespace bitstill
