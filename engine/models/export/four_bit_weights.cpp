#include "engine/models/export/export.h"

#include "engine/nn/model_file.h"
#include "engine/quant/fold_batchnorm.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr int kBits = 4;

/// Where the network keeps each input of a dense layer that a file has at this place.
std::map<std::string, std::vector<std::size_t>> placesInNetwork(const Graph& graph)
{
    Graph numbered = graph; // NOLINT(performance-unnecessary-copy-initialization): its parameters are written to
    for (const auto& [name, parameter] : numbered.parameters()) {
        if (parameter->value.shape().size() != 2) continue;
        const auto inputs = static_cast<std::size_t>(parameter->value.shape()[1]);
        for (std::size_t i = 0; i < parameter->value.size(); ++i) parameter->value[i] = static_cast<float>(i % inputs);
    }
    std::map<std::string, std::vector<std::size_t>> places;
    for (const auto& [name, tensor] : modelTensors(numbered))
        if (tensor.shape().size() == 2)
            for (int i = 0; i < tensor.shape()[1]; ++i)
                places[name].push_back(static_cast<std::size_t>(tensor[static_cast<std::size_t>(i)]));
    return places;
}

FourBitWeights::Layer inBlocks(Tensor& weights, std::size_t run, const std::string& name)
{
    FourBitWeights::Layer layer;
    layer.codes.resize(weights.size());
    const std::size_t row = weights.size() / static_cast<std::size_t>(weights.shape()[0]);
    for (std::size_t start = 0; start < weights.size(); start += row)
        for (std::size_t first = start; first < start + row; first += run) {
            const Blocks block{1, 1, std::min(run, start + row - first)};
            const QuantParameters p = chooseParameters(
                kBits, Scheme::Symmetric, block, rangesOf(weights.data() + first, block, name), Profile::Onnx, scaleFloor(Profile::Onnx));
            quantize(weights.data() + first, p, layer.codes.data() + first);
            dequantize(layer.codes.data() + first, p, weights.data() + first);
            layer.scales.push_back(p.scale.front());
        }
    return layer;
}

} // namespace

FourBitWeights::FourBitWeights(const Graph& trained, int inputs) : block(inputs), rounded(foldBatchNorm(trained))
{
    const auto places = placesInNetwork(rounded);
    std::map<std::string, Tensor> inFile = modelTensors(rounded);
    for (const auto& [name, parameter] : rounded.parameters()) {
        Tensor& weights = inFile.at(name);
        if (weights.shape().size() < 2) continue;
        const bool isDense = weights.shape().size() == 2;
        const auto row = weights.size() / static_cast<std::size_t>(weights.shape()[0]);
        layers.emplace(name, inBlocks(weights, isDense ? static_cast<std::size_t>(block) : row, name));
        if (!isDense) {
            parameter->value = weights;
            continue;
        }
        const std::vector<std::size_t>& place = places.at(name);
        for (std::size_t i = 0; i < weights.size(); ++i) parameter->value[i / row * row + place[i % row]] = weights[i];
    }
}

} // namespace bitstill
