// Files that hold arrays and no network.

#include "app/cli/inspect_report.h"

#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/io/gguf.h"
#include "engine/io/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace bitstill::cli {

namespace {

using nlohmann::json;

constexpr std::size_t kShown = 200; ///< bytes of a text of metadata

/// Lowest and highest of the numbers that it sees; what is no number is passed.
class Range {
public:
    void see(double v)
    {
        m_low = std::min(m_low, v);
        m_high = std::max(m_high, v);
    }
    json asJson() const { return m_low <= m_high ? json{{"low", m_low}, {"high", m_high}} : json(nullptr); }

private:
    double m_low = std::numeric_limits<double>::infinity(), m_high = -m_low;
};

template <class T> void seeAll(const std::string& bytes, Range& range)
{
    for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
        T value;
        std::memcpy(&value, bytes.data() + i, sizeof(T));
        range.see(static_cast<double>(value));
    }
}

void seeRaw(const RawValues& raw, Range& range)
{
    if (raw.type == "I8") seeAll<std::int8_t>(raw.bytes, range);
    if (raw.type == "U8" || raw.type == "BOOL") seeAll<std::uint8_t>(raw.bytes, range);
    if (raw.type == "I16") seeAll<std::int16_t>(raw.bytes, range);
    if (raw.type == "U16") seeAll<std::uint16_t>(raw.bytes, range);
    if (raw.type == "U32") seeAll<std::uint32_t>(raw.bytes, range);
    if (raw.type == "U64") seeAll<std::uint64_t>(raw.bytes, range);
}

json gguf(const std::string& path)
{
    const GgufFile file(path);
    json report{{"format", "GGUF " + std::to_string(file.version())}, {"metadata", json::array()}, {"weights", json::array()}};
    for (const GgufFile::Value& value : file.metadata())
        report["metadata"].push_back({{"key", value.key}, {"type", value.type}, {"value", value.text}});
    for (const GgufFile::Tensor& tensor : file.tensors()) {
        Range range;
        if (tensor.kind && tensor.kind->decode)
            file.decode(tensor, [&](std::span<const float> values) {
                for (const float v : values) range.see(static_cast<double>(v));
            });
        json weight{
            {"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}, {"bytes", tensor.bytes}, {"range", range.asJson()}};
        if (!tensor.kind || !tensor.kind->decode) weight["decoded"] = false;
        report["weights"].push_back(std::move(weight));
    }
    return report;
}

json safetensors(const std::string& path)
{
    const SafetensorsFile file(path);
    json report{{"format", "safetensors"}, {"metadata", json::array()}, {"weights", json::array()}};
    for (const auto& [key, value] : file.metadata())
        report["metadata"].push_back({{"key", printable(key, kShown)}, {"type", "STRING"}, {"value", printable(value, kShown)}});
    for (const auto& [name, entry] : file.entries()) {
        const std::uint64_t bytes = entry.end - entry.begin;
        requireMemory(printable(path), text("tensor %1", name), 3.0 * static_cast<double>(bytes), text("choose a smaller one"));
        report["weights"].push_back(weightJson(name, file.carry(name), bytes));
    }
    return report;
}

json numpy(const char* format, const NamedArrays& arrays)
{
    json report{{"format", format}, {"metadata", json::array()}, {"weights", json::array()}};
    for (const auto& [name, array] : arrays)
        report["weights"].push_back(weightJson(name, array, array.size() * static_cast<std::uint64_t>(bitsOfType(array.type())) / 8));
    return report;
}

} // namespace

json rangeOf(const Array& array)
{
    Range range;
    std::visit(
        [&](const auto& values) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(values)>, RawValues>)
                for (const auto v : values) range.see(static_cast<double>(v));
        },
        array.values);
    if (const auto* raw = std::get_if<RawValues>(&array.values)) {
        seeRaw(*raw, range);
        if (array.isFloat())
            for (const float v : array.toTensor("")) range.see(static_cast<double>(v));
    }
    return range.asJson();
}

json weightJson(const std::string& name, const Array& array, std::uint64_t bytes)
{
    return {{"name", name}, {"type", array.type()}, {"shape", array.shape}, {"bytes", bytes}, {"range", rangeOf(array)}};
}

bool hasArraysAlone(const std::string& file)
{
    return std::ranges::any_of(
        std::array{".gguf", ".safetensors", ".npz", ".npy"}, [&](const char* ending) { return file.ends_with(ending); });
}

ModelReport arraysReport(const std::string& file)
{
    const std::filesystem::path path = file;
    json report = file.ends_with(".gguf") ? gguf(file)
        : file.ends_with(".safetensors")  ? safetensors(file)
        : file.ends_with(".npz")          ? numpy("npz", readNpz(path))
                                          : numpy("npy", {{printable(path.stem().string()), readNpy(path)}});
    std::int64_t parameters = 0, bytes = 0;
    for (const json& weight : report["weights"]) {
        std::int64_t size = 1;
        for (const json& d : weight["shape"]) size *= d.get<std::int64_t>();
        parameters += size;
        bytes += weight["bytes"].get<std::int64_t>();
    }
    report["parameters"] = parameters;
    report["bytes"] = bytes;
    return {std::move(report), text("it holds arrays and no network"), {}};
}

} // namespace bitstill::cli
