#include "app/cli/commands.h"
#include "app/cli/foreign_rounding.h"
#include "app/cli/language.h"

#include "engine/core/thread_pool.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/models/cut.h"
#include "engine/models/halves.h"
#include "engine/models/inputs.h"
#include "engine/models/open.h"
#include "engine/models/run.h"
#include "engine/models/tflite/run.h"

#include <algorithm>
#include <iostream>

namespace bitstill::cli {

namespace {

/// By the inputs' names, or, where those are others, in the order of their names.
NamedArrays runTflite(const std::string& file, const NamedArrays& arrays)
{
    const tflite::Model model = tflite::readModel(file);
    for (const Text& note : model.notes) std::cerr << said(note) << '\n';
    const auto nameOf = [&](tflite::TensorId id) { return model.tensors[static_cast<std::size_t>(id)].name; };
    const bool byName = std::ranges::all_of(model.inputs, [&](tflite::TensorId id) { return arrays.contains(nameOf(id)); });
    if (byName || arrays.size() != model.inputs.size()) return tflite::run(model, arrays);
    NamedArrays inputs;
    auto next = arrays.begin();
    for (const tflite::TensorId id : model.inputs) inputs.emplace(nameOf(id), (next++)->second);
    return tflite::run(model, inputs);
}

NamedArrays runNodes(const InferArguments& a, const NamedArrays& arrays)
{
    const foreign::Network network = foreign::cutBehind(foreign::openNetwork(a.model), a.cut);
    if (const Text note = foreign::halvesNote(network); !note.empty()) std::cerr << said(note) << '\n';
    ThreadPool pool(a.threads > 0 ? a.threads : defaultThreads());
    return foreign::run(network, foreign::matched(network, arrays), &pool);
}

/// As the file that `export --precision int8` writes would.
NamedArrays runRounded(const InferArguments& a, const NamedArrays& arrays)
{
    foreign::Network network = foreign::cutBehind(foreign::openNetwork(a.model), a.cut);
    refuseRounded(network, a.model);
    const NamedArrays inputs = foreign::matched(network, arrays);
    const NamedArrays samples = a.calibrate.empty() ? inputs : foreign::readInputs(network, a.calibrate).inputs;
    if (a.calibrate.empty())
        std::cerr << said(text("No --calibrate: activation ranges are those of the inputs themselves, which nobody else knows beforehand"))
                  << '\n';
    ThreadPool pool(a.threads > 0 ? a.threads : defaultThreads());
    const QuantizationOptions options = foreignOptions({.perChannel = a.perChannel, .bits = a.bits});
    const foreign::Quantizer quantizer = calibrated(std::move(network), samples, options, pool);
    return foreign::run(quantizer.quantize(options).network, inputs, &pool);
}

} // namespace

int infer(const InferArguments& a)
{
    const foreign::NetworkFile kind = foreign::networkFileOf(a.model);
    if (kind == foreign::NetworkFile::none) throw WrongUse(text("%1: only .onnx and .tflite files are run", printable(a.model)));
    if (!a.out.ends_with(".safetensors")) throw WrongUse(text("%1: only .safetensors files are written", printable(a.out)));
    if (a.precision == "float32" && a.saysHow())
        throw WrongUse(text("--bits, --per-channel and calibration are about rounding; choose --precision int8"));
    const std::optional<NamedArrays> arrays = readArrays(a.input);
    if (!arrays) throw WrongUse(text("%1: only .safetensors, .npy and .npz files are read", printable(a.input)));
    const bool asTflite = kind == foreign::NetworkFile::tflite && a.cut.empty();
    const NamedArrays outputs = a.rounds() ? runRounded(a, *arrays) : asTflite ? runTflite(a.model, *arrays) : runNodes(a, *arrays);
    std::map<std::string, std::string> about{{"model", printable(a.model)}};
    if (a.rounds()) about["precision"] = "int8";
    writeFile(a.out, safetensorsBytes(outputs, about));
    for (const auto& [name, array] : outputs) std::cout << printable(name) << "  " << array.type() << "  " << describe(array.shape) << '\n';
    return 0;
}

} // namespace bitstill::cli
