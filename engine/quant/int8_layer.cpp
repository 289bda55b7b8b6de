#include "engine/quant/int8_layer.h"

#include "engine/core/error.h"

namespace bitstill {

namespace {

std::vector<std::int8_t> narrow(const LayerQuantization& layer)
{
    if (layer.codes.empty() || layer.weightBits > 8)
        throw Error(
            layer.name, text("its weights are not codes of 8 bits or fewer"), text("quantize every layer before computing in integers"));
    if (layer.parameters.zeroPoint.front() != 0 || layer.parameters.range.high > 127)
        throw Error(
            layer.name, text("its weights have a zero point; integer kernels take symmetric weights"), text("choose the symmetric scheme"));
    return {layer.codes.begin(), layer.codes.end()};
}

} // namespace

Int8Layer::Int8Layer(const QuantizedNetwork& source, const LayerQuantization& layer)
{
    const Graph& g = source.folded();
    const Graph::Node& node = g.node(layer.node);
    const SampleShape in = g.node(node.inputs[0]).shape;
    std::vector<std::int8_t> codes = narrow(layer);
    name = layer.name;
    channels = node.shape.channels;
    inputs = in.size();
    bias.assign(layer.bias.begin(), layer.bias.end());
    bias.resize(static_cast<std::size_t>(channels), 0.0f);
    const std::vector<float>& s = layer.parameters.scale;
    if (s.size() != 1 && s.size() != static_cast<std::size_t>(channels))
        throw Error(layer.name, text("its weights have scales within a channel"), text("choose per tensor or per channel"));
    scales = s.size() == 1 ? std::vector<float>(static_cast<std::size_t>(channels), s.front()) : s;
    const auto perChannel = codes.size() / static_cast<std::size_t>(channels);
    codeSums.assign(static_cast<std::size_t>(channels), 0);
    for (std::size_t i = 0; i < codes.size(); ++i) codeSums[i / perChannel] += codes[i];
    if (const std::optional<LinearWindow> o = node.layer->window()) {
        isConvolution = true;
        shape = {in.height, in.width, in.channels, channels, o->kernel, o->stride, o->padding, o->groups};
        positions = node.shape.height * node.shape.width;
        if (o->groups > 1) {
            grouped = GroupedInt8(shape, codes);
            return;
        }
        codes = convolutionOrder(shape, codes);
    }
    weights = Int8Weights(channels, static_cast<int>(perChannel), codes);
}

std::size_t Int8Layer::scratchBytes(int rows) const
{
    if (!isConvolution) return 0;
    const bool hasWindows = shape.groups == 1;
    return paddedBytes(shape) + (hasWindows ? static_cast<std::size_t>(rows * positions) * static_cast<std::size_t>(weights.k()) : 0);
}

void Int8Layer::accumulate(
    int shard, const std::uint8_t* x, const std::uint8_t* zeroPoints, int rows, std::uint8_t* scratch, std::int32_t* acc) const
{
    if (!isConvolution) return weights.multiply(shard, x, rows, acc);
    const bool pointwise = shape.groups == 1 && shape.kernel == 1 && shape.stride == 1 && shape.padding == 0;
    if (pointwise) return weights.multiply(shard, x, rows * positions, acc);
    std::uint8_t *padded = scratch, *window = scratch + paddedBytes(shape);
    for (int r = 0; r < rows; ++r, x += inputs) {
        pad(shape, x, zeroPoints[r], padded);
        if (shape.groups > 1)
            grouped.run(padded, acc + static_cast<std::size_t>(r * positions * channels));
        else
            windows(shape, padded, window + static_cast<std::size_t>(r * positions) * static_cast<std::size_t>(weights.k()));
    }
    if (shape.groups == 1) weights.multiply(shard, window, rows * positions, acc);
}

} // namespace bitstill
