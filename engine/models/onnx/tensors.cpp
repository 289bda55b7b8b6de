#include "engine/models/onnx/tensors.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/models/onnx/external.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <onnx/onnx_pb.h>

namespace bitstill::foreign {

namespace {

struct Type {
    int number;
    const char* name;
    int bits; ///< of a value in raw_data
};
/// onnx.proto's TensorProto.DataType; 8 (texts) and the complex ones are not for computing.
constexpr Type kTypes[] = {{1, "F32", 32}, {2, "U8", 8}, {3, "I8", 8}, {4, "U16", 16}, {5, "I16", 16}, {6, "I32", 32}, {7, "I64", 64},
    {9, "BOOL", 8}, {10, "F16", 16}, {11, "F64", 64}, {12, "U32", 32}, {13, "U64", 64}, {16, "BF16", 16}, {17, "F8_E4M3", 8},
    {18, "F8_E4M3FNUZ", 8}, {19, "F8_E5M2", 8}, {20, "F8_E5M2FNUZ", 8}, {21, "U8", 4}, {22, "I8", 4}, {23, "U8", 4}, {24, "F8_E8M0", 8},
    {25, "U8", 2}};

const Type* typeOf(int number)
{
    for (const Type& t : kTypes)
        if (t.number == number) return &t;
    return nullptr;
}

[[noreturn]] void fail(const std::string& file, const Text& what) { throw Error(file, what, text("export or download it again")); }

Shape shapeOf(const onnx::TensorProto& t, const std::string& file)
{
    Shape shape;
    std::uint64_t product = 1;
    for (const std::int64_t d : t.dims()) {
        if (d < 0 || d > std::numeric_limits<int>::max() || shape.size() == 32
            || __builtin_mul_overflow(product, static_cast<std::uint64_t>(std::max<std::int64_t>(d, 1)), &product)
            || product > std::uint64_t{1} << 31)
            fail(file, text("tensor %1 has an impossible shape", t.name()));
        shape.push_back(static_cast<int>(d));
    }
    return shape;
}

/// Codes of 2 or 4 bits, the first in the low bits, to one a byte. Those of int4 keep their sign.
std::string unpacked(const std::string& packed, std::size_t count, int bits, bool isSigned)
{
    std::string codes(count, '\0');
    const std::size_t each = 8 / static_cast<std::size_t>(bits);
    for (std::size_t i = 0; i < count; ++i) {
        int code = static_cast<std::uint8_t>(packed[i / each]) >> (static_cast<int>(i % each) * bits) & ((1 << bits) - 1);
        if (isSigned && code >= 1 << (bits - 1)) code -= 1 << bits;
        codes[i] = static_cast<char>(code);
    }
    return codes;
}

/// The lowest `width` bytes of each.
template <class Field> std::string narrowed(const Field& field, std::size_t width)
{
    std::string bytes(static_cast<std::size_t>(field.size()) * width, '\0');
    char* to = bytes.data();
    for (const auto value : field) {
        std::memcpy(to, &value, width);
        to += width;
    }
    return bytes;
}

/// Values in the field that onnx.proto has for their type.
std::string fieldBytes(const onnx::TensorProto& t, const Type& type)
{
    const std::size_t width = type.bits < 8 ? 1 : static_cast<std::size_t>(type.bits) / 8;
    if (type.number == 1) return narrowed(t.float_data(), width);
    if (type.number == 11) return narrowed(t.double_data(), width);
    if (type.number == 7) return narrowed(t.int64_data(), width);
    if (type.number == 12 || type.number == 13) return narrowed(t.uint64_data(), width);
    return narrowed(t.int32_data(), width);
}

} // namespace

std::string typeOfNumber(int number)
{
    const Type* type = typeOf(number);
    return type ? type->name : "";
}

int numberOfType(const std::string& type)
{
    for (const Type& t : kTypes)
        if (t.bits >= 8 && type == t.name) return t.number;
    return 0;
}

Array arrayOfTensor(const onnx::TensorProto& t, const std::filesystem::path& folder, const std::string& file)
{
    const Shape shape = shapeOf(t, file);
    const Type* type = typeOf(t.data_type());
    if (!type)
        throw Error(file, text("tensor %1 holds values of ONNX's type %2, which are not numbers", t.name(), std::to_string(t.data_type())),
            text("choose another file"));
    if (t.has_segment()) fail(file, text("tensor %1 has an impossible shape", t.name()));
    const std::size_t count = elements(shape), packed = (count * static_cast<std::size_t>(type->bits) + 7) / 8;
    std::string bytes;
    if (t.data_location() == onnx::TensorProto::EXTERNAL)
        bytes = externalBytes(t, packed, folder, file);
    else
        bytes = t.has_raw_data() ? t.raw_data() : fieldBytes(t, *type);
    const bool small = type->bits < 8;
    if (bytes.size() != packed) fail(file, text("tensor %1 does not hold as many values as its shape %2 says", t.name(), describe(shape)));
    return arrayOf(type->name, shape, small ? unpacked(bytes, count, type->bits, type->number == 22) : std::move(bytes));
}

} // namespace bitstill::foreign
