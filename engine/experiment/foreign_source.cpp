#include "engine/experiment/foreign_source.h"

#include "engine/core/error.h"
#include "engine/core/fnv.h"
#include "engine/core/memory_budget.h"
#include "engine/data/sample.h"
#include "engine/experiment/groups.h"
#include "engine/models/cut.h"
#include "engine/models/inputs.h"
#include "engine/models/open.h"
#include "engine/models/samples.h"

#include <algorithm>

namespace bitstill::own_model {

namespace {

foreign::InputFile readSamples(const Source& source, const std::string& file)
{
    if (file.empty()) throw Error("inputs.file", text("no file is chosen"), text("choose one, or other inputs"));
    foreign::InputFile found = foreign::readInputs(source.network, file);
    if (foreign::sampleCount(source.network, found.inputs) == 0)
        throw Error("inputs.file", text("there is no sample in the file"), text("choose another"));
    return found;
}

/// Of so many samples in a file the first that is tested.
std::size_t firstTested(std::size_t all, std::size_t test) { return all - std::min(test, std::max<std::size_t>(all / 2, 1)); }

/// The middle of the file's samples belongs to neither: calibration begins at the front, the test at the end.
void feedFromFile(Source& source, const std::string& file, std::size_t calibration, std::size_t test)
{
    const foreign::InputFile found = readSamples(source, file);
    const std::size_t all = foreign::sampleCount(source.network, found.inputs);
    const std::size_t first = firstTested(all, test), own = all - first;
    source.from = "file";
    source.calibration = foreign::samplesOf(source.network, found.inputs, 0, std::min(calibration, std::max<std::size_t>(first, 1)));
    source.test = foreign::samplesOf(source.network, found.inputs, first, own);
    if (found.labels.size() == all) source.labels.assign(found.labels.begin() + static_cast<std::ptrdiff_t>(first), found.labels.end());
    source.inputs = text("%1 of %2 samples of the file", grouped(static_cast<std::int64_t>(own)), grouped(static_cast<std::int64_t>(all)));
}

foreign::Preprocessing preprocessingIn(const Spec& spec)
{
    return {
        .scale = foreign::scaleOf(spec.word("inputs.scale")), .mean = spec.real("inputs.mean"), .deviation = spec.real("inputs.deviation")};
}

void feedFromData(Source& source, const Spec& spec, const Dataset& data, std::size_t calibration, std::size_t test)
{
    const foreign::Preprocessing p = preprocessingIn(spec);
    const Samples some = sampleOf(data, data.test, test, spec.seed);
    source.calibration = foreign::inputsFrom(source.network, data, sampleOf(data, data.train, calibration, spec.seed), p);
    source.test = foreign::inputsFrom(source.network, data, some, p);
    source.from = "data";
    source.labels = some.labels;
    source.classes = static_cast<std::size_t>(data.classCount());
    source.inputs = text("%1 test samples of %2", grouped(static_cast<std::int64_t>(some.count())), data.name);
}

} // namespace

std::vector<Field::Choice> scaleChoices()
{
    return {{"training", text("mean 0, deviation 1")}, {"0..1", text("0 to 1")}, {"0..255", text("0 to 255")}, {"-1..1", text("−1 to 1")}};
}

Fields inputFields()
{
    const Text group = text("Inputs");
    std::vector<Field::Choice> scales = scaleChoices();
    scales.push_back({"own", text("your own mean and deviation")});
    const Field::Condition fromData{"inputs.from", {"auto", "data"}}, own{"inputs.scale", {"own"}};
    return {
        {.key = "inputs.from",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Inputs"),
            .help = text("What calibrates and tests the model: the data set, a file, or random numbers, which say nothing about accuracy."),
            .initial = std::string("auto"),
            .choices = {{"auto", text("the data set where it fits")}, {"data", text("the data set")}, {"file", text("a file")},
                {"random", text("random numbers")}}},
        {.key = "inputs.file",
            .kind = Field::Kind::File,
            .group = group,
            .label = text("File with inputs"),
            .help = text("A .npz, .npy or .safetensors with samples as the model takes them; classes in an array called labels."),
            .initial = std::string(),
            .visibleWhen = {"inputs.from", {"file"}}},
        {.key = "inputs.scale",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Pixel values"),
            .help = text("The range of pixel values that the model was trained with."),
            .initial = std::string("training"),
            .choices = scales,
            .visibleWhen = fromData},
        {.key = "inputs.mean",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Mean"),
            .help = text("Subtracted from pixels of 0 to 1."),
            .initial = 0.5,
            .low = -255,
            .high = 255,
            .visibleWhen = own},
        {.key = "inputs.deviation",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Deviation"),
            .help = text("What they are divided by after that."),
            .initial = 0.5,
            .low = 0.001,
            .high = 255,
            .visibleWhen = own},
        {.key = "inputs.count",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Test samples"),
            .help = text("Samples on which float and quantized outputs are compared."),
            .initial = std::int64_t{256},
            .low = 8,
            .high = 10000,
            .logarithmic = true},
    };
}

foreign::Network openedAndCut(const Spec& spec)
{
    foreign::Network network = foreign::openNetwork(spec.word("model.file"));
    try {
        return foreign::cutBehind(std::move(network), spec.word("model.cut"));
    } catch (const Error& e) {
        throw Error("model.cut", e.problem(), e.hint());
    }
}

void feed(Source& source, const Spec& spec, const std::function<Dataset()>& data)
{
    const std::string& from = spec.word("inputs.from");
    const auto calibration = static_cast<std::size_t>(spec.integer("quant.calibration"));
    const auto test = static_cast<std::size_t>(spec.integer("inputs.count"));
    if (from == "file") return feedFromFile(source, spec.word("inputs.file"), calibration, test);
    if (from == "data") return feedFromData(source, spec, data(), calibration, test);
    if (from == "auto") try {
            return feedFromData(source, spec, data(), calibration, test);
        } catch (const Error&) { // said with the inputs that stand in
        }
    source.from = "random";
    source.calibration = foreign::randomInputs(source.network, calibration, spec.seed);
    source.test = foreign::randomInputs(source.network, test, spec.seed + 1);
    source.inputs =
        text("%1 samples of random numbers: how far outputs move, but not how accurate they are", grouped(static_cast<std::int64_t>(test)));
}

Practice practiceFor(const Source& source, const Spec& spec, const std::function<Dataset()>& data)
{
    const auto count = static_cast<std::size_t>(spec.integer("repair.samples"));
    double floats = 0; // of one sample
    for (const auto& input : source.test) floats += static_cast<double>(input.second.size());
    floats /= static_cast<double>(std::max<std::size_t>(foreign::sampleCount(source.network, source.test), 1));
    requireMemory("repair.samples", text("learning from %1 samples", grouped(static_cast<std::int64_t>(count))),
        floats * static_cast<double>(count) * sizeof(float) * 2, text("choose fewer"));
    if (source.from == "file") {
        const foreign::InputFile found = readSamples(source, spec.word("inputs.file"));
        const std::size_t all = foreign::sampleCount(source.network, found.inputs);
        const std::size_t own = std::min(count, firstTested(all, static_cast<std::size_t>(spec.integer("inputs.count"))));
        if (own == 0) throw Error("inputs.file", text("its only sample is the one that tests"), text("choose a file of more samples"));
        Practice practice{.inputs = foreign::samplesOf(source.network, found.inputs, 0, own)};
        if (found.labels.size() == all)
            practice.labels.assign(found.labels.begin(), found.labels.begin() + static_cast<std::ptrdiff_t>(own));
        return practice;
    }
    if (source.from == "random") return {.inputs = foreign::randomInputs(source.network, count, spec.seed)};
    const Dataset all = data();
    const Samples some = sampleOf(all, all.train, count, spec.seed);
    return {foreign::inputsFrom(source.network, all, some, preprocessingIn(spec)), some.labels};
}

std::uint64_t fingerprintOf(const Source& source)
{
    std::uint64_t hash = fnv1a("");
    for (const auto& input : source.test) hash = fnv1a(bytesOf(input.second), hash);
    return fnv1a(source.labels, hash);
}

} // namespace bitstill::own_model
