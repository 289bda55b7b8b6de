#include "engine/models/shrink/repair.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/models/samples.h"
#include "engine/models/trace.h"

namespace bitstill::foreign {

namespace {

/// Mean over all places of each channel of what one node makes of this input: convolutions have channels at axis 1, products at the last.
std::vector<double> channelMeans(const Node& node, const Array& x, const Array& weights)
{
    const Array made = runNode(node, [&](ValueId id) { return id == node.inputs[0] ? &x : &weights; })[0];
    const std::vector<float>& y = std::get<std::vector<float>>(made.values);
    const std::size_t axis = node.op.starts_with("Conv") ? 1 : made.shape.size() - 1;
    const auto channels = static_cast<std::size_t>(made.shape[axis]);
    std::size_t inner = 1;
    for (std::size_t d = axis + 1; d < made.shape.size(); ++d) inner *= static_cast<std::size_t>(made.shape[d]);
    std::vector<double> means(channels, 0.0);
    for (std::size_t i = 0; i < y.size(); ++i) means[i / inner % channels] += static_cast<double>(y[i]);
    for (double& m : means) m *= static_cast<double>(channels) / static_cast<double>(std::max<std::size_t>(y.size(), 1));
    return means;
}

/// The node without its bias, and W − Ŵ for its weights: what it makes is the error of its output.
struct LostPart {
    Node node;
    Array difference;
};

LostPart lostPart(const Quantizer& quantizer, const Quantized& quantized, std::size_t i)
{
    LostPart lost{quantizer.network().nodes[static_cast<std::size_t>(quantizer.layers()[i].node)], {}};
    lost.node.inputs.resize(2);
    Tensor difference = quantized.layers[i].before;
    for (std::size_t w = 0; w < difference.size(); ++w) difference[w] -= quantized.layers[i].after[w];
    lost.difference = Array::of(difference);
    return lost;
}

} // namespace

void correctBias(
    Quantized& quantized, const Quantizer& quantizer, const NamedArrays& inputs, ThreadPool& pool, const std::function<bool()>& keepGoing)
{
    const Network& network = quantizer.network();
    const std::size_t samples = sampleCount(network, inputs), layers = quantizer.layers().size();
    std::vector<LostPart> lost;
    for (std::size_t l = 0; l < layers; ++l) lost.push_back(lostPart(quantizer, quantized, l));
    std::vector<std::vector<std::vector<double>>> means(samples); // by sample, layer, channel: added in their order
    pool.run(static_cast<int>(samples), [&](int i) {
        if (keepGoing && !keepGoing()) throw Stopped{};
        const auto sample = static_cast<std::size_t>(i);
        const Trace trace(network, samplesOf(network, inputs, sample, 1));
        for (std::size_t l = 0; l < layers; ++l) {
            const Array* x = trace.find(quantizer.layers()[l].input);
            const bool rounded = quantized.layers[l].weightBits > 0;
            means[sample].push_back(rounded && x ? channelMeans(lost[l].node, *x, lost[l].difference) : std::vector<double>());
        }
    });
    for (std::size_t l = 0; l < layers; ++l) {
        if (samples == 0 || means[0][l].empty()) continue;
        Tensor shift({static_cast<int>(means[0][l].size())});
        for (std::size_t c = 0; c < shift.size(); ++c) {
            double sum = 0;
            for (const auto& sample : means) sum += sample[l][c];
            shift[c] = static_cast<float>(sum / static_cast<double>(samples));
        }
        quantized.shiftBias(l, shift);
    }
}

} // namespace bitstill::foreign
