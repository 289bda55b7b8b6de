#include "engine/experiment/foreign_shrinker.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/experiment/groups.h"
#include "engine/models/halves.h"
#include "engine/models/layout.h"
#include "engine/models/run.h"
#include "engine/models/samples.h"

#include <algorithm>
#include <set>

namespace bitstill::own_model {

namespace {

constexpr std::size_t kGuardSamples = 64, kBiasSamples = 32, kProbeSamples = 32;

std::vector<char> correctnessOf(const Logits& answers, const std::vector<std::int32_t>& classes)
{
    return correctness(answers, {{}, {}, classes});
}

std::vector<std::int32_t> classesOf(const Logits& answers)
{
    std::vector<std::int32_t> classes;
    for (std::size_t i = 0; i < answers.count; ++i) {
        const float* row = answers.row(i);
        classes.push_back(static_cast<std::int32_t>(std::max_element(row, row + answers.classes) - row));
    }
    return classes;
}

foreign::Deviation between(const Logits& floats, const Logits& found, bool classes)
{
    foreign::Deviation d(floats.count);
    for (std::size_t i = 0; i < floats.count; ++i) d.compare(i, floats.row(i), found.row(i), floats.classes, classes);
    return d;
}

} // namespace

const std::vector<RepairInfo>& repairs()
{
    static const std::vector<RepairInfo> all{
        {"repair.equalize", text("equalization"),
            text("Balances the ranges of the channels between layers in a row, so that one scale fits each layer.")},
        {"repair.ranges", text("better ranges"),
            text("Activation and weight ranges with the least squared error instead of the extremes.")},
        {"repair.per_channel", text("per channel"), text("One scale per output channel instead of one per layer.")},
        {"repair.bias", text("bias correction"), text("Removes the shift that rounding adds to each channel's mean.")},
        {"repair.mixed", text("mixed precision"),
            text("Eight bits for the most sensitive layers, growing the weights by at most a quarter.")},
        {"repair.learn", text("learning again"),
            text("Trains the rounded network (QAT), taught by the float one, and by the labels where they are known.")},
    };
    return all;
}

Taken repairsIn(const Spec& spec)
{
    Taken taken = 0;
    for (std::size_t i = 0; i < repairs().size(); ++i)
        if (spec.flag(repairs()[i].key)) taken |= Taken{1} << i;
    return taken;
}

Shrinker::Shrinker(Source source, const Spec& spec, ThreadPool& pool, std::function<bool()> keepGoing) :
    m_source(std::move(source)), m_pool(pool), m_keepGoing(std::move(keepGoing)), m_observer(spec.word("quant.observer"))
{
    m_plain.emplace(m_source.network, m_source.calibration, m_observer, m_pool, m_keepGoing);
    m_equalized = foreign::equalized(m_plain->network());
    const foreign::Network& network = m_plain->network();
    if (m_plain->layers().empty())
        throw Error("model.file", text("the model has no layer with constant weights"), text("there is nothing to quantize in it"));
    m_question = foreign::questionOf(network);
    m_floats = foreign::answersOf(network, m_question, m_source.test, m_pool, m_keepGoing);
    m_guards = std::min(kGuardSamples, foreign::sampleCount(network, m_source.calibration));
    m_guard = foreign::samplesOf(network, m_source.calibration, 0, m_guards);
    m_guardFloats = foreign::answersOf(network, m_question, m_guard, m_pool, m_keepGoing);
    const bool fits =
        std::ranges::all_of(m_source.labels, [&](std::int32_t l) { return l >= 0 && static_cast<std::size_t>(l) < m_floats.classes; });
    const bool sameClasses = m_source.classes == 0 || m_source.classes == m_floats.classes;
    if (!m_question.classes || !fits || !sameClasses || m_source.labels.size() != m_floats.count) m_source.labels.clear();
    if (hasLabels()) dropForeignLabels();
    if (m_question.classes) m_floatCorrect = hasLabels() ? correctnessOf(m_floats, m_source.labels) : std::vector<char>(m_floats.count, 1);
    if (std::ranges::count(network.nodes, "QuantizeLinear", &foreign::Node::op) > 0)
        m_source.inputs =
            text("%1; the file is quantized already: all is compared with it as it is, and its rounding stays", m_source.inputs);
    if (const Text note = foreign::halvesNote(m_source.network); !note.empty()) m_source.inputs = text("%1; %2", m_source.inputs, note);
    std::vector<std::string> names;
    for (const foreign::WeightLayer& layer : m_plain->layers()) names.push_back(layer.name);
    m_names = shortNames(names);
    m_probed = options(0, spec);
    m_probed.weightFormat = nullptr;
    m_probed.activationBits = 8;
    m_probed.layers.clear();
}

void Shrinker::dropForeignLabels()
{
    const Interval share = accuracyInterval(correctnessOf(m_floats, m_source.labels));
    if (!m_source.isFile || share.low > 1.0 / static_cast<double>(m_floats.classes)) return;
    m_source.labels.clear();
    m_source.inputs =
        text("%1; the model does not know their classes: %2 right, no better than guessing", m_source.inputs, percent(share.mean, 1));
}

const std::vector<int>& Shrinker::probedBits()
{
    static const std::vector<int> bits{8, 4, 3, 2};
    return bits;
}

void Shrinker::measureSensitivity(const std::function<void(double)>& progress)
{
    const std::size_t samples = std::min(kProbeSamples, foreign::sampleCount(m_plain->network(), m_source.test));
    const NamedArrays probes = foreign::samplesOf(m_plain->network(), m_source.test, 0, samples);
    m_sensitivity = foreign::sensitivityOf(*m_plain, m_probed, probedBits(), probes, m_pool, progress, m_keepGoing);
}

std::size_t Shrinker::probedColumn(int bits)
{
    const std::vector<int>& probed = probedBits();
    std::size_t column = 0;
    while (column + 1 < probed.size() && probed[column] > bits) ++column;
    return column;
}

double Shrinker::damage(std::size_t layer, int bits) const
{
    return m_sensitivity->weights[layer][probedColumn(bits)].damage(m_question.classes);
}

const foreign::Quantizer& Shrinker::quantizer(Taken taken)
{
    const bool equalized = (taken & kEqualize) && m_equalized.pairs > 0, ranges = taken & kRanges;
    if (!equalized && !ranges) return *m_plain;
    std::optional<foreign::Quantizer>& wanted = m_others[equalized && ranges ? 2 : ranges ? 1 : 0];
    if (!wanted)
        wanted.emplace(
            equalized ? m_equalized.network : m_source.network, m_source.calibration, ranges ? "mse" : m_observer, m_pool, m_keepGoing);
    return *wanted;
}

QuantizationOptions Shrinker::options(Taken taken, const Spec& spec) const
{
    const int bits = static_cast<int>(spec.integer("quant.bits"));
    QuantizationOptions o{.weightBits = bits,
        .weightScheme = quantScheme(spec),
        .activationBits = quantActivationBits(spec),
        .profile = quantProfile(spec),
        .weightFormat = quantFormat(spec),
        .edgesAt8 = spec.flag("quant.edges_at_8")};
    if (taken & kRanges) o.weightObserver = "mse";
    if (taken & kPerChannel) o.granularity.kind = Granularity::Kind::PerChannel;
    if ((taken & kMixed) && m_sensitivity) {
        const foreign::Quantized low = m_plain->quantize(o);
        std::vector<double> damages;
        std::int64_t weights = 0;
        for (std::size_t l = 0; l < low.layers.size(); ++l) {
            damages.push_back(damage(l, bits));
            weights += static_cast<std::int64_t>(low.layers[l].before.size());
        }
        o.layers = mixedPrecision(low.layers, damages, bits, 8, o.activationBits, weights * bits / 8 * 5 / 4);
    }
    const std::map<std::string, int> own = layerBitsIn(spec.word("own.layers"));
    for (std::size_t l = 0; l < m_names.size(); ++l)
        for (const std::string& name : {m_names[l], m_plain->layers()[l].name})
            if (const auto found = own.find(name); found != own.end())
                o.layers[m_plain->layers()[l].name] = {found->second, found->second == 0 ? 0 : o.activationBits};
    return o;
}

foreign::Quantized Shrinker::quantized(Taken taken, const Spec& spec)
{
    if (taken & kLearn) return learned(taken, spec);
    const foreign::Quantizer& q = quantizer(taken);
    foreign::Quantized network = q.quantize(options(taken, spec));
    if (taken & kBias) {
        const std::size_t samples = std::min(kBiasSamples, foreign::sampleCount(q.network(), m_source.calibration));
        foreign::correctBias(network, q, foreign::samplesOf(q.network(), m_source.calibration, 0, samples), m_pool, m_keepGoing);
    }
    return network;
}

Measured Shrinker::measured(const foreign::Quantized& network) const
{
    Measured m = besideFloat(foreign::answersOf(network.network, m_question, m_source.test, m_pool, m_keepGoing));
    m.bytes = network.bytes();
    return m;
}

Measured Shrinker::measured(const foreign::Network& other) const
{
    const foreign::Network network = foreign::turnedLike(m_plain->network(), foreign::withRealOutputs(other));
    const NamedArrays inputs = foreign::matched(network, foreign::turnedFor(network, m_source.test));
    const Logits found = foreign::answersOf(network, foreign::questionOf(network), inputs, m_pool, m_keepGoing);
    if (found.classes != m_floats.classes || found.count != m_floats.count)
        throw Error("own.theirs",
            text("it answers with %1 numbers, where the model answers with %2", std::to_string(found.classes),
                std::to_string(m_floats.classes)),
            text("choose a file of the same network"));
    return besideFloat(found);
}

Measured Shrinker::besideFloat(const Logits& found) const
{
    Measured m{.deviation = between(m_floats, found, m_question.classes)};
    if (m_question.classes) m.correct = correctnessOf(found, hasLabels() ? m_source.labels : classesOf(m_floats));
    return m;
}

double Shrinker::judged(const foreign::Quantized& network) const
{
    const Logits found = foreign::answersOf(network.network, m_question, m_guard, m_pool, m_keepGoing);
    return between(m_guardFloats, found, m_question.classes).damage(m_question.classes);
}

std::vector<std::string> Shrinker::unknownLayers(const Spec& spec) const
{
    std::vector<std::string> unknown;
    for (const auto& entry : layerBitsIn(spec.word("own.layers"))) {
        const std::string& name = entry.first;
        const bool known = std::ranges::count(m_names, name)
            || std::ranges::any_of(m_plain->layers(), [&](const foreign::WeightLayer& l) { return l.name == name; });
        if (!known) unknown.push_back(name);
    }
    return unknown;
}

std::map<std::string, int> layerBitsIn(const std::string& words)
{
    const Problem problem = layerBitsProblem(words);
    if (!problem.what.empty()) throw Error("own.layers", problem.what, problem.hint);
    std::map<std::string, int> bits;
    for (const std::string& word : split(words, ' '))
        if (!word.empty()) bits[word.substr(0, word.rfind('='))] = word.back() - '0';
    return bits;
}

Problem layerBitsProblem(const std::string& words)
{
    for (const std::string& word : split(words, ' ')) {
        const std::size_t equals = word.rfind('=');
        const bool right = equals != std::string::npos && equals > 0 && equals + 2 == word.size()
            && std::string_view("02345678").find(word.back()) != std::string_view::npos;
        if (!word.empty() && !right)
            return {{}, text("cannot read %1", "\"" + word + "\""), text("write a layer and its bits, such as conv1=8; 0 leaves it float")};
    }
    return {};
}

std::vector<std::string> shortNames(const std::vector<std::string>& names)
{
    std::vector<std::string> shorter;
    for (const std::string& name : names) shorter.push_back(name.substr(0, name.find(';')));
    std::size_t common = shorter.empty() ? 0 : shorter[0].rfind('/') + 1;
    for (const std::string& name : shorter)
        while (common > 0 && name.compare(0, common, shorter[0], 0, common) != 0) {
            const std::size_t before = common < 2 ? std::string::npos : shorter[0].rfind('/', common - 2);
            common = before == std::string::npos ? 0 : before + 1;
        }
    for (std::string& name : shorter) {
        name.erase(0, common);
        std::ranges::replace(name, ' ', '_'); // names are separated by spaces
    }
    return std::set(shorter.begin(), shorter.end()).size() == names.size() ? shorter : names;
}

} // namespace bitstill::own_model
