#include "engine/io/gguf.h"

#include "engine/core/error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

namespace bitstill {

namespace {

constexpr std::uint64_t kMostTensors = std::uint64_t{1} << 18, kMostKeys = std::uint64_t{1} << 16;
constexpr std::uint64_t kLongestName = 65535, kMostDimensions = 4, kLargestAlignment = std::uint64_t{1} << 20;
constexpr std::size_t kShown = 200; ///< bytes of a string, and ...
constexpr std::uint64_t kShownValues = 8; ///< ... values of a list that are kept
constexpr std::size_t kPiece = std::size_t{1} << 16; ///< bytes of the header, and values, at a time

struct ValueType {
    std::string_view name;
    std::uint64_t bytes; ///< 0: not of one size
};
/// By their numbers in the file.
constexpr ValueType kValueTypes[] = {{"U8", 1}, {"I8", 1}, {"U16", 2}, {"I16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4}, {"BOOL", 1},
    {"STRING", 0}, {"ARRAY", 0}, {"U64", 8}, {"I64", 8}, {"F64", 8}};

[[noreturn]] void damaged(const std::string& file, const Text& what)
{
    throw Error(file, what, text("the file is corrupt; save it again"));
}

std::uint64_t roundedUp(std::uint64_t n, std::uint64_t alignment) { return (n + alignment - 1) / alignment * alignment; }

} // namespace

/// Goes through the header from its beginning.
class GgufFile::Header {
public:
    explicit Header(const ByteSource& source) : m_source(source) { }

    std::uint64_t place() const { return m_at; }
    std::uint64_t left() const { return m_source.size() - m_at; }

    std::string bytes(std::uint64_t count)
    {
        need(count);
        if (m_at < m_bufferAt || m_at + count > m_bufferAt + m_buffer.size()) {
            m_bufferAt = m_at;
            m_buffer = m_source.at(m_at, std::min<std::uint64_t>(left(), std::max<std::uint64_t>(count, kPiece)));
        }
        m_at += count;
        return m_buffer.substr(static_cast<std::size_t>(m_at - count - m_bufferAt), static_cast<std::size_t>(count));
    }
    void skip(std::uint64_t count)
    {
        need(count);
        m_at += count;
    }
    template <class T> T number()
    {
        T value;
        std::memcpy(&value, bytes(sizeof(T)).data(), sizeof(T));
        return value;
    }
    /// The first `most` bytes of it.
    std::string string(std::uint64_t most)
    {
        const auto length = number<std::uint64_t>();
        need(length);
        const std::uint64_t kept = std::min(length, most);
        std::string front = bytes(kept);
        skip(length - kept);
        return front;
    }
    std::string name()
    {
        std::string whole = string(kLongestName + 1);
        if (whole.size() > kLongestName) damaged(m_source.name(), text("it has a name of %1 bytes", std::to_string(whole.size())));
        return printable(whole, kLongestName);
    }
    const ValueType& type()
    {
        const auto number = this->number<std::uint32_t>();
        if (number >= std::size(kValueTypes)) damaged(m_source.name(), text("its metadata has values of an unknown type"));
        return kValueTypes[number];
    }
    /// A value that is no list, to be read by people.
    std::string shown(const ValueType& type)
    {
        if (type.name == "STRING") return printable(string(kShown), kShown);
        if (type.name == "U8") return std::to_string(number<std::uint8_t>());
        if (type.name == "I8") return std::to_string(number<std::int8_t>());
        if (type.name == "U16") return std::to_string(number<std::uint16_t>());
        if (type.name == "I16") return std::to_string(number<std::int16_t>());
        if (type.name == "U32") return std::to_string(number<std::uint32_t>());
        if (type.name == "I32") return std::to_string(number<std::int32_t>());
        if (type.name == "U64") return std::to_string(number<std::uint64_t>());
        if (type.name == "I64") return std::to_string(number<std::int64_t>());
        if (type.name == "F32") return shortest(number<float>());
        if (type.name == "F64") return shortest(number<double>());
        return number<std::uint8_t>() ? "true" : "false";
    }
    /// The first values of a list; the others are passed.
    std::string shownList(const ValueType& type, std::uint64_t count)
    {
        if (type.name == "ARRAY") damaged(m_source.name(), text("its metadata has lists of lists"));
        const std::uint64_t least = type.bytes ? type.bytes : 8;
        if (count > left() / least) need(left() + 1);
        std::string all;
        for (std::uint64_t i = 0; i < std::min(count, kShownValues); ++i) all += (i ? ", " : "") + shown(type);
        if (count <= kShownValues) return all;
        if (type.bytes)
            skip((count - kShownValues) * type.bytes);
        else
            for (std::uint64_t i = kShownValues; i < count; ++i) string(0);
        return all + ", …";
    }

private:
    void need(std::uint64_t count) const
    {
        if (count > left()) damaged(m_source.name(), text("the file ends before its values do"));
    }

