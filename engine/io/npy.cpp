#include "engine/io/arrays.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/files.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace bitstill {

namespace {

constexpr std::size_t kLargestFile = 4'000'000'000;

/// The header's Python dictionary: words in either quotes, True, False, tuples of numbers (Python 2 writes 3L). Lists, as structured
/// types have them, are kept as they stand.
class Header {
public:
    Header(std::string_view text, const std::string& name) : m_rest(text), m_name(name)
    {
        expect('{');
        while (!next('}')) {
            const std::string key = word();
            expect(':');
            if (!m_values.emplace(key, value()).second) refuse();
            if (!next(',') && m_rest.substr(0, 1) != "}") refuse();
        }
        skipSpace();
        if (!m_rest.empty()) refuse();
    }

    const std::string& at(const std::string& key) const
    {
        const auto found = m_values.find(key);
        if (found == m_values.end()) throw Error(m_name, text("its header has no \"%1\"", key), text("save it again with numpy.save"));
        return found->second;
    }

    [[noreturn]] void refuse() const { throw Error(m_name, text("its header cannot be read"), text("save it again with numpy.save")); }

private:
    void skipSpace() { m_rest.remove_prefix(std::min(m_rest.find_first_not_of(" \t\r\n"), m_rest.size())); }
    bool next(char c)
    {
        skipSpace();
        const bool is = m_rest.starts_with(c);
        if (is) m_rest.remove_prefix(1);
        skipSpace();
        return is;
    }
    void expect(char c)
    {
        if (!next(c)) refuse();
    }
    std::string taken(std::size_t n)
    {
        if (n > m_rest.size()) refuse();
        const std::string part(m_rest.substr(0, n));
        m_rest.remove_prefix(n);
        return part;
    }
    std::string word()
    {
        if (m_rest.empty() || (m_rest[0] != '\'' && m_rest[0] != '"')) refuse();
        const char quote = taken(1)[0];
        const std::string inside = taken(m_rest.find(quote));
        taken(1);
        return inside;
    }
    std::string value()
    {
        if (m_rest.starts_with('\'') || m_rest.starts_with('"')) return word();
        if (m_rest.starts_with('(')) return taken(m_rest.find(')') + 1);
        if (m_rest.starts_with('[')) return taken(m_rest.rfind(']') + 1);
        return taken(std::min(m_rest.find_first_of(",} \t\r\n"), m_rest.size()));
    }

    std::string_view m_rest;
    const std::string& m_name;
    std::map<std::string, std::string> m_values;
};

Shape shapeFrom(const Header& header)
{
    const std::string& tuple = header.at("shape");
    if (tuple.size() < 2 || tuple.front() != '(' || tuple.back() != ')') header.refuse();
    Shape shape;
    const std::vector<std::string> words = split(tuple.substr(1, tuple.size() - 2), ',');
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string digits = words[i];
        std::erase(digits, ' ');
        if (digits.ends_with('L')) digits.pop_back();
        if (digits.empty() && i + 1 == words.size()) break; // (3,)
        int d = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), d);
        if (error != std::errc{} || end != digits.data() + digits.size() || d < 0) header.refuse();
        shape.push_back(d);
    }
    return shape;
}

/// safetensors' name of NumPy's "<f4"; sets whether the bytes of a value come in the other order.
std::string typeFrom(const Header& header, bool& bigEndian, const std::string& name)
{
    static const std::map<std::string, std::string> kTypes{{"f2", "F16"}, {"f4", "F32"}, {"f8", "F64"}, {"b1", "BOOL"}, {"i1", "I8"},
        {"i2", "I16"}, {"i4", "I32"}, {"i8", "I64"}, {"u1", "U8"}, {"u2", "U16"}, {"u4", "U32"}, {"u8", "U64"}};
    const std::string& descr = header.at("descr");
    const auto found = kTypes.find(descr.size() > 1 ? descr.substr(1) : "");
    if (found == kTypes.end() || std::string_view("<>=|").find(descr[0]) == std::string_view::npos)
        throw Error(name, text("holds values of type %1, which is not supported", descr), text("save x.astype('float32')"));
    bigEndian = descr[0] == '>';
    return found->second;
}

void swapBytes(std::string& bytes, std::size_t width)
{
    for (std::size_t i = 0; i + width <= bytes.size(); i += width)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.begin() + static_cast<std::ptrdiff_t>(i + width));
}

/// Fortran's order is first index fastest, C's last.
std::string inCOrder(const std::string& bytes, const Shape& shape, std::size_t width)
{
    std::string turned(bytes.size(), '\0');
    std::vector<std::size_t> stride(shape.size(), 1), index(shape.size(), 0);
    for (std::size_t d = 1; d < shape.size(); ++d) stride[d] = stride[d - 1] * static_cast<std::size_t>(shape[d - 1]);
    std::size_t from = 0;
    for (std::size_t to = 0; to < bytes.size(); to += width) {
        bytes.copy(turned.data() + to, width, from * width);
        for (std::size_t d = shape.size(); d-- > 0;) {
            from += stride[d];
            if (++index[d] < static_cast<std::size_t>(shape[d])) break;
            from -= stride[d] * static_cast<std::size_t>(shape[d]);
            index[d] = 0;
        }
    }
    return turned;
}

} // namespace

Array npyFromBytes(const std::string& bytes, const std::string& name)
{
    if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0)
        throw Error(name, text("is not a .npy file"), text("save it with numpy.save"));
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    if (byte(6) < 1 || byte(6) > 3 || byte(7) != 0)
        throw Error(name,
            text("has .npy version %1.%2; versions 1.0, 2.0 and 3.0 are read", std::to_string(byte(6)), std::to_string(byte(7))),
            text("save it with numpy.save"));
    const std::size_t start = byte(6) >= 2 ? 12 : 10;
    const std::size_t length = byte(6) >= 2 ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
    if (length > bytes.size() - start) throw Error(name, text("ends inside its header"), text("save it again with numpy.save"));
    const Header header(std::string_view(bytes).substr(start, length), name);
    const std::string& order = header.at("fortran_order");
    if (order != "True" && order != "False") header.refuse();
    bool bigEndian = false;
    const std::string type = typeFrom(header, bigEndian, name);
    const Shape shape = shapeFrom(header);
    const std::size_t width = static_cast<std::size_t>(bitsOfType(type)) / 8;
    std::uint64_t wanted = std::find(shape.begin(), shape.end(), 0) == shape.end() ? width : 0;
    for (const int d : shape) {
        wanted *= static_cast<std::uint64_t>(d);
        if (wanted > kLargestFile) throw Error(name, text("its header has an impossible shape"), text("save it again with numpy.save"));
    }
    std::string values = bytes.substr(start + length);
    if (values.size() != wanted)
        throw Error(name, text("holds %1 bytes, but its shape needs %2", std::to_string(values.size()), std::to_string(wanted)),
            text("the file is corrupt; save it again"));
    if (bigEndian) swapBytes(values, width);
    if (order == "True" && shape.size() > 1) values = inCOrder(values, shape, width);
    return arrayOf(type, shape, std::move(values));
}

Array readNpy(const std::filesystem::path& file) { return npyFromBytes(readFile(file, kLargestFile), file.filename().string()); }

} // namespace bitstill
