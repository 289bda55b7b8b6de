#include "engine/models/shrink/sensitivity.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/measure/agreement.h"
#include "engine/models/samples.h"
#include "engine/models/trace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace bitstill::foreign {

namespace {

constexpr std::size_t kPiece = 8; ///< samples between two words of progress, whatever the threads: who counts those gets the same number

/// What stands in a value's place when one layer is rounded.
using Change = std::map<ValueId, Array>;

Change rounded(const Quantizer& quantizer, std::size_t index, QuantizationOptions options, int bits)
{
    const WeightLayer& layer = quantizer.layers()[index];
    const Array& weights = quantizer.network().constants.at(layer.weights);
    LayerQuantization one{.node = layer.node, .name = layer.name, .weightBits = bits};
    one.before = weights.toTensor(layer.name);
    options.granularity.axis = layer.axis;
    roundWeights(one, options, 0);
    return {{layer.weights, Array::of(one.after)}};
}

/// The numbers that flow into the layer, rounded; nothing where they stay float.
Change roundedInput(const Quantizer& quantizer, std::size_t index, const QuantizationOptions& options, const Trace& trace)
{
    const ValueId source = quantizer.sourceOf(index);
    const Array* values = source == kAbsent ? nullptr : trace.find(source);
    if (!values || options.activationBits == 0) return {};
    const Range range = quantizer.rangeOf(source, options.activationBits, options.activationScheme);
    const QuantParameters p = activationParameters(options, options.activationBits, range, values->size());
    Array y = *values;
    std::vector<float>& numbers = std::get<std::vector<float>>(y.values);
    fakeQuantize(numbers.data(), p, numbers.data());
    return {{source, std::move(y)}};
}

double median(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

void Deviation::compare(std::size_t sample, const float* floats, const float* found, std::size_t n, bool classes)
{
    for (std::size_t i = 0; i < n; ++i) {
        const auto x = static_cast<double>(floats[i]), y = static_cast<double>(found[i]);
        signal[sample] += x * x;
        noise[sample] += (x - y) * (x - y);
    }
    if (!classes) return;
    const Logits a{{floats, floats + n}, 1, n}, b{{found, found + n}, 1, n};
    divergence[sample] = klDivergence(a, b);
    same[sample] = std::max_element(floats, floats + n) - floats == std::max_element(found, found + n) - found;
}

double Deviation::sqnrDb() const
{
    const double s = std::accumulate(signal.begin(), signal.end(), 0.0), e = std::accumulate(noise.begin(), noise.end(), 0.0);
    if (e == 0) return std::numeric_limits<double>::infinity();
    return s == 0 ? 0 : 10 * std::log10(s / e);
}

double Deviation::meanDivergence() const
{
    return std::accumulate(divergence.begin(), divergence.end(), 0.0) / static_cast<double>(std::max<std::size_t>(divergence.size(), 1));
}

double Deviation::damage(bool classes) const { return classes ? meanDivergence() : std::pow(10, -sqnrDb() / 10); }

Sensitivity sensitivityOf(const Quantizer& quantizer, const QuantizationOptions& options, const std::vector<int>& bits,
    const NamedArrays& inputs, ThreadPool& pool, const std::function<void(double)>& progress, const std::function<bool()>& keepGoing)
{
    const Network& network = quantizer.network();
    const Question question = questionOf(network);
    const std::size_t samples = sampleCount(network, inputs), layers = quantizer.layers().size();
    Sensitivity found{.bits = bits};
    std::vector<std::vector<Change>> changes(layers);
    for (std::size_t l = 0; l < layers; ++l) {
        for (const int b : bits) changes[l].push_back(rounded(quantizer, l, options, b));
        found.layers.push_back(quantizer.layers()[l].name);
        found.weights.emplace_back(bits.size(), Deviation(samples));
        found.inputs.emplace_back(samples);
    }
    std::vector<std::vector<double>> times(samples);
    const auto measure = [&](std::size_t sample) {
        const Trace trace(network, samplesOf(network, inputs, sample, 1));
        times[sample] = trace.seconds();
        const std::vector<float> floats = answerIn(trace.with({}, question.values));
        const auto compare = [&](Deviation& deviation, const Change& change) {
            if (keepGoing && !keepGoing()) throw Stopped{};
            const std::vector<float> row = change.empty() ? floats : answerIn(trace.with(change, question.values));
            deviation.compare(sample, floats.data(), row.data(), floats.size(), question.classes);
        };
        for (std::size_t l = 0; l < layers; ++l) {
            for (std::size_t b = 0; b < bits.size(); ++b) compare(found.weights[l][b], changes[l][b]);
            compare(found.inputs[l], roundedInput(quantizer, l, options, trace));
        }
    };
    for (std::size_t first = 0; first < samples; first += kPiece) {
        if (progress) progress(static_cast<double>(first) / static_cast<double>(samples));
        pool.run(static_cast<int>(std::min(kPiece, samples - first)), [&](int i) { measure(first + static_cast<std::size_t>(i)); });
    }
    for (std::size_t n = 0; n < network.nodes.size(); ++n) {
        std::vector<double> each;
        for (const std::vector<double>& t : times) each.push_back(t[n]);
        found.seconds.push_back(each.empty() ? 0 : median(each));
    }
    return found;
}

} // namespace bitstill::foreign
