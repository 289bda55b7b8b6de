#include "engine/io/arrays.h"

#include "engine/core/error.h"
#include "engine/io/half.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace bitstill {

static_assert(std::endian::native == std::endian::little, "arrays are stored little-endian");

namespace {

struct Type {
    std::string_view name;
    int bits;
};
/// The names that safetensors 0.6 takes.
constexpr Type kTypes[] = {{"F32", 32}, {"F64", 64}, {"I32", 32}, {"I64", 64}, {"BOOL", 8}, {"F4", 4}, {"F6_E2M3", 6}, {"F6_E3M2", 6},
    {"U8", 8}, {"I8", 8}, {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16}, {"U16", 16},
    {"F16", 16}, {"BF16", 16}, {"U32", 32}, {"C64", 64}, {"U64", 64}};

template <class T> std::vector<T> valuesOf(const std::string& bytes)
{
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
}

} // namespace

int bitsOfType(std::string_view type)
{
    for (const Type& t : kTypes)
        if (t.name == type) return t.bits;
    return 0;
}

std::string Array::type() const
{
    const auto* raw = std::get_if<RawValues>(&values);
    return raw ? raw->type : std::string(kTypes[values.index()].name);
}

bool isFloatType(std::string_view type) { return type == "F32" || type == "F64" || type == "F16" || type == "BF16"; }

bool Array::isFloat() const { return isFloatType(type()); }

Tensor Array::toTensor(const std::string& name) const
{
    if (!isFloat()) throw Error(name, text("holds values of type %1, not floats", type()), text("choose a tensor of floats"));
    Tensor tensor(shape);
    if (const auto* f = std::get_if<std::vector<float>>(&values)) std::copy(f->begin(), f->end(), tensor.begin());
    if (const auto* d = std::get_if<std::vector<double>>(&values))
        for (std::size_t i = 0; i < d->size(); ++i) {
            tensor[i] = static_cast<float>((*d)[i]);
            if (std::isfinite((*d)[i]) && !std::isfinite(tensor[i]))
                throw Error(name, text("holds %1, which float32 cannot represent", shortest((*d)[i])), text("scale the tensor down"));
        }
    if (const auto* raw = std::get_if<RawValues>(&values)) {
        const auto half = valuesOf<std::uint16_t>(raw->bytes);
        const bool isBf16 = raw->type == "BF16";
        for (std::size_t i = 0; i < half.size(); ++i) tensor[i] = isBf16 ? bf16ToFloat(half[i]) : halfToFloat(half[i]);
    }
    return tensor;
}

Array Array::of(const Tensor& tensor) { return {tensor.shape(), std::vector<float>(tensor.begin(), tensor.end())}; }

Array arrayOf(const std::string& type, Shape shape, std::string bytes)
{
    Array array{std::move(shape), {}};
    if (type == "F32")
        array.values = valuesOf<float>(bytes);
    else if (type == "F64")
        array.values = valuesOf<double>(bytes);
    else if (type == "I32")
        array.values = valuesOf<std::int32_t>(bytes);
    else if (type == "I64")
        array.values = valuesOf<std::int64_t>(bytes);
    else
        array.values = RawValues{type, std::move(bytes)};
    return array;
}

std::string bytesOf(const Array& array)
{
    if (const auto* raw = std::get_if<RawValues>(&array.values)) return raw->bytes;
    std::string bytes;
    std::visit(
        [&](const auto& v) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(v)>, RawValues>)
                bytes.assign(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(v[0]));
        },
        array.values);
    return bytes;
}

} // namespace bitstill
