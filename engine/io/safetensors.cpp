#include "engine/io/arrays.h"

#include "engine/core/error.h"
#include "engine/io/files.h"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

namespace bitstill {

static_assert(std::endian::native == std::endian::little, "arrays are stored little-endian");

using nlohmann::json;

namespace {

constexpr std::size_t kLargestFile = 4'000'000'000;
constexpr std::size_t kLargestHeader = 100'000'000;

template <class T> std::vector<T> copied(const char* from, std::size_t count)
{
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), from, count * sizeof(T));
    return values;
}

struct Type {
    const char* name;
    std::size_t bytes;
};
constexpr Type kTypes[] = {{"F32", 4}, {"F64", 8}, {"I32", 4}, {"I64", 8}};

void load(Array& array, std::size_t type, const char* from)
{
    const std::size_t n = array.size();
    if (type == 0) array.values = copied<float>(from, n);
    if (type == 1) array.values = copied<double>(from, n);
    if (type == 2) array.values = copied<std::int32_t>(from, n);
    if (type == 3) array.values = copied<std::int64_t>(from, n);
}

std::size_t typeIndex(const std::string& dtype)
{
    for (std::size_t i = 0; i < std::size(kTypes); ++i)
        if (dtype == kTypes[i].name) return i;
    return std::size(kTypes);
}

Array arrayFrom(const json& entry, const std::string& key, const char* data, std::size_t size, const std::string& file)
{
    const auto bad = [&](const std::string& what) {
        return Error(file, "tensor " + key + " " + what, "the file is damaged; write it again");
    };
    const auto isCount = [](const json& j) { return j.is_number_unsigned(); };
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape")
        || !entry["shape"].is_array() || !entry.contains("data_offsets") || !entry["data_offsets"].is_array()
        || entry["data_offsets"].size() != 2 || !isCount(entry["data_offsets"][0]) || !isCount(entry["data_offsets"][1]))
        throw bad("has no proper dtype, shape and data_offsets");
    const std::size_t type = typeIndex(entry["dtype"]);
    if (type == std::size(kTypes))
        throw Error(
            file, "tensor " + key + " is of type " + entry["dtype"].get<std::string>() + ", which is not read", "convert it to F32");
    Array array;
    std::uint64_t total = kTypes[type].bytes;
    for (const json& d : entry["shape"]) {
        if (!isCount(d) || d.get<std::uint64_t>() > INT32_MAX) throw bad("has an impossible shape");
        total *= d.get<std::uint64_t>();
        if (total > kLargestFile) throw bad("has an impossible shape");
        array.shape.push_back(static_cast<int>(d.get<std::uint64_t>()));
    }
    const auto begin = entry["data_offsets"][0].get<std::uint64_t>(), end = entry["data_offsets"][1].get<std::uint64_t>();
    if (begin > end || end > size) throw bad("lies outside the file");
    if (end - begin != total) throw bad("has " + std::to_string(end - begin) + " bytes, its shape wants " + std::to_string(total));
    load(array, type, data + begin);
    return array;
}

} // namespace

Tensor Array::toTensor(const std::string& name) const
{
    Tensor tensor(shape);
    if (const auto* f = std::get_if<std::vector<float>>(&values))
        std::copy(f->begin(), f->end(), tensor.begin());
    else if (const auto* d = std::get_if<std::vector<double>>(&values))
        for (std::size_t i = 0; i < d->size(); ++i) tensor[i] = static_cast<float>((*d)[i]);
    else
        throw Error(name, "holds integers", "choose a tensor of floats");
    return tensor;
}

Array Array::of(const Tensor& tensor) { return {tensor.shape(), std::vector<float>(tensor.begin(), tensor.end())}; }

NamedArrays safetensorsFromBytes(const std::string& bytes, const std::string& name)
{
    std::uint64_t length = 0;
    if (bytes.size() < 8) throw Error(name, "is too short to be a safetensors file", "choose another file");
    std::memcpy(&length, bytes.data(), 8);
    if (length > kLargestHeader || length > bytes.size() - 8)
        throw Error(name, "is not a safetensors file (its header would be " + std::to_string(length) + " bytes)", "choose another file");
    const json header = json::parse(bytes.data() + 8, bytes.data() + 8 + length, nullptr, false);
    if (!header.is_object()) throw Error(name, "is not a safetensors file (its header is not JSON)", "choose another file");
    NamedArrays arrays;
    for (const auto& [key, entry] : header.items())
        if (key != "__metadata__") arrays.emplace(key, arrayFrom(entry, key, bytes.data() + 8 + length, bytes.size() - 8 - length, name));
    return arrays;
}

NamedArrays readSafetensors(const std::filesystem::path& file)
{
    return safetensorsFromBytes(readFile(file, kLargestFile), file.filename().string());
}

std::string safetensorsBytes(const NamedArrays& arrays, const std::map<std::string, std::string>& metadata)
{
    json header = json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::string data;
    for (const auto& [name, array] : arrays) {
        const std::size_t begin = data.size();
        std::visit([&](const auto& v) { data.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(v[0])); }, array.values);
        header[name] = {{"dtype", kTypes[array.values.index()].name}, {"shape", array.shape}, {"data_offsets", {begin, data.size()}}};
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + text + data;
}

} // namespace bitstill
