#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace bitstill {

/// FNV-1a of 64 bits (Fowler, Noll and Vo): for each byte hash = (hash ⊕ byte)·0x100000001b3. `hash`: of the bytes before these.
constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = 0xcbf29ce484222325u)
{
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return hash;
}

/// Of numbers: of their bytes, as memory has them.
template <class Number> std::uint64_t fnv1a(const std::vector<Number>& numbers, std::uint64_t hash)
{
    return fnv1a(std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)), hash);
}

} // namespace bitstill
