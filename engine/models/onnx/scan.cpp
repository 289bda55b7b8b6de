#include "engine/models/onnx/scan.h"

#include "engine/core/error.h"

#include <cstdint>
#include <string_view>

namespace bitstill::foreign {

namespace {

constexpr std::size_t kMostMessages = 2'000'000;
constexpr int kDeepest = 32;

/// Messages of ONNX that hold others, as far as they matter here.
enum class Kind { Leaf, Model, Graph, Node, Attribute, Tensor, ValueInfo, Type, TensorType, Shape, Function, Sparse, Training, Pair };

/// Kind of the message in this field; Leaf: text, numbers, or nothing of ours.
Kind kindOf(Kind in, std::uint64_t field)
{
    switch (in) {
    case Kind::Model: return field == 7 ? Kind::Graph : field == 25 ? Kind::Function : field == 20 ? Kind::Training : Kind::Leaf;
    case Kind::Graph:
        return field == 1                ? Kind::Node
            : field == 5                 ? Kind::Tensor
            : field == 15                ? Kind::Sparse
            : field >= 11 && field <= 13 ? Kind::ValueInfo
            : field == 14                ? Kind::Pair
                                         : Kind::Leaf;
    case Kind::Node: return field == 5 ? Kind::Attribute : Kind::Leaf;
    case Kind::Attribute:
        return field == 5 || field == 10 ? Kind::Tensor
            : field == 6 || field == 11  ? Kind::Graph
            : field == 22 || field == 23 ? Kind::Sparse
            : field == 14 || field == 15 ? Kind::Type
                                         : Kind::Leaf;
    case Kind::ValueInfo: return field == 2 ? Kind::Type : Kind::Leaf;
    case Kind::Type: return field == 1 || field == 8 ? Kind::TensorType : field == 4 || field == 5 || field == 9 ? Kind::Type : Kind::Leaf;
    case Kind::TensorType: return field == 2 ? Kind::Shape : Kind::Leaf;
    case Kind::Function: return field == 7 ? Kind::Node : field == 11 ? Kind::Attribute : field == 12 ? Kind::ValueInfo : Kind::Leaf;
    case Kind::Sparse: return field == 1 || field == 2 ? Kind::Tensor : Kind::Leaf;
    case Kind::Training: return field == 1 || field == 2 ? Kind::Graph : field == 3 || field == 4 ? Kind::Pair : Kind::Leaf;
    case Kind::Pair: return field == 2 ? Kind::Pair : Kind::Leaf;
    case Kind::Leaf:
    case Kind::Tensor:
    case Kind::Shape: return Kind::Leaf;
    }
    return Kind::Leaf;
}

class Scan {
public:
    explicit Scan(const std::string& file) : m_file(file) { }

    void message(std::string_view bytes, Kind kind, int depth)
    {
        if (depth > kDeepest) throw tooMuch(text("its graphs are nested deeper than %1", std::to_string(kDeepest)));
        while (!bytes.empty()) {
            const std::uint64_t key = varint(bytes), field = key >> 3;
            switch (key & 7) {
            case 0: varint(bytes); break;
            case 1: skip(bytes, 8); break;
            case 2: part(skip(bytes, varint(bytes)), kindOf(kind, field), depth); break;
            case 5: skip(bytes, 4); break;
            default: broken(); // groups are not in ONNX
            }
        }
    }

private:
    void part(std::string_view bytes, Kind kind, int depth)
    {
        if (++m_messages > kMostMessages) throw tooMuch(text("it has more than %1 parts", grouped(std::int64_t{kMostMessages})));
        if (kind != Kind::Leaf) message(bytes, kind, depth + 1);
    }

    std::uint64_t varint(std::string_view& bytes)
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (bytes.empty()) broken();
            const auto byte = static_cast<std::uint8_t>(bytes.front());
            bytes.remove_prefix(1);
            if (shift < 64) value |= std::uint64_t{byte & 127u} << shift;
            if (byte < 128) return value;
        }
        broken();
    }

    std::string_view skip(std::string_view& bytes, std::uint64_t count)
    {
        if (count > bytes.size()) broken();
        const std::string_view part = bytes.substr(0, count);
        bytes.remove_prefix(count);
        return part;
    }

    [[noreturn]] void broken() const { throw Error(m_file, text("this is no whole ONNX file"), text("export or download it again")); }
    Error tooMuch(const Text& what) const { return Error(m_file, what, text("choose another file")); }

    const std::string& m_file;
    std::size_t m_messages = 0;
};

} // namespace

void scanOnnx(const std::string& bytes, const std::string& file) { Scan(file).message(bytes, Kind::Model, 0); }

} // namespace bitstill::foreign
