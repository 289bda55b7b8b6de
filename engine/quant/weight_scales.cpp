#include "engine/core/error.h"
#include "engine/data/sample.h"
#include "engine/measure/agreement.h"
#include "engine/quant/repair.h"

namespace bitstill {

std::map<std::string, std::vector<float>> fitWeightScales(QuantizedNetwork& network, const Dataset& data, std::size_t samples,
    std::uint64_t seed, ThreadPool& pool, const std::function<bool()>& keepGoing)
{
    constexpr float kShares[] = {0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f, 0.3f};
    const QuantizationOptions options = network.options();
    const Samples sample = sampleOf(data, data.train, samples, seed);
    Graph exact = network.folded();
    Pass pass(exact, network.pass().batch(), Pass::Mode::Inference, pool);
    const auto answersOf = [&](Pass& p) {
        Logits logits = evaluate(p, data, sample, sample.count(), keepGoing);
        if (logits.count < sample.count()) throw Stopped{};
        return logits;
    };
    const Logits wanted = answersOf(pass);
    std::map<std::string, std::vector<float>> fitted;
    for (const LayerQuantization& layer : network.layers())
        if (!layer.codes.empty() && layer.parameters.zeroPoint.front() == 0) fitted[layer.name] = layer.parameters.scale;
    double least = klDivergence(wanted, answersOf(network.pass()));
    for (auto& [name, scales] : fitted) {
        const std::vector<float> whole = scales;
        std::vector<float> best = whole;
        for (const float share : kShares) {
            for (std::size_t c = 0; c < whole.size(); ++c) scales[c] = whole[c] * share;
            network.quantize(options, fitted);
            const double divergence = klDivergence(wanted, answersOf(network.pass()));
            if (divergence >= least) continue;
            least = divergence;
            best = scales;
        }
        scales = best;
    }
    network.quantize(options);
    return fitted;
}

} // namespace bitstill
