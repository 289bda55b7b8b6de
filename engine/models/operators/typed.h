#pragma once

#include "engine/models/operators/call.h"

#include <type_traits>

namespace bitstill::foreign {

/// safetensors' name of T.
template <class T> constexpr const char* typeName()
{
    if constexpr (std::is_same_v<T, float>) return "F32";
    if constexpr (std::is_same_v<T, double>) return "F64";
    if constexpr (std::is_same_v<T, std::int32_t>) return "I32";
    if constexpr (std::is_same_v<T, std::int64_t>) return "I64";
    if constexpr (std::is_same_v<T, std::int8_t>) return "I8";
    if constexpr (std::is_same_v<T, std::uint8_t>) return "U8";
    if constexpr (std::is_same_v<T, bool>) return "BOOL";
}

/// The values as they lie in memory; T must be the array's type.
template <class T> const T* valuesOf(const Array& array)
{
    if constexpr (sizeof(T) == 1)
        return reinterpret_cast<const T*>(std::get<RawValues>(array.values).bytes.data());
    else
        return std::get<std::vector<T>>(array.values).data();
}
template <class T> T* valuesOf(Array& array) { return const_cast<T*>(valuesOf<T>(std::as_const(array))); }

/// Of zeros; of a type of whole bytes.
Array zeros(const std::string& type, const Shape& shape);
template <class T> Array zerosOf(const Shape& shape) { return zeros(typeName<T>(), shape); }

/// f(T()) for the array's type, where it is one of those.
template <class... Types, class F> void withTypes(const Call& call, const Array& array, const F& f)
{
    const std::string type = array.type();
    const bool done = ((type == typeName<Types>() ? (f(Types()), true) : false) || ...);
    call.need(done, text("type %1 is not computed here", type));
}
/// What is calculated with: floats and whole numbers.
template <class F> void withNumbers(const Call& call, const Array& array, const F& f)
{
    withTypes<float, double, std::int32_t, std::int64_t, std::int8_t, std::uint8_t>(call, array, f);
}

/// As bytes, for who only moves values.
const char* bytesIn(const Array& array);
char* bytesIn(Array& array);
/// Bytes of one value; throws Error for types that share bytes.
std::size_t widthOf(const Call& call, const Array& array);

/// The array with another shape of as many values.
Array reshaped(const Array& array, Shape shape);
/// As the operator Cast: towards zero for whole numbers, clamped where standard C leaves it open.
Array castTo(const Call& call, const Array& array, const std::string& type);

/// Values between two neighbours along each axis.
std::vector<std::size_t> stridesOf(const Shape& shape);

} // namespace bitstill::foreign
