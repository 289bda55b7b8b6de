#include "engine/io/arrays.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/files.h"

#include <charconv>
#include <cstring>

namespace bitstill {

namespace {

constexpr std::size_t kLargestFile = 4'000'000'000;

/// What stands behind 'key': in the header's Python dictionary, up to the next comma outside brackets.
std::string entryOf(const std::string& header, const std::string& key)
{
    const std::size_t at = header.find("'" + key + "'");
    if (at == std::string::npos) return {};
    std::size_t i = header.find(':', at);
    if (i == std::string::npos) return {};
    std::string value;
    int depth = 0;
    for (++i; i < header.size(); ++i) {
        const char c = header[i];
        if (c == '(') ++depth;
        if (c == ')') --depth;
        if ((c == ',' && depth == 0) || c == '}') break;
        if (c != ' ' && c != '\'') value += c;
    }
    return value;
}

Shape shapeFrom(const std::string& text, const std::string& name)
{
    Shape shape;
    if (text.size() < 2 || text.front() != '(' || text.back() != ')')
        throw Error(name, "its header has no shape", "write it again with numpy.save");
    for (const std::string& word : split(text.substr(1, text.size() - 2), ',')) {
        if (word.empty()) continue;
        int d = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), d);
        if (error != std::errc{} || end != word.data() + word.size() || d < 0)
            throw Error(name, "its header has the impossible shape " + text, "write it again with numpy.save");
        shape.push_back(d);
    }
    return shape;
}

template <class T> std::vector<T> valuesFrom(const std::string& bytes, std::size_t at, std::uint64_t count, const std::string& name)
{
    if ((bytes.size() - at) / sizeof(T) != count || (bytes.size() - at) % sizeof(T) != 0)
        throw Error(name, "holds " + std::to_string(bytes.size() - at) + " bytes, its shape wants " + std::to_string(count * sizeof(T)),
            "the file is damaged; write it again");
    std::vector<T> values(static_cast<std::size_t>(count));
    if (count > 0) std::memcpy(values.data(), bytes.data() + at, values.size() * sizeof(T));
    return values;
}

} // namespace

Array npyFromBytes(const std::string& bytes, const std::string& name)
{
    if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) throw Error(name, "is not a .npy file", "write it with numpy.save");
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const bool isLong = byte(6) >= 2;
    const std::size_t start = isLong ? 12 : 10;
    const std::size_t length = isLong ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
    if (length > bytes.size() - start) throw Error(name, "ends inside its header", "write it again with numpy.save");
    const std::string header = bytes.substr(start, length);
    if (entryOf(header, "fortran_order") != "False") throw Error(name, "is in Fortran order", "save numpy.ascontiguousarray(x) instead");
    Array array;
    array.shape = shapeFrom(entryOf(header, "shape"), name);
    std::uint64_t count = 1;
    for (const int d : array.shape) {
        count *= static_cast<std::uint64_t>(d);
        if (count > kLargestFile) throw Error(name, "its header has an impossible shape", "write it again with numpy.save");
    }
    const std::string type = entryOf(header, "descr");
    if (type == "<f4")
        array.values = valuesFrom<float>(bytes, start + length, count, name);
    else if (type == "<f8")
        array.values = valuesFrom<double>(bytes, start + length, count, name);
    else if (type == "<i4")
        array.values = valuesFrom<std::int32_t>(bytes, start + length, count, name);
    else if (type == "<i8")
        array.values = valuesFrom<std::int64_t>(bytes, start + length, count, name);
    else
        throw Error(name, "holds values of type " + type + ", which is not read", "save x.astype('float32')");
    return array;
}

Array readNpy(const std::filesystem::path& file) { return npyFromBytes(readFile(file, kLargestFile), file.filename().string()); }

} // namespace bitstill
