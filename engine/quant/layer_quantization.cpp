#include "engine/quant/layer_quantization.h"

#include "engine/measure/error_measures.h"
#include "engine/quant/observer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

/// Leaves a 32-bit accumulator as much room as the bias takes.
constexpr double kLargestBiasCode = 0x1p30;

/// Does each output channel have one scale?
bool onePerChannel(const LayerQuantization& layer)
{
    const std::size_t scales = layer.parameters.scale.size();
    return scales == 1 || scales == layer.bias.size();
}

/// Which of the layer's scales output channel c has, where it has one.
std::size_t scaleOf(const LayerQuantization& layer, std::size_t c) { return layer.parameters.scale.size() == 1 ? 0 : c; }

void makeRoomForBias(LayerQuantization& layer, const QuantizationOptions& o, float inputScale, const std::vector<Range>& ranges)
{
    QuantParameters& p = layer.parameters;
    if (inputScale == 0 || !onePerChannel(layer)) return;
    const auto step = static_cast<double>(inputScale);
    for (std::size_t s = 0; s < p.scale.size(); ++s) {
        // A step that float32 can hold, and half of kLargestBiasCode: bias correction may still add something.
        double least = static_cast<double>(std::numeric_limits<float>::min()) / step;
        for (std::size_t c = 0; c < layer.bias.size(); ++c)
            if (scaleOf(layer, c) == s)
                least = std::max(least, std::abs(static_cast<double>(layer.bias[c])) / (step * kLargestBiasCode / 2));
        if (static_cast<double>(p.scale[s]) >= least) continue;
        const QuantParameters wider = chooseParameters(
            layer.weightBits, o.weightScheme, {1, 1, 1}, {ranges[s]}, o.profile, std::nextafter(static_cast<float>(least), HUGE_VALF));
        p.scale[s] = std::max(wider.scale.front(), p.scale[s]);
        p.zeroPoint[s] = wider.zeroPoint.front();
    }
}

std::int64_t bytesAt(const LayerQuantization& layer, int bits) { return (static_cast<std::int64_t>(layer.before.size()) * bits + 7) / 8; }

} // namespace

int weightBitsOf(const QuantizationOptions& options, const std::string& layer, bool edge)
{
    const auto own = options.layers.find(layer);
    if (own != options.layers.end()) return own->second.weight;
    return edge && options.edgesAt8 && options.weightBits > 0 ? 8 : options.weightBits;
}

QuantParameters activationParameters(const QuantizationOptions& options, int bits, const Range& range, std::size_t count)
{
    QuantParameters p =
        chooseParameters(bits, options.activationScheme, {1, 1, count}, {range}, options.profile, scaleFloor(options.profile));
    if (options.activationScheme == Scheme::Symmetric) p.range.low = -p.range.high - 1;
    return p;
}

void roundWeights(LayerQuantization& layer, const QuantizationOptions& options, float inputScale, const std::vector<float>* scales)
{
    layer.codes.clear();
    layer.parameters = {};
    layer.format = layer.weightBits > 0 ? options.weightFormat : nullptr;
    rangesOf(layer.bias.data(), {1, 1, layer.bias.size()}, layer.name + ".bias"); // refuses what is not finite
    if (layer.format) rangesOf(layer.before.data(), {1, 1, layer.before.size()}, layer.name);
    if (layer.weightBits > 0 && !layer.format) {
        const Blocks blocks = blocksOf(layer.before.shape(), options.granularity);
        const std::vector<Range> ranges =
            observedRanges(options.weightObserver, layer.weightBits, options.weightScheme, layer.before.data(), blocks, layer.name);
        layer.parameters =
            chooseParameters(layer.weightBits, options.weightScheme, blocks, ranges, options.profile, scaleFloor(options.profile));
        if (scales) {
            assert(scales->size() == layer.parameters.scale.size());
            layer.parameters.scale = *scales;
        }
        makeRoomForBias(layer, options, inputScale, ranges);
        layer.codes.resize(layer.before.size());
        quantize(layer.before.data(), layer.parameters, layer.codes.data());
    }
    writeWeights(layer);
}

void writeWeights(LayerQuantization& layer)
{
    layer.after = layer.before;
    layer.codesUsed = 0;
    if (layer.codes.empty()) {
        if (layer.format) layer.format->roundTrip(layer.before.data(), layer.before.size(), layer.after.data());
    } else {
        dequantize(layer.codes.data(), layer.parameters, layer.after.data());
        std::vector<char> used(static_cast<std::size_t>(layer.parameters.range.codes()), 0);
        for (const std::int32_t code : layer.codes) used[static_cast<std::size_t>(code - layer.parameters.range.low)] = 1;
        layer.codesUsed = static_cast<int>(std::count(used.begin(), used.end(), 1));
    }
    layer.sqnrDb = sqnrDb(layer.before.data(), layer.after.data(), layer.before.size());
}

std::vector<std::int32_t> biasCodes(const LayerQuantization& layer, float inputScale)
{
    std::vector<std::int32_t> codes;
    for (std::size_t c = 0; c < layer.bias.size(); ++c) {
        const double code = std::nearbyint(static_cast<double>(layer.bias[c] / (inputScale * layer.parameters.scale[scaleOf(layer, c)])));
        codes.push_back(static_cast<std::int32_t>(std::clamp(code, -kLargestBiasCode, kLargestBiasCode)));
    }
    return codes;
}

Tensor roundedBias(const LayerQuantization& layer, float inputScale)
{
    Tensor bias = layer.bias;
    if (inputScale == 0 || layer.codes.empty() || !onePerChannel(layer)) return bias;
    const std::vector<std::int32_t> codes = biasCodes(layer, inputScale);
    for (std::size_t c = 0; c < codes.size(); ++c)
        bias[c] = static_cast<float>(codes[c]) * (inputScale * layer.parameters.scale[scaleOf(layer, c)]);
    return bias;
}

std::int64_t weightBytes(const LayerQuantization& layer, Scheme scheme)
{
    if (layer.format) return static_cast<std::int64_t>(std::ceil(layer.format->bits(layer.before.size()) / 8));
    const auto channels = static_cast<std::int64_t>(layer.parameters.scale.size());
    return bytesAt(layer, layer.weightBits == 0 ? 32 : layer.weightBits) + channels * (scheme == Scheme::Symmetric ? 4 : 5);
}

std::map<std::string, LayerBits> mixedPrecision(const std::vector<LayerQuantization>& layers, const std::vector<double>& damage, int low,
    int high, int activationBits, std::int64_t budget)
{
    std::map<std::string, LayerBits> bits;
    std::int64_t spent = 0;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        bits[layers[i].name] = {low, activationBits};
        spent += bytesAt(layers[i], low);
        order.push_back(i);
    }
    const auto more = [&](std::size_t i) { return bytesAt(layers[i], high) - bytesAt(layers[i], low); };
    const auto worth = [&](std::size_t i) { return damage[i] / static_cast<double>(more(i)); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return worth(a) > worth(b); });
    for (const std::size_t i : order) {
        if (spent + more(i) > budget || damage[i] <= 0) continue;
        spent += more(i);
        bits[layers[i].name].weight = high;
    }
    return bits;
}

} // namespace bitstill
