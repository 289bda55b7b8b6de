#include "engine/experiment/model_export.h"

#include "engine/core/error.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/record.h"
#include "engine/models/onnx/read.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr int kBatch = 256;
/// Rounding ties change a class now and then; a file that is wrong changes most.
constexpr double kLeastEqual = 0.98;

ExportNotes notesOf(const TrainedNetwork& network)
{
    ExportNotes notes{{"bitstill.version", versionText()}, {"bitstill.model", network.model},
        {"bitstill.data", network.spec.word("data.set")}, {"bitstill.classes", joined(network.data.classes)}};
    if (network.isOfRun) {
        notes["bitstill.source"] = provenance(network.spec);
        notes["bitstill.spec"] = specHash(network.spec);
        notes["bitstill.network"] = network.name;
    }
    if (!network.data.test.bytes.empty())
        notes["bitstill.input"] = "(pixel/255 - " + shortest(network.data.mean) + ")/" + shortest(network.data.deviation);
    return notes;
}

void measure(Pass& pass, const TrainedNetwork& network, ExportedModel& exported, ExportNotes& notes, const KeepGoing& keepGoing)
{
    const Samples& test = network.data.test;
    exported.logits = evaluate(pass, network.data, test, test.count(), keepGoing);
    if (exported.logits.count < test.count()) throw Stopped{};
    exported.accuracy = accuracy(exported.logits, test);
    notes["bitstill.accuracy"] = shortest(exported.accuracy) + " on " + std::to_string(test.count()) + " test samples";
}

} // namespace

QuantizationOptions int8For(ExportTarget target)
{
    QuantizationOptions o{.granularity = {.kind = Granularity::Kind::PerChannel}};
    if (target == ExportTarget::TensorRt) o.activationScheme = Scheme::Symmetric;
    o.profile = Profile::Onnx; // the file's rounding is ONNX's, whatever the run's was
    return o;
}

Calibration calibrationFor(const TrainedNetwork& network, std::size_t samples)
{
    Calibration c{.seed = network.spec.seed};
    if (network.spec.values.contains("quant.calibration")) c = quantCalibration(network.spec);
    if (samples > 0) c.samples = samples;
    c.samples = std::min(c.samples, network.data.train.count());
    return c;
}

ExportedModel exportedFloat(TrainedNetwork& network, ThreadPool& pool, const KeepGoing& keepGoing)
{
    ExportedModel exported;
    ExportNotes notes = notesOf(network);
    notes["bitstill.precision"] = "float32";
    Pass pass(network.graph, kBatch, Pass::Mode::Inference, pool);
    measure(pass, network, exported, notes, keepGoing);
    exported.bytes = onnxBytes(network.graph, notes);
    return exported;
}

ExportedModel exportedFourBit(const TrainedNetwork& network, ThreadPool& pool)
{
    ExportedModel exported;
    ExportNotes notes = notesOf(network);
    FourBitWeights weights(network.graph);
    exported.how = text("4-bit weights in blocks of %1 inputs, activations float", std::to_string(weights.block));
    notes["bitstill.precision"] = exported.how.english();
    Pass pass(weights.rounded, kBatch, Pass::Mode::Inference, pool);
    measure(pass, network, exported, notes, {});
    exported.bytes = onnxBytes(weights, notes);
    return exported;
}

ExportedModel exportedQuantized(const TrainedNetwork& network, const QuantizationOptions& options, const Calibration& calibration,
    ExportTarget target, ThreadPool& pool, const KeepGoing& keepGoing)
{
    ExportedModel exported;
    ExportNotes notes = notesOf(network);
    QuantizedNetwork quantized(network.graph, network.data, calibration, pool, keepGoing);
    quantized.quantize(options);
    const std::string samples = grouped(static_cast<std::int64_t>(calibration.samples)), set = network.spec.word("data.set");
    const std::string bits = std::to_string(options.weightBits);
    exported.how = options.granularity.kind == Granularity::Kind::PerChannel
        ? text("%1-bit weights by channel, ranges of %2 samples of %3 (%4)", bits, samples, set, calibration.observer)
        : text("%1-bit weights by tensor, ranges of %2 samples of %3 (%4)", bits, samples, set, calibration.observer);
    notes["bitstill.precision"] = exported.how.english();
    notes["bitstill.calibration"] = std::to_string(calibration.samples) + " samples of " + set + ", " + calibration.observer + ", seed "
        + std::to_string(calibration.seed);
    for (const auto& [layer, own] : options.layers) notes["bitstill.bits." + layer] = std::to_string(own.weight);
    measure(quantized.pass(), network, exported, notes, keepGoing);
    exported.bytes = onnxBytes(quantized, target, notes);
    return exported;
}

ReadBack verifiedExport(const std::filesystem::path& file, const TrainedNetwork& network, const ExportedModel& exported,
    const std::vector<std::uint32_t>& rows, ThreadPool& pool)
{
    const ReadBack back = readBack(foreign::readOnnx(file), network.data, network.data.test, rows, exported.logits, pool);
    if (static_cast<double>(back.equal) < kLeastEqual * static_cast<double>(back.samples))
        throw Error(file.string(),
            text("read back, only %1 of %2 classes are equal", std::to_string(back.equal), std::to_string(back.samples)),
            text("do not use the file, and please report this"));
    return back;
}

} // namespace bitstill
