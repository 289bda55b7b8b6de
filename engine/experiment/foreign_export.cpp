#include "engine/experiment/foreign_export.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/data/catalogue.h"
#include "engine/experiment/foreign_shrinker.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/record.h"
#include "engine/models/export/network_onnx.h"
#include "engine/models/export/qdq_network.h"
#include "engine/models/open.h"

#include <algorithm>

namespace bitstill::own_model {

namespace {

Dataset dataIn(const Spec& spec, const std::function<bool()>& keepGoing)
{
    DatasetOptions options = datasetOptions(spec);
    options.keepGoing = keepGoing;
    return loadDataset(spec.word("data.set"), options);
}

Source opened(const Spec& spec, const std::function<Dataset()>& data)
{
    Source source{.network = openedAndCut(spec)};
    feed(source, spec, data);
    return source;
}

ExportNotes notesOf(const Spec& spec, bool rounds)
{
    ExportNotes notes{{"bitstill.version", versionText()}, {"bitstill.source", provenance(spec)}, {"bitstill.spec", specHash(spec)}};
    notes["bitstill.precision"] = rounds ? std::to_string(spec.integer("quant.bits")) + " bits" : "float32";
    return notes;
}

} // namespace

WrittenModel writeModel(const Spec& spec, bool rounds, ExportTarget target, const std::filesystem::path& file, ThreadPool& pool,
    const std::function<bool()>& keepGoing)
{
    const auto data = [&] { return dataIn(spec, keepGoing); };
    Shrinker shrinker(opened(spec, data), spec, pool, keepGoing);
    shrinker.learnFrom([&] { return practiceFor(shrinker.source(), spec, data); },
        [&](const StepReport&) { return !keepGoing || keepGoing() ? true : throw Stopped{}; });
    const Taken taken = shrinker.taken(spec);
    if (rounds && (taken & kMixed)) shrinker.measureSensitivity({});
    foreign::Network expected = shrinker.plain().network();
    std::string bytes;
    if (rounds) {
        foreign::Quantized quantized = shrinker.quantized(taken, spec);
        bytes = foreign::onnxBytes(foreign::qdqNetwork(quantized, target), notesOf(spec, true));
        expected = std::move(quantized.network);
    } else {
        bytes = foreign::onnxBytes(expected, notesOf(spec, false));
    }
    writeOnnx(file, bytes, FileRules::Valid);
    const foreign::Network again = foreign::openNetwork(file);
    const NamedArrays& test = shrinker.source().test;
    const Logits wanted = foreign::answersOf(expected, foreign::questionOf(expected), test, pool, keepGoing);
    const Logits found = foreign::answersOf(again, foreign::questionOf(again), test, pool, keepGoing);
    WrittenModel written{.bytes = bytes.size(), .samples = wanted.count};
    foreign::Deviation deviation(wanted.count);
    if (found.classes != wanted.classes) return written; // something else altogether: nothing is equal
    for (std::size_t i = 0; i < wanted.count; ++i) {
        deviation.compare(i, wanted.row(i), found.row(i), wanted.classes, false);
        written.equal += std::equal(wanted.row(i), wanted.row(i) + wanted.classes, found.row(i));
    }
    written.sqnrDb = deviation.sqnrDb();
    return written;
}

} // namespace bitstill::own_model
