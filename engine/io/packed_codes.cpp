#include "engine/io/packed_codes.h"

namespace bitstill {

namespace {

std::int32_t signedOf(std::uint32_t code, int bits, bool isSigned)
{
    const auto value = static_cast<std::int32_t>(code);
    return isSigned && code >> (bits - 1) != 0 ? value - (1 << bits) : value;
}

} // namespace

Array packedCodes(const std::vector<std::int32_t>& codes, const Shape& shape, int bits, bool isSigned)
{
    std::string bytes;
    if (bits <= 4) {
        for (std::size_t i = 0; i < codes.size(); i += 2) {
            const auto low = static_cast<unsigned>(codes[i]) & 15u;
            const unsigned high = i + 1 < codes.size() ? static_cast<unsigned>(codes[i + 1]) & 15u : 0;
            bytes += static_cast<char>(low | high << 4);
        }
        const int size = static_cast<int>(bytes.size());
        return arrayOf("U8", {size}, std::move(bytes));
    }
    for (const std::int32_t code : codes) {
        bytes += static_cast<char>(code & 255);
        if (bits > 8) bytes += static_cast<char>(code >> 8 & 255);
    }
    return arrayOf(std::string(isSigned ? "I" : "U") + (bits > 8 ? "16" : "8"), shape, std::move(bytes));
}

std::vector<std::int32_t> unpackedCodes(const Array& packed, std::size_t n, int bits, bool isSigned)
{
    const std::string bytes = bytesOf(packed);
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.at(i))); };
    std::vector<std::int32_t> codes(n);
    for (std::size_t i = 0; i < n; ++i) {
        if (bits <= 4)
            codes[i] = signedOf(byte(i / 2) >> (i % 2 * 4) & 15u, 4, isSigned);
        else if (bits <= 8)
            codes[i] = signedOf(byte(i), 8, isSigned);
        else
            codes[i] = signedOf(byte(2 * i) | byte(2 * i + 1) << 8, 16, isSigned);
    }
    return codes;
}

} // namespace bitstill
