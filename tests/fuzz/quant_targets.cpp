// The mathematics of quantization: for any floats, bits, scheme, profile, granularity, observer and format, results are finite or refused.

#include "tests/fuzz/fuzz.h"

#include "engine/core/error.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace fuzz {

using namespace bitstill;

namespace {

bool allFinite(const std::vector<float>& values)
{
    return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

std::vector<float> floatsOf(const Bytes& bytes)
{
    constexpr std::size_t kMost = 96; // every block has an observer of its own
    std::vector<float> values(std::min(kMost, bytes.size() / sizeof(float)));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

Granularity granularityOf(std::uint8_t choice, Shape& shape)
{
    const int n = shape[0];
    switch (choice % 4) {
    case 0: return {};
    case 1: shape = {std::max(1, n / 4), 4}; return {.kind = Granularity::Kind::PerChannel, .axis = 0};
    case 2: shape = {std::max(1, n / 4), 4}; return {.kind = Granularity::Kind::PerChannel, .axis = 1};
    default: return {.kind = Granularity::Kind::PerGroup, .axis = 0, .group = 1 + choice / 4};
    }
}

} // namespace

void quantize(const std::uint8_t* data, std::size_t size)
{
    Bytes bytes(data, size);
    constexpr int kBits[] = {2, 3, 4, 5, 6, 7, 8, 16};
    const int bits = kBits[bytes.byte() % 8];
    const auto scheme = static_cast<Scheme>(bytes.byte() % 3);
    const auto profile = static_cast<Profile>(bytes.byte() % 4);
    const std::string observer = observers()[bytes.byte() % observers().size()].name;
    const std::uint8_t grouping = bytes.byte();
    std::vector<float> x = floatsOf(bytes);
    if (x.empty()) return;
    Shape shape{static_cast<int>(x.size())};
    const Granularity granularity = granularityOf(grouping, shape);
    x.resize(elements(shape));
    succeeds([&] {
        const Blocks blocks = blocksOf(shape, granularity);
        const QuantParameters p =
            chooseParameters(bits, scheme, blocks, observedRanges(observer, bits, scheme, x.data(), blocks, "x"), profile);
        require(allFinite(p.scale) && std::ranges::all_of(p.scale, [](float s) { return s > 0; }), "scales are finite and above 0");
        std::vector<std::int32_t> codes(x.size());
        bitstill::quantize(x.data(), p, codes.data());
        require(std::ranges::all_of(codes, [&](int c) { return c >= p.range.low && c <= p.range.high; }), "codes are in range");
        std::vector<float> y(x.size()), z(x.size()), gradient(x.size());
        dequantize(codes.data(), p, y.data());
        fakeQuantize(x.data(), p, z.data());
        require(allFinite(y) && allFinite(z), "results are finite");
        require(std::ranges::equal(y, z), "fakeQuantize is quantize and dequantize");
        straightThrough(x.data(), z.data(), p, gradient.data());
        require(allFinite(gradient), "gradients are finite");
    });
}

std::vector<std::string> quantizeSeeds()
{
    const auto seed = [](const std::string& choices, std::initializer_list<float> values) {
        std::string bytes = choices;
        for (const float v : values) {
            char raw[sizeof v];
            std::memcpy(raw, &v, sizeof v);
            bytes.append(raw, sizeof v);
        }
        return bytes;
    };
    return {seed(std::string("\6\0\0\0\0", 5), {-1, 0.5f, 2, 0.25f}), seed("\2\1\1\1\1", {3e38f, -3e38f, 1, 0, 2, 3, 4, 5}),
        seed("\7\2\2\2\2", {1e-45f, 1e-40f, 0, -1e-38f, 1, 1, 1, 1}), seed("\4\2\3\3\7", {0, 0, 0, 0, 1e30f, 1, -1, 2}),
        seed("\1\1\1\4\3", {5, 5, 5, 5, 5, 5, 5, 5})};
}

/// The formats promise an error as a share of the largest magnitude of a block.
void formats(const std::uint8_t* data, std::size_t size)
{
    Bytes bytes(data, size);
    const NumberFormat& format = numberFormats()[bytes.byte() % numberFormats().size()];
    const std::vector<float> x = floatsOf(bytes);
    if (x.empty() || !allFinite(x)) return;
    succeeds([&] {
        std::vector<float> y(x.size());
        format.roundTrip(x.data(), x.size(), y.data());
        require(allFinite(y), "what is read back is finite");
    });
}

} // namespace fuzz
