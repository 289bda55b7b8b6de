// GGUF files that the test makes: what is in them, what their blocks stand for, and what is refused. Blocks are packed here as ggml's own
// quantizers pack them.

#include "engine/core/error.h"
#include "engine/io/gguf.h"
#include "tests/support/files.h"
#include "tests/support/gguf_file.h"

#include <QtTest>
#include <cmath>

using namespace bitstill;
using Floats = std::vector<float>;

namespace {

constexpr std::uint16_t kOne = 0x3C00, kHalf = 0x3800, kMinusOne = 0xBC00, kTwo = 0x4000; // as float16

std::string half(std::uint16_t bits) { return GgufBytes::number(bits); }

/// Code i in the low half of byte i, code i + count in its high half.
std::string halves(const std::vector<int>& codes)
{
    std::string bytes(codes.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(codes[i] | codes[i + bytes.size()] << 4);
    return bytes;
}

/// 0, 1, ... and again.
std::vector<int> counting(std::size_t count, int levels)
{
    std::vector<int> codes;
    for (std::size_t i = 0; i < count; ++i) codes.push_back(static_cast<int>(i * 7) % levels);
    return codes;
}

Floats decoded(const GgufFile& file, const std::string& name)
{
    Floats all;
    for (const GgufFile::Tensor& t : file.tensors())
        if (t.name == name) file.decode(t, [&](std::span<const float> values) { all.insert(all.end(), values.begin(), values.end()); });
    return all;
}

/// Of one block.
Floats decoded(std::uint32_t type, std::size_t count, const std::string& block)
{
    const std::string bytes = GgufBytes{{}, {{"t", {count}, type, block}}}.bytes();
    return decoded(GgufFile(bytes, "made.gguf"), "t");
}

template <class F> Floats mapped(const std::vector<int>& codes, const F& f)
{
    Floats values;
    for (std::size_t i = 0; i < codes.size(); ++i) values.push_back(f(codes[i], static_cast<int>(i)));
    return values;
}

std::string refusal(const GgufBytes& file)
{
    const std::string bytes = file.bytes();
    return messageOf([&] { GgufFile(bytes, "made.gguf"); });
}

} // namespace

class TestGguf : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void headerIsRead()
    {
        std::vector<std::string> words(20, "word");
        for (const std::uint32_t version : {2u, 3u}) {
            GgufBytes made{{GgufBytes::text("general.name", "tiny"), GgufBytes::u32("general.alignment", 64), GgufBytes::f32("eps", 0.25f),
                               GgufBytes::texts("tokens", words), GgufBytes::text("long", std::string(5000, 'x'))},
                {{"a", {3, 2}, 0, std::string(24, '\0')}, {"b", {32, 1, 2}, 8, std::string(68, '\0')},
                    {"c", {256}, 99, std::string(9, '\0')}, {"d", {256}, 13, std::string(176, '\0')}},
                version, 64};
            const Folder folder;
            const GgufFile file(folder.write("made.gguf", made.bytes()));
            QCOMPARE(file.version(), version);
            QCOMPARE(file.metadata().size(), std::size_t{5});
            QCOMPARE(file.metadata()[0].text, std::string("tiny"));
            QCOMPARE(file.metadata()[2].text, std::string("0.25"));
            QCOMPARE(file.metadata()[3].type, std::string("STRING[20]"));
            QVERIFY(file.metadata()[3].text.starts_with("word, word, "));
            QVERIFY(file.metadata()[4].text.size() < 300);
            QCOMPARE(file.tensors()[0].shape, (Shape{2, 3}));
            QCOMPARE(file.tensors()[1].shape, (Shape{2, 1, 32}));
            QCOMPARE(file.tensors()[1].type, std::string("Q8_0"));
            QCOMPARE(file.tensors()[1].bytes, std::uint64_t{68});
            QCOMPARE(file.tensors()[2].type, std::string("type 99"));
            QCOMPARE(file.tensors()[3].bytes, std::uint64_t{176});
            QVERIFY(contains(messageOf([&] { decoded(file, "d"); }), "not decoded"));
            QCOMPARE(decoded(file, "a"), Floats(6, 0.0f));
        }
    }

