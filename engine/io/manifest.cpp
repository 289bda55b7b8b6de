#include "engine/io/manifest.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <optional>
#include <zlib.h>

namespace bitstill {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kLargestList = 1'000'000'000, kLargestFile = std::size_t{1} << 36;

/// Empty when it is missing, too large or no regular file.
std::optional<std::string> contentOf(const fs::path& file, std::size_t limit)
{
    std::error_code failed;
    if (!fs::is_regular_file(fs::symlink_status(file, failed))) return std::nullopt;
    try {
        return readFile(file, limit);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Null when it is missing or no JSON.
json jsonOf(const fs::path& file, std::string_view only = {})
{
    const std::optional<std::string> bytes = contentOf(file, kLargestList);
    try {
        return bytes ? parseJson(*bytes, file.filename().string(), {.values = 10'000'000, .only = only}) : json();
    } catch (const Error&) {
        return {};
    }
}

/// Names that lead out of the folder are nobody's.
bool staysInside(const std::string& name)
{
    const fs::path path(name);
    return !name.empty() && path.is_relative()
        && std::none_of(path.begin(), path.end(), [](const fs::path& p) { return p == ".." || p == "."; });
}

bool has(const json& object, const char* key, json::value_t type)
{
    return object.is_object() && object.contains(key) && object[key].type() == type;
}

std::optional<Manifest> manifestOf(const fs::path& folder)
{
    const json j = jsonOf(folder / kManifestName);
    if (!has(j, "bitstill", json::value_t::string) || !has(j, "files", json::value_t::object)) return std::nullopt;
    Manifest manifest;
    for (const auto& [name, file] : j["files"].items())
        if (staysInside(name) && has(file, "bytes", json::value_t::number_unsigned) && has(file, "crc32", json::value_t::number_unsigned))
            manifest[name] = {file["bytes"].get<std::uint64_t>(), file["crc32"].get<std::uint32_t>()};
    return manifest;
}

bool isAsListed(const fs::path& file, const ListedFile& listed)
{
    std::error_code failed;
    if (fs::file_size(file, failed) != listed.bytes || failed) return false;
    const std::optional<std::string> bytes = contentOf(file, kLargestFile);
    return bytes && listedFile(*bytes) == listed;
}

/// Before there were manifests: the names that a run gave its files.
std::set<std::string> ownByRecord(const fs::path& folder)
{
    std::set<std::string> own;
    if (has(jsonOf(folder / "spec.json"), "experiment", json::value_t::string)) own.insert("spec.json");
    if (!has(jsonOf(folder / "record.json", "outcome"), "outcome", json::value_t::string)) return own;
    own.insert({"record.json", "model.safetensors"});
    const json record = jsonOf(folder / "record.json", "figures");
    if (!has(record, "figures", json::value_t::array)) return own;
    for (const json& figure : record["figures"])
        if (has(figure, "id", json::value_t::string))
            for (const char* format : {".svg", ".png", ".pdf", ".csv"})
                if (const std::string name = "figures/" + figure["id"].get<std::string>() + format; staysInside(name)) own.insert(name);
    return own;
}

} // namespace

ListedFile listedFile(const std::string& bytes)
{
    return {bytes.size(), static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()))};
}

std::string manifestBytes(const Manifest& manifest)
{
    json files = json::object();
    for (const auto& [name, file] : manifest) files[name] = {{"bytes", file.bytes}, {"crc32", file.crc}};
    return jsonText({{"bitstill", "result"}, {"files", files}}, 1) + "\n";
}

bool isWhole(const fs::path& folder)
{
    const std::optional<Manifest> manifest = manifestOf(folder);
    return manifest
        && std::all_of(manifest->begin(), manifest->end(), [&](const auto& f) { return isAsListed(folder / f.first, f.second); });
}

OwnFiles ownFiles(const fs::path& folder)
{
    OwnFiles own;
    if (const std::optional<Manifest> manifest = manifestOf(folder)) {
        for (const auto& [name, file] : *manifest) {
            own.listed.insert(name);
            if (isAsListed(folder / name, file)) own.unchanged.insert(name);
        }
        own.listed.insert(kManifestName);
        own.unchanged.insert(kManifestName);
    } else {
        own.listed = own.unchanged = ownByRecord(folder);
    }
    return own;
}

} // namespace bitstill
