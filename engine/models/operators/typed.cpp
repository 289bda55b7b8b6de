#include "engine/models/operators/typed.h"

#include <cmath>
#include <limits>

namespace bitstill::foreign {

namespace {

template <class To, class From> To converted(From value)
{
    if constexpr (std::is_same_v<To, bool>) return value != From(0);
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To> && !std::is_same_v<To, bool>) {
        if (std::isnan(value)) return To(0);
        if (value <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
        if (value >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    }
    return static_cast<To>(value);
}

template <class From> Array castFrom(const Call& call, const Array& array, const std::string& type)
{
    Array result = zeros(type, array.shape);
    const From* x = valuesOf<From>(array);
    withTypes<float, double, std::int32_t, std::int64_t, std::int8_t, std::uint8_t, bool>(call, result, [&](auto to) {
        using To = decltype(to);
        To* y = valuesOf<To>(result);
        for (std::size_t i = 0; i < array.size(); ++i) y[i] = converted<To>(x[i]);
    });
    return result;
}

} // namespace

Array zeros(const std::string& type, const Shape& shape)
{
    const std::size_t n = elements(shape);
    Array array{shape, {}};
    if (type == "F32")
        array.values = std::vector<float>(n);
    else if (type == "F64")
        array.values = std::vector<double>(n);
    else if (type == "I32")
        array.values = std::vector<std::int32_t>(n);
    else if (type == "I64")
        array.values = std::vector<std::int64_t>(n);
    else
        array.values = RawValues{type, std::string(n * static_cast<std::size_t>(bitsOfType(type)) / 8, '\0')};
    return array;
}

const char* bytesIn(const Array& array)
{
    return std::visit(
        [](const auto& v) {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, RawValues>)
                return v.bytes.data();
            else
                return reinterpret_cast<const char*>(v.data());
        },
        array.values);
}

char* bytesIn(Array& array) { return const_cast<char*>(bytesIn(std::as_const(array))); }

std::size_t widthOf(const Call& call, const Array& array)
{
    const int bits = bitsOfType(array.type());
    call.need(bits > 0 && bits % 8 == 0, text("type %1 is not computed here", array.type()));
    return static_cast<std::size_t>(bits) / 8;
}

Array reshaped(const Array& array, Shape shape)
{
    Array result = array;
    result.shape = std::move(shape);
    return result;
}

Array castTo(const Call& call, const Array& array, const std::string& type)
{
    if (array.type() == type) return array;
    if (const std::string from = array.type(); from == "F16" || from == "BF16")
        return castTo(call, Array::of(array.toTensor(call.node().name)), type);
    Array result;
    withTypes<float, double, std::int32_t, std::int64_t, std::int8_t, std::uint8_t, bool>(
        call, array, [&](auto from) { result = castFrom<decltype(from)>(call, array, type); });
    return result;
}

std::vector<std::size_t> stridesOf(const Shape& shape)
{
    std::vector<std::size_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * static_cast<std::size_t>(shape[i]);
    return strides;
}

} // namespace bitstill::foreign
