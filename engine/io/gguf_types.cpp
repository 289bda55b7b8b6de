// Blocks of ggml's types and what they stand for (ggml/src/ggml-common.h and ggml-quants.c). A block's scale d is float16 where nothing
// else is said; "halves": the low nibbles of its bytes are its first values, the high ones the rest.

#include "engine/io/gguf.h"
#include "engine/io/half.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace bitstill {

namespace {

using Byte = unsigned char;

template <class T> T read(const Byte* from)
{
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}
float half(const Byte* from) { return halfToFloat(read<std::uint16_t>(from)); }

template <class T> void plain(const Byte* block, float* to) { *to = static_cast<float>(read<T>(block)); }
void plainHalf(const Byte* block, float* to) { *to = half(block); }
void plainBf16(const Byte* block, float* to) { *to = bf16ToFloat(read<std::uint16_t>(block)); }

/// to[i] = f(code of value i), halves.
template <class F> void nibbles(const Byte* codes, int count, float* to, const F& f)
{
    for (int i = 0; i < count; ++i) {
        to[i] = f(codes[i] & 15);
        to[i + count] = f(codes[i] >> 4);
    }
}

/// d·code
void q8_0(const Byte* block, float* to)
{
    for (int i = 0; i < 32; ++i) to[i] = half(block) * static_cast<float>(static_cast<signed char>(block[2 + i]));
}

/// d·(code − 8)
void q4_0(const Byte* block, float* to)
{
    nibbles(block + 2, 16, to, [d = half(block)](int code) { return d * static_cast<float>(code - 8); });
}

/// d·code + lowest
void q4_1(const Byte* block, float* to)
{
    nibbles(block + 4, 16, to, [d = half(block), low = half(block + 2)](int code) { return d * static_cast<float>(code) + low; });
}

/// d·(code − 16), the fifth bits of all 32 codes before the nibbles.
void q5_0(const Byte* block, float* to)
{
    const auto fifths = read<std::uint32_t>(block + 2);
    nibbles(block + 6, 16, to, [](int code) { return static_cast<float>(code); });
    for (int i = 0; i < 32; ++i) to[i] = half(block) * (to[i] + static_cast<float>(fifths >> i & 1) * 16 - 16);
}

/// d·scale·code − lowest·least, for 8 groups of 32, whose scales and leasts are of 6 bits: those of the first four in bytes 0 to 7, of the
/// last four in the nibbles of bytes 8 to 11, their upper two bits above the others'.
void q4_k(const Byte* block, float* to)
{
    const Byte *packed = block + 4, *codes = block + 16;
    for (int g = 0; g < 8; ++g, to += 32) {
        const int scale = g < 4 ? packed[g] & 63 : (packed[g + 4] & 15) | (packed[g - 4] >> 6 << 4);
        const int least = g < 4 ? packed[g + 4] & 63 : (packed[g + 4] >> 4) | (packed[g] >> 6 << 4);
        const float step = half(block) * static_cast<float>(scale), low = half(block + 2) * static_cast<float>(least);
        for (int i = 0; i < 32; ++i) {
            const int both = codes[g / 2 * 32 + i];
            to[i] = step * static_cast<float>(g % 2 == 0 ? both & 15 : both >> 4) - low;
        }
    }
}

/// d·scale·(code − 32): two halves of 128 values, of each 64 bytes of nibbles and 32 of upper bits; a scale for every 16 values.
void q6_k(const Byte* block, float* to)
{
    for (int i = 0; i < 256; ++i) {
        const int part = i / 128, quarter = i % 128 / 32, at = i % 32;
        const int both = block[part * 64 + quarter % 2 * 32 + at], upper = block[128 + part * 32 + at] >> (2 * quarter) & 3;
        const int code = (quarter < 2 ? both & 15 : both >> 4) | upper << 4;
        const auto scale = static_cast<signed char>(block[192 + i / 16]);
        to[i] = half(block + 208) * static_cast<float>(scale) * static_cast<float>(code - 32);
    }
}

/// d·level
void iq4_nl(const Byte* block, float* to)
{
    static constexpr float kLevels[]{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    nibbles(block + 2, 16, to, [d = half(block)](int code) { return d * kLevels[code]; });
}

float fp4(int code)
{
    static constexpr float kMagnitudes[]{0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    return code & 8 ? -kMagnitudes[code & 7] : kMagnitudes[code & 7];
}

/// 2^(first byte − 127)·fp4. Byte 255 is one more power of two, no NaN (as ggml has it).
void mxfp4(const Byte* block, float* to)
{
    nibbles(block + 1, 16, to, [e = block[0] - 127](int code) { return std::ldexp(fp4(code), e); });
}

/// scale·fp4, for 4 groups of 16, halves; scales are fp8 e4m3 whose sign does not count; byte 0x7f alone is 0 (as ggml has it).
void nvfp4(const Byte* block, float* to)
{
    for (int g = 0; g < 4; ++g) {
        const int exponent = block[g] >> 3 & 15, mantissa = block[g] & 7;
        const float magnitude =
            exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9) : std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
        const float scale = block[g] == 0x7f ? 0 : magnitude;
        nibbles(block + 4 + g * 8, 8, to + g * 16, [scale](int code) { return scale * fp4(code); });
    }
}

constexpr GgufType kTypes[] = {{0, "F32", 1, 4, &plain<float>}, {1, "F16", 1, 2, &plainHalf}, {2, "Q4_0", 32, 18, &q4_0},
    {3, "Q4_1", 32, 20, &q4_1}, {6, "Q5_0", 32, 22, &q5_0}, {7, "Q5_1", 32, 24, nullptr}, {8, "Q8_0", 32, 34, &q8_0},
    {9, "Q8_1", 32, 36, nullptr}, {10, "Q2_K", 256, 84, nullptr}, {11, "Q3_K", 256, 110, nullptr}, {12, "Q4_K", 256, 144, &q4_k},
    {13, "Q5_K", 256, 176, nullptr}, {14, "Q6_K", 256, 210, &q6_k}, {15, "Q8_K", 256, 292, nullptr}, {16, "IQ2_XXS", 256, 66, nullptr},
    {17, "IQ2_XS", 256, 74, nullptr}, {18, "IQ3_XXS", 256, 98, nullptr}, {19, "IQ1_S", 256, 50, nullptr}, {20, "IQ4_NL", 32, 18, &iq4_nl},
    {21, "IQ3_S", 256, 110, nullptr}, {22, "IQ2_S", 256, 82, nullptr}, {23, "IQ4_XS", 256, 136, nullptr},
    {24, "I8", 1, 1, &plain<std::int8_t>}, {25, "I16", 1, 2, &plain<std::int16_t>}, {26, "I32", 1, 4, &plain<std::int32_t>},
    {27, "I64", 1, 8, &plain<std::int64_t>}, {28, "F64", 1, 8, &plain<double>}, {29, "IQ1_M", 256, 56, nullptr},
    {30, "BF16", 1, 2, &plainBf16}, {34, "TQ1_0", 256, 54, nullptr}, {35, "TQ2_0", 256, 66, nullptr}, {39, "MXFP4", 32, 17, &mxfp4},
    {40, "NVFP4", 64, 36, &nvfp4}, {41, "Q1_0", 128, 18, nullptr}, {42, "Q2_0", 64, 18, nullptr}};

} // namespace

const GgufType* ggufType(std::uint32_t number)
{
    const auto* found = std::ranges::find(kTypes, number, &GgufType::number);
    return found == std::end(kTypes) ? nullptr : found;
}

} // namespace bitstill
