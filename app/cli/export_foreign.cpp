#include "app/cli/export_parts.h"
#include "app/cli/foreign_rounding.h"
#include "app/cli/language.h"
#include "app/cli/onnxruntime.h"

#include "engine/core/thread_pool.h"
#include "engine/experiment/record.h"
#include "engine/io/json_text.h"
#include "engine/measure/error_measures.h"
#include "engine/models/cut.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/export/qdq_network.h"
#include "engine/models/inputs.h"
#include "engine/models/open.h"
#include "engine/models/run.h"
#include "engine/models/samples.h"
#include "engine/models/shrink/sensitivity.h"
#include "engine/models/types.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <span>

namespace bitstill::cli {

namespace {

using namespace foreign;

constexpr std::size_t kSamples = 64, kVerified = 16;
constexpr std::uint64_t kCalibrationSeed = 0, kVerificationSeed = 1;
constexpr int kAtOnce = 16; ///< samples in ONNX Runtime
/// What was written and what is read differ by the order of sums at most.
constexpr double kLeastSqnr = 60;

/// What a file computes beside what it should.
struct Compared {
    std::size_t samples = 0, equal = 0; ///< of classifiers: samples with the same class
    double largest = 0, sqnr = 0;
};

struct RuntimeCheck {
    std::string level, version;
    Compared compared;
};

/// A network on its way into a file.
struct Exported {
    Network expected; ///< what the file is to compute
    Text how;
    std::string bytes{};
    bool classes = false;
    std::optional<Compared> rounded{}; ///< beside the float network
    Compared back{}; ///< by our own reader
    std::vector<RuntimeCheck> runtime{};
};

const ValueInfo& infoOf(const Network& network, ValueId id) { return network.values[static_cast<std::size_t>(id)]; }

Text sourceOf(const ExportArguments& a)
{
    return a.calibrate.empty() ? text("random numbers") : Text(printable(std::filesystem::path(a.calibrate).filename().string()));
}

NamedArrays samplesFor(const Network& network, const ExportArguments& a, std::size_t count, std::uint64_t seed)
{
    if (a.calibrate.empty()) return randomInputs(network, count, seed);
    const NamedArrays all = readInputs(network, a.calibrate).inputs;
    return samplesOf(network, all, 0, std::min(count, sampleCount(network, all)));
}

/// How many the file has, or as many random ones as are wanted.
std::size_t calibrationCount(const ExportArguments& a)
{
    if (a.calibration > 0) return static_cast<std::size_t>(a.calibration);
    return a.calibrate.empty() ? kSamples : SIZE_MAX;
}

Compared compared(const Logits& expected, const std::vector<float>& found, bool classes)
{
    Deviation deviation(expected.count);
    Compared c{.samples = expected.count};
    for (std::size_t i = 0; i < expected.count; ++i) {
        const float *x = expected.row(i), *y = found.data() + i * expected.classes;
        deviation.compare(i, x, y, expected.classes, classes);
        c.largest = std::max(c.largest, largestError(x, y, expected.classes));
    }
    c.equal = static_cast<std::size_t>(std::ranges::count(deviation.same, 1));
    c.sqnr = deviation.sqnrDb();
    return c;
}

Text description(const ExportArguments& a, const QuantizationOptions& o, std::size_t samples)
{
    const std::string bits = std::to_string(o.weightBits), count = grouped(static_cast<std::int64_t>(samples));
    if (o.activationBits == 0)
        return a.perChannel ? text("%1-bit weights by channel, activations float", bits)
                            : text("%1-bit weights by tensor, activations float", bits);
    return a.perChannel ? text("%1-bit weights by channel, ranges of %2 samples of %3 (%4)", bits, count, sourceOf(a), kForeignObserver)
                        : text("%1-bit weights by tensor, ranges of %2 samples of %3 (%4)", bits, count, sourceOf(a), kForeignObserver);
}

Exported quantizedFile(const ExportArguments& a, Network network, ThreadPool& pool, ExportNotes notes)
{
    refuseRounded(network, a.what);
    const NamedArrays samples = samplesFor(network, a, calibrationCount(a), kCalibrationSeed);
    const std::size_t count = sampleCount(network, samples);
    const QuantizationOptions options = foreignOptions({a.precision == "int4", a.perChannel, a.bits, exportTargetOf(a.target)});
    const Quantizer quantizer = calibrated(std::move(network), samples, options, pool);
    if (a.calibrate.empty() && options.activationBits > 0)
        std::cerr << said(text(
            "No --calibrate: activation ranges are those of %1 random samples, not of what the network will see: do not use the file but for trials",
            grouped(static_cast<std::int64_t>(count))))
                  << '\n';
    Quantized q = quantizer.quantize(options);
    const Network qdq = qdqNetwork(q, exportTargetOf(a.target), a.precision == "int4");
    Exported e{.expected = std::move(q.network), .how = description(a, options, count)};
    notes["bitstill.precision"] = e.how.english();
    for (const auto& [layer, own] : options.layers) notes["bitstill.bits." + layer] = std::to_string(own.weight);
    e.bytes = onnxBytes(qdq, notes);
    if (a.samples(kVerified) == 0) return e;
    const NamedArrays seen = samplesFor(quantizer.network(), a, a.samples(kVerified), kVerificationSeed);
    const Question question = questionOf(quantizer.network());
    const Logits floats = answersOf(quantizer.network(), question, seen, pool);
    e.rounded = compared(floats, answersOf(e.expected, questionOf(e.expected), seen, pool).values, question.classes);
    return e;
}

Exported floatFile(const ExportArguments& a, Network network, ExportNotes notes)
{
    if (!a.bits.empty() || a.calibration > 0 || !a.calibrate.empty() || a.perChannel)
        throw WrongUse(text("--bits, --per-channel and calibration are about rounding; choose --precision int8"));
    const bool isRounded = std::ranges::count(network.nodes, "QuantizeLinear", &Node::op) > 0;
    notes["bitstill.precision"] = isRounded ? "as in the file" : "float32";
    Exported e{.expected = std::move(network), .how = isRounded ? text("rounded as in the file") : Text("float32")};
    e.bytes = onnxBytes(e.expected, notes);
    return e;
}

/// The first output for the samples, in rows.
Logits firstOutput(const Network& network, const NamedArrays& inputs, ThreadPool& pool)
{
    const Question first{.values = {network.outputs.front()}};
    return answersOf(network, first, inputs, pool);
}

RuntimeCheck askedRuntime(const ExportArguments& a, const Network& file, const NamedArrays& inputs, const Logits& expected, bool classes,
    const std::string& level)
{
    const ValueInfo& input = infoOf(file, file.inputs.front());
    const Array& array = inputs.at(input.name);
    const int atOnce = !takesSamples(file) ? array.shape.front() : input.shape.front() == 1 ? 1 : kAtOnce;
    const RuntimeAnswer answer = askOnnxRuntime(a.out, input.name, array, level, atOnce);
    const std::span<const float> output = answer.output;
    const std::size_t each = output.size() / expected.count;
    std::vector<float> found;
    for (std::size_t i = 0; i < expected.count; ++i) {
        const std::vector<float> row = thinned(output.subspan(i * each, each)); // as answersOf() does with ours
        found.insert(found.end(), row.begin(), row.end());
    }
    if (output.size() % expected.count != 0 || found.size() != expected.values.size())
        throw Error("onnxruntime", text("its output has %1 numbers", std::to_string(output.size())), text("please report this"));
    return {level, answer.version, compared(expected, found, classes)};
}

void verify(const ExportArguments& a, Exported& e, ThreadPool& pool)
{
    const std::size_t count = a.samples(kVerified);
    if (count == 0) return;
    const Network file = openNetwork(a.out);
    const NamedArrays inputs = samplesFor(file, a, count, kVerificationSeed);
    const Logits expected = firstOutput(e.expected, inputs, pool);
    const Question question = questionOf(e.expected);
    e.classes = question.classes && e.expected.outputs.size() == 1;
    e.back = compared(expected, firstOutput(file, inputs, pool).values, e.classes);
    if (e.back.sqnr < kLeastSqnr)
        throw Error(printable(a.out), text("read back, it computes something else: SQNR %1 dB", significant(e.back.sqnr, 3)),
            text("do not use the file, and please report this"));
    if (!a.asksRuntime()) return;
    const auto isFloat = [&](ValueId id) { return typesOf(file)[static_cast<std::size_t>(id)] == "F32"; };
    if (file.inputs.size() != 1 || !isFloat(file.inputs.front()) || !isFloat(file.outputs.front()))
        throw Error("onnxruntime", text("only files with one input and a first output of float32 are run there"),
            text("leave out --verify onnxruntime"));
    for (const char* level : kRuntimeLevels) e.runtime.push_back(askedRuntime(a, file, inputs, expected, e.classes, level));
}

/// "16 of 16 classes equal, largest difference 0.01, SQNR 40.1 dB"
std::string sentence(const Compared& c, bool classes)
{
    const std::string largest = significant(c.largest, 2);
    const Text what = c.largest == 0 ? text("no difference on %1 samples", grouped(static_cast<std::int64_t>(c.samples)))
        : classes ? text("%1 of %2 classes equal, largest difference %3, SQNR %4 dB", grouped(static_cast<std::int64_t>(c.equal)),
              grouped(static_cast<std::int64_t>(c.samples)), largest, significant(c.sqnr, 3))
                  : text("largest difference %1 on %2 samples, SQNR %3 dB", largest, grouped(static_cast<std::int64_t>(c.samples)),
                      significant(c.sqnr, 3));
    return said(what);
}

nlohmann::json json(const Compared& c, bool classes)
{
    nlohmann::json j{{"samples", c.samples}, {"largest_difference", c.largest}};
    if (c.largest > 0) j["sqnr_db"] = c.sqnr;
    if (classes) j["equal"] = c.equal;
    return j;
}

void print(const ExportArguments& a, const Exported& e)
{
    if (a.json) {
        nlohmann::json j{{"file", a.out}, {"bytes", e.bytes.size()}, {"model", printable(a.what)}, {"precision", a.precision},
            {"for", a.target}, {"inputs", sourceOf(a).english()}};
        if (e.rounded) j["beside_float"] = json(*e.rounded, e.classes);
        if (e.back.samples > 0) j["read_back"] = json(e.back, e.classes);
        for (const RuntimeCheck& check : e.runtime) {
            j["onnxruntime"][check.level] = json(check.compared, e.classes);
            j["onnxruntime"][check.level]["version"] = check.version;
        }
        std::cout << jsonText(j) << '\n';
        return;
    }
    std::cout << printable(a.out) << ": " << said(e.how) << ", " << bytesText(static_cast<std::int64_t>(e.bytes.size())) << '\n';
    if (e.rounded) std::cout << said(text("beside the float network: %1", sentence(*e.rounded, e.classes))) << '\n';
    if (e.back.samples > 0) std::cout << said(text("read back: %1", sentence(e.back, e.classes))) << '\n';
    for (const RuntimeCheck& check : e.runtime)
        std::cout << said(text("ONNX Runtime %1, %2: %3", check.version, levelName(check.level), sentence(check.compared, e.classes)))
                  << '\n';
}

} // namespace

int exportForeign(const ExportArguments& a)
{
    if (a.precision == "run") throw WrongUse(text("--precision run needs a run; choose int8"));
    if (!a.network.empty() || !a.model.empty() || !a.data.empty())
        throw WrongUse(text("--network, --model and --data are for networks that were trained here"));
    ThreadPool pool(a.threads > 0 ? a.threads : defaultThreads());
    Network network = cutBehind(openNetwork(a.what), a.cut);
    ExportNotes notes{
        {"bitstill.version", versionText()}, {"bitstill.source", printable(std::filesystem::path(a.what).filename().string())}};
    Exported e = a.precision == "float32" ? floatFile(a, std::move(network), std::move(notes))
                                          : quantizedFile(a, std::move(network), pool, std::move(notes));
    writeOnnx(a.out, e.bytes, FileRules::Valid);
    verify(a, e, pool);
    print(a, e);
    return 0;
}

} // namespace bitstill::cli