    void plainTypes()
    {
        const Floats values{1.5f, -2, 0};
        QCOMPARE(decoded(0, 3, std::string(reinterpret_cast<const char*>(values.data()), 12)), values);
        QCOMPARE(decoded(1, 3, half(0x3E00) + half(0xC000) + half(0x0001)), (Floats{1.5f, -2, 0x1p-24f}));
        QCOMPARE(decoded(30, 2, GgufBytes::number<std::uint16_t>(0x3FC0) + GgufBytes::number<std::uint16_t>(0xC000)), (Floats{1.5f, -2}));
        QCOMPARE(decoded(24, 2, "\x80\x7f"), (Floats{-128, 127}));
        QCOMPARE(decoded(28, 1, GgufBytes::number(0.25)), (Floats{0.25f}));
    }

    void blocksOf32()
    {
        const std::vector<int> codes = counting(32, 16), fives = counting(32, 32);
        std::string bytes, fifths(4, '\0');
        std::vector<int> low;
        for (int i = 0; i < 32; ++i) {
            bytes += static_cast<char>(i * 8 - 128);
            const auto code = static_cast<std::size_t>(i);
            low.push_back(fives[code] & 15);
            fifths[code / 8] = static_cast<char>(static_cast<unsigned char>(fifths[code / 8]) | (fives[code] >> 4) << (i % 8));
        }
        QCOMPARE(decoded(8, 32, half(kHalf) + bytes), mapped(codes, [](int, int i) { return 0.5f * static_cast<float>(i * 8 - 128); }));
        QCOMPARE(decoded(2, 32, half(kMinusOne) + halves(codes)), mapped(codes, [](int c, int) { return static_cast<float>(8 - c); }));
        QCOMPARE(decoded(3, 32, half(kHalf) + half(kTwo) + halves(codes)),
            mapped(codes, [](int c, int) { return 0.5f * static_cast<float>(c) + 2; }));
        QCOMPARE(decoded(6, 32, half(kHalf) + fifths + halves(low)),
            mapped(fives, [](int c, int) { return 0.5f * static_cast<float>(c - 16); }));
        const Floats levels{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
        QCOMPARE(
            decoded(20, 32, half(kOne) + halves(codes)), mapped(codes, [&](int c, int) { return levels[static_cast<std::size_t>(c)]; }));
    }

    void fourBitFloats()
    {
        const std::vector<int> codes = counting(32, 16);
        const Floats fp4{0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0.0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
        const auto value = [&](int c) { return fp4[static_cast<std::size_t>(c)]; };
        QCOMPARE(decoded(39, 32, "\x80" + halves(codes)), mapped(codes, [&](int c, int) { return 2 * value(c); }));
        const Floats far = decoded(39, 32, "\xff" + halves(codes)); // no NaN, but one more power of two
        QCOMPARE(far[6], std::ldexp(value(codes[6]), 128));
        QVERIFY(!std::isnan(far[1]));
        // Scales 1, 0 (0x7f), 480 with a sign that does not count, 2^-9 (subnormal); 16 values each.
        std::string block("\x38\x7f\xff\x01", 4);
        std::vector<int> all;
        for (int g = 0; g < 4; ++g) {
            const std::vector<int> sixteen(codes.begin(), codes.begin() + 16);
            block += halves(sixteen);
            all.insert(all.end(), sixteen.begin(), sixteen.end());
        }
        const Floats scales{1, 0, 480, 0x1p-9f};
        QCOMPARE(decoded(40, 64, block), mapped(all, [&](int c, int i) { return scales[static_cast<std::size_t>(i / 16)] * value(c); }));
    }

    void blocksOf256()
    {
        const std::vector<int> codes = counting(256, 16), sixes = counting(256, 64);
        std::string packed(12, '\0'), nibbles;
        std::vector<int> scales, leasts;
        const auto put = [&](std::size_t at, int bits) { packed[at] = static_cast<char>(static_cast<unsigned char>(packed[at]) | bits); };
        for (std::size_t g = 0; g < 8; ++g) {
            const int scale = 60 - 7 * static_cast<int>(g), least = 3 + 8 * static_cast<int>(g);
            scales.push_back(scale);
            leasts.push_back(least);
            if (g < 4) {
                put(g, scale);
                put(g + 4, least);
            } else {
                put(g + 4, (scale & 15) | (least & 15) << 4);
                put(g - 4, scale >> 4 << 6);
                put(g, least >> 4 << 6);
            }
        }
        for (std::size_t part = 0; part < 4; ++part)
            for (std::size_t i = 0; i < 32; ++i) nibbles += static_cast<char>(codes[part * 64 + i] | codes[part * 64 + 32 + i] << 4);
        QCOMPARE(decoded(12, 256, half(kHalf) + half(kTwo) + packed + nibbles), mapped(codes, [&](int c, int i) {
            const auto g = static_cast<std::size_t>(i / 32);
            return 0.5f * static_cast<float>(scales[g] * c) - 2 * static_cast<float>(leasts[g]);
        }));

        std::string low(128, '\0'), upper(64, '\0'), factors;
        for (std::size_t part = 0; part < 2; ++part)
            for (std::size_t i = 0; i < 32; ++i) {
                const int *c = sixes.data() + part * 128 + i, a = c[0], b = c[32], d = c[64], e = c[96];
                low[part * 64 + i] = static_cast<char>((a & 15) | (d & 15) << 4);
                low[part * 64 + 32 + i] = static_cast<char>((b & 15) | (e & 15) << 4);
                upper[part * 32 + i] = static_cast<char>(a >> 4 | b >> 4 << 2 | d >> 4 << 4 | e >> 4 << 6);
            }
        for (int i = 0; i < 16; ++i) factors += static_cast<char>(i * 9 - 70);
        QCOMPARE(decoded(14, 256, low + upper + factors + half(kHalf)),
            mapped(sixes, [](int c, int i) { return 0.5f * static_cast<float>((i / 16 * 9 - 70) * (c - 32)); }));
    }

    void whatDoesNotAddUpIsRefused()
    {
        const GgufBytes good{{GgufBytes::text("k", "v")}, {{"t", {32, 2}, 2, std::string(36, '\1')}}};
        QCOMPARE(refusal(good), std::string());
        GgufBytes bad = good;
        bad.tensors[0].dimensions = {48, 2};
        QVERIFY(contains(refusal(bad), "whole number of blocks of 32"));
        bad = good;
        bad.tensors[0].dimensions = {32, 2000};
        QVERIFY(contains(refusal(bad), "outside the file"));
        bad = good;
        bad.shift = 16;
        QVERIFY(contains(refusal(bad), "outside the file"));
        bad = good;
        bad.tensors.push_back(bad.tensors[0]);
        QVERIFY(contains(refusal(bad), "twice"));
        bad = good;
        bad.tensors[0].dimensions = {1ull << 40};
        QVERIFY(contains(refusal(bad), "impossible shape"));
        bad = good;
        bad.version = 1;
        QVERIFY(contains(refusal(bad), "version 1"));
        bad.version = 0x03000000;
        QVERIFY(contains(refusal(bad), "big-endian"));
        bad = good;
        bad.metadata.push_back(GgufBytes::u32("general.alignment", 33));
        QVERIFY(contains(refusal(bad), "multiples of 33"));
        const std::string bytes = good.bytes();
        for (std::size_t length = 0; length < bytes.size() - 28; ++length) // the padding behind the last is not needed
            QVERIFY2(!messageOf([&] { GgufFile(std::string_view(bytes).substr(0, length), "made.gguf"); }).empty(),
                std::to_string(length).c_str());
    }
};

QTEST_GUILESS_MAIN(TestGguf)
#include "tst_gguf.moc"