    const ByteSource& m_source;
    std::uint64_t m_at = 0, m_bufferAt = 0;
    std::string m_buffer;
};

GgufFile::GgufFile(const std::filesystem::path& file) : m_source(file) { readHeader(); }

GgufFile::GgufFile(std::string_view bytes, std::string name) : m_source(bytes, std::move(name)) { readHeader(); }

void GgufFile::readHeader()
{
    Header header(m_source);
    if (m_source.size() < 24 || header.bytes(4) != "GGUF")
        throw Error(m_source.name(), text("is not a GGUF file"), text("choose a .gguf file"));
    m_version = header.number<std::uint32_t>();
    if (m_version != 2 && m_version != 3)
        throw Error(m_source.name(),
            (m_version & 0xFFFF) == 0 ? text("is a GGUF file for big-endian machines")
                                      : text("is of GGUF's version %1; versions 2 and 3 are read", std::to_string(m_version)),
            text("convert it again"));
    const auto tensors = header.number<std::uint64_t>(), keys = header.number<std::uint64_t>();
    if (tensors > kMostTensors || keys > kMostKeys) damaged(m_source.name(), text("it describes more than it can hold"));
    std::uint64_t alignment = 32;
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < keys; ++i) {
        Value value{header.name(), {}, {}};
        if (!names.insert(value.key).second) damaged(m_source.name(), text("value %1 is there twice", value.key));
        const ValueType type = header.type();
        value.type = type.name;
        if (type.name == "ARRAY") {
            const ValueType element = header.type();
            const auto count = header.number<std::uint64_t>();
            value.type = std::string(element.name) + "[" + std::to_string(count) + "]";
            value.text = header.shownList(element, count);
        } else {
            value.text = header.shown(type);
        }
        if (value.key == "general.alignment" && type.name == "U32") alignment = std::stoull(value.text);
        m_metadata.push_back(std::move(value));
    }
    if (alignment == 0 || alignment > kLargestAlignment || (alignment & (alignment - 1)) != 0)
        damaged(m_source.name(), text("its values lie at multiples of %1 bytes", std::to_string(alignment)));
    names.clear();
    for (std::uint64_t i = 0; i < tensors; ++i) {
        Tensor tensor;
        tensor.name = header.name();
        if (!names.insert(tensor.name).second) damaged(m_source.name(), text("value %1 is there twice", tensor.name));
        const auto dimensions = header.number<std::uint32_t>();
        if (dimensions > kMostDimensions) damaged(m_source.name(), text("tensor %1 has an impossible shape", tensor.name));
        for (std::uint32_t d = 0; d < dimensions; ++d) {
            const auto size = header.number<std::uint64_t>();
            if (size > std::numeric_limits<int>::max()) damaged(m_source.name(), text("tensor %1 has an impossible shape", tensor.name));
            tensor.shape.insert(tensor.shape.begin(), static_cast<int>(size));
        }
        const auto type = header.number<std::uint32_t>();
        tensor.kind = ggufType(type);
        tensor.type = tensor.kind ? std::string(tensor.kind->name) : "type " + std::to_string(type);
        tensor.begin = header.number<std::uint64_t>();
        m_tensors.push_back(std::move(tensor));
    }
    place(roundedUp(header.place(), alignment), alignment);
}

/// Where the tensors are in the file, and that they are in it.
void GgufFile::place(std::uint64_t values, std::uint64_t alignment)
{
    for (Tensor& t : m_tensors) {
        std::uint64_t bytes = 0;
        if (t.kind) {
            const auto row = static_cast<std::uint64_t>(t.shape.empty() ? 1 : t.shape.back());
            if (row % t.kind->values != 0)
                damaged(m_source.name(),
                    text("the rows of tensor %1 are no whole number of blocks of %2 values", t.name, std::to_string(t.kind->values)));
            bytes = row / t.kind->values * t.kind->bytes;
            for (std::size_t d = 0; d + 1 < t.shape.size(); ++d)
                if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(t.shape[d]), &bytes))
                    damaged(m_source.name(), text("tensor %1 has an impossible shape", t.name));
        }
        const std::uint64_t size = m_source.size();
        if (t.begin % alignment != 0 || values > size || t.begin > size - values || bytes > size - values - t.begin)
            damaged(m_source.name(), text("tensor %1 lies outside the file", t.name));
        t.begin += values;
        t.bytes = bytes;
    }
}

void GgufFile::decode(const Tensor& tensor, const std::function<void(std::span<const float>)>& take) const
{
    if (!tensor.kind || !tensor.kind->decode)
        throw Error(
            m_source.name(), text("tensor %1 has type %2, which is not decoded here", tensor.name, tensor.type), text("convert it to F16"));
    const GgufType& kind = *tensor.kind;
    const std::uint64_t blocks = tensor.bytes / kind.bytes, together = std::max<std::uint64_t>(kPiece / kind.values, 1);
    std::vector<float> values;
    for (std::uint64_t b = 0; b < blocks; b += together) {
        const std::uint64_t count = std::min(together, blocks - b);
        const std::string bytes = m_source.at(tensor.begin + b * kind.bytes, count * kind.bytes);
        values.resize(static_cast<std::size_t>(count * kind.values));
        for (std::uint64_t i = 0; i < count; ++i)
            kind.decode(reinterpret_cast<const unsigned char*>(bytes.data()) + i * kind.bytes, values.data() + i * kind.values);
        take(values);
    }
}

} // namespace bitstill
