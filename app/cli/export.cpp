#include "app/cli/export_parts.h"
#include "app/cli/language.h"
#include "app/cli/onnxruntime.h"
#include "app/cli/saved_network.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/data/sample.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/model_export.h"
#include "engine/io/json_text.h"
#include "engine/models/onnx/read.h"
#include "engine/models/open.h"
#include "engine/nn/evaluate.h"

#include <iostream>
#include <optional>

namespace bitstill::cli {

namespace {

constexpr int kAtOnce = 100; ///< samples in ONNX Runtime

/// As runtimes have kernels for, or what the run's own settings say.
QuantizationOptions optionsOf(const ExportArguments& a, const TrainedNetwork& saved)
{
    const Spec& spec = saved.spec;
    QuantizationOptions o = int8For(exportTargetOf(a.target));
    const auto has = [&](const char* key) { return spec.values.contains(key); };
    if (a.precision == "run") {
        if (!saved.isOfRun) throw WrongUse(text("--precision run needs a run; choose int8"));
        if (has("quant.format") && quantFormat(spec))
            throw WrongUse(text("--precision run: ONNX has no %1; choose int8", quantFormat(spec)->name));
        if (has("quant.bits")) o.weightBits = static_cast<int>(spec.integer("quant.bits"));
        if (has("quant.scheme")) o.weightScheme = quantScheme(spec);
        if (has("quant.granularity")) o.granularity = quantGranularity(spec);
        if (has("quant.activation_bits")) o.activationBits = quantActivationBits(spec);
        if (has("quant.edges_at_8")) o.edgesAt8 = spec.flag("quant.edges_at_8");
    }
    takeBits(a.bits, o);
    // Profile pytorch has scales of its own.
    if (a.precision == "run" && has("quant.profile") && quantProfile(spec) == Profile::PyTorch) o.profile = Profile::PyTorch;
    std::vector<std::string> layers;
    for (const Graph::Node& n : saved.graph.nodes())
        if (n.layer && n.layer->weights()) layers.push_back(n.name);
    requireLayers(o, layers);
    return o;
}

/// What ONNX Runtime made of the file at one of its levels.
struct RuntimeCheck {
    std::string level;
    std::string version;
    ReadBack compared;
    double accuracy = 0;
};

struct Verified {
    ReadBack back; ///< by our own reader
    std::vector<RuntimeCheck> runtime;
};

std::vector<RuntimeCheck> runtimeChecks(const foreign::Network& file, const ExportArguments& a, const TrainedNetwork& saved,
    const ExportedModel& exported, const std::vector<std::uint32_t>& rows)
{
    const Samples& test = saved.data.test;
    const Array input = exportInput(file, saved.data, test, rows);
    std::vector<RuntimeCheck> checks;
    for (const char* level : kRuntimeLevels) {
        RuntimeAnswer answer =
            askOnnxRuntime(a.out, file.values[static_cast<std::size_t>(file.inputs.front())].name, input, level, kAtOnce);
        if (answer.output.size() != rows.size() * exported.logits.classes)
            throw Error("onnxruntime", text("its output has %1 numbers", std::to_string(answer.output.size())), text("please report this"));
        const ReadBack difference = compared(answer.output.data(), rows, exported.logits);
        const Logits logits{std::move(answer.output), rows.size(), exported.logits.classes};
        checks.push_back({level, answer.version, difference, accuracy(logits, rowsOf(saved.data, test, rows))});
    }
    return checks;
}

/// What was written, read by our own reader and run, and by ONNX Runtime where that is asked for.
Verified verified(const ExportArguments& a, const TrainedNetwork& saved, const ExportedModel& exported, ThreadPool& pool)
{
    const Samples& test = saved.data.test;
    const std::vector<std::uint32_t> rows = sampledRows(test.count(), a.samples(1000), saved.spec.seed);
    Verified result{verifiedExport(a.out, saved, exported, rows, pool), {}};
    if (a.asksRuntime()) result.runtime = runtimeChecks(foreign::readOnnx(a.out), a, saved, exported, rows);
    return result;
}

nlohmann::json json(const ReadBack& back)
{
    return {{"samples", back.samples}, {"equal", back.equal}, {"largest_difference", back.largest}};
}

void print(const ExportArguments& a, const TrainedNetwork& saved, const ExportedModel& exported, const Verified& checks)
{
    if (a.json) {
        nlohmann::json j{{"file", a.out}, {"bytes", exported.bytes.size()}, {"model", saved.model}, {"precision", a.precision},
            {"for", a.target}, {"accuracy", exported.accuracy}, {"samples", saved.data.test.count()}};
        j["read_back"] = json(checks.back);
        for (const RuntimeCheck& check : checks.runtime) {
            nlohmann::json& said = j["onnxruntime"][check.level] = json(check.compared);
            said["accuracy"] = check.accuracy;
            said["version"] = check.version;
        }
        std::cout << jsonText(j) << '\n';
        return;
    }
    std::cout << printable(a.out) << ": " << saved.model << ", " << (exported.how.empty() ? "float32" : said(exported.how)) << ", "
              << bytesText(static_cast<std::int64_t>(exported.bytes.size())) << '\n'
              << said(text("accuracy %1 on %2 test samples", percent(exported.accuracy),
                     grouped(static_cast<std::int64_t>(saved.data.test.count()))))
              << '\n';
    const ReadBack& back = checks.back;
    if (back.samples > 0)
        std::cout << said(text("read back: %1 of %2 classes equal, largest difference %3", grouped(static_cast<std::int64_t>(back.equal)),
            grouped(static_cast<std::int64_t>(back.samples)), significant(back.largest, 2)))
                  << '\n';
    for (const RuntimeCheck& check : checks.runtime)
        std::cout << said(text("ONNX Runtime %1, %2: %3 of %4 classes equal, largest difference %5, accuracy %6 on them", check.version,
            levelName(check.level), grouped(static_cast<std::int64_t>(check.compared.equal)),
            grouped(static_cast<std::int64_t>(check.compared.samples)), significant(check.compared.largest, 2), percent(check.accuracy)))
                  << '\n';
}

} // namespace

int exportModel(const ExportArguments& given)
{
    ExportArguments a = given;
    if (a.precision.empty())
        a.precision = a.target.empty() && a.bits.empty() && a.calibration == 0 && a.calibrate.empty() ? "float32" : "int8";
    const std::optional<Spec> own = runFromElsewhere(a.what);
    if (own && given.precision.empty()) a.precision = "run";
    if (a.target.empty()) a.target = "any";
    a.samples(0); // before the work: is it a number?
    if (!a.out.ends_with(".onnx")) throw WrongUse(text("%1: only .onnx files are written", printable(a.out)));
    if (foreign::networkFileOf(a.what) != foreign::NetworkFile::none) return exportForeign(a);
    if (own) return exportOwnModel(a, *own);
    if (!a.calibrate.empty() || a.perChannel || !a.cut.empty())
        throw WrongUse(text("--calibrate, --per-channel and --cut are for .onnx and .tflite files"));
    const bool isFloat = a.precision == "float32", roundsWeightsAlone = a.precision == "int4";
    if ((isFloat || roundsWeightsAlone) && (!a.bits.empty() || a.calibration > 0))
        throw WrongUse(text("--bits and --calibration are about rounded activations too; choose --precision int8"));
    TrainedNetwork saved = loadSaved({a.what, a.network, a.model, a.data});
    ThreadPool pool(a.threads > 0 ? a.threads : defaultThreads());
    const auto calibration = static_cast<std::size_t>(a.calibration);
    const ExportedModel exported = isFloat ? exportedFloat(saved, pool)
        : roundsWeightsAlone
        ? exportedFourBit(saved, pool)
        : exportedQuantized(saved, optionsOf(a, saved), calibrationFor(saved, calibration), exportTargetOf(a.target), pool);
    writeOnnx(a.out, exported.bytes);
    print(a, saved, exported, verified(a, saved, exported, pool));
    return 0;
}

} // namespace bitstill::cli
