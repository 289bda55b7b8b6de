#include "engine/experiment/foreign_teacher.h"

#include "engine/core/error.h"
#include "engine/core/fnv.h"
#include "engine/data/catalogue.h"
#include "engine/data/sample.h"
#include "engine/experiment/foreign_source.h"
#include "engine/experiment/groups.h"
#include "engine/io/files.h"
#include "engine/models/inputs.h"
#include "engine/models/open.h"
#include "engine/models/shrink/answers.h"
#include "engine/models/understand.h"

#include <algorithm>
#include <numeric>

namespace bitstill {

namespace {

constexpr const char* kFile = "distill.teacher_file";
constexpr std::size_t kAtOnce = 256; ///< samples whose inputs are in memory
constexpr std::size_t kLargestFile = (std::size_t{1} << 31) - 1;

struct Classifier {
    foreign::Network network;
    foreign::Question question;
};

Classifier opened(const Spec& spec)
{
    foreign::Network network = foreign::withRealOutputs(foreign::openNetwork(spec.word(kFile)));
    if (const foreign::Reach reach = foreign::reachOf(network); reach.kind != foreign::Reach::Kind::Whole)
        throw Error(kFile, text("it does not run whole here: %1", reach.why), text("choose another teacher"));
    foreign::Question question = foreign::questionOf(network);
    if (!question.classes)
        throw Error(
            kFile, text("is no classifier: nothing in it is one row of numbers, one for each class"), text("choose another teacher"));
    return {std::move(network), std::move(question)};
}

/// `before`: answered already, of as many as there are training and test samples.
Logits logitsOf(const Classifier& classifier, const TrainingRunner& runner, const Samples& samples, std::size_t before)
{
    const Dataset& data = runner.data();
    const foreign::Preprocessing p{.scale = foreign::scaleOf(runner.context().spec().word("distill.teacher_scale"))};
    const auto classes = static_cast<std::size_t>(data.classCount());
    Logits all{{}, samples.count(), classes};
    const auto count = static_cast<double>(data.train.count() + data.test.count());
    for (std::size_t first = 0; first < samples.count(); first += kAtOnce) {
        runner.reached(static_cast<double>(before + first) / count);
        std::vector<std::uint32_t> rows(std::min(kAtOnce, samples.count() - first));
        std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
        const NamedArrays inputs = foreign::inputsFrom(classifier.network, data, rowsOf(data, samples, rows), p);
        const Logits some =
            foreign::answersOf(classifier.network, classifier.question, inputs, runner.context().pool(), runner.keepGoing());
        if (some.classes != classes)
            throw Error(kFile, text("tells %1 classes apart, the data have %2", std::to_string(some.classes), std::to_string(classes)),
                text("choose a teacher of the same classes, in the same order"));
        all.values.insert(all.values.end(), some.values.begin(), some.values.end());
    }
    return all;
}

} // namespace

Field foreignTeacherScaleField()
{
    return {.key = "distill.teacher_scale",
        .kind = Field::Kind::Choice,
        .group = text("Teacher"),
        .label = text("Pixels of an ONNX teacher"),
        .help = text("The range of pixel values that a teacher from an .onnx or .tflite file was trained with."),
        .initial = std::string("training"),
        .choices = own_model::scaleChoices(),
        .visibleWhen = {.key = kFile, .values = {""}, .isOther = true}};
}

bool hasForeignTeacher(const Spec& spec)
{
    const std::string& file = spec.word(kFile);
    return !file.empty() && foreign::networkFileOf(file) != foreign::NetworkFile::none;
}

std::string foreignTeacherKey(const Spec& spec)
{
    if (datasetInfo(spec.word("data.set")).needsPath) return {};
    const std::uint64_t hash = fnv1a(readFile(spec.word(kFile), kLargestFile));
    std::string key =
        "file=" + std::to_string(hash) + ";scale=" + spec.word("distill.teacher_scale") + ";seed=" + std::to_string(spec.seed);
    for (const auto& [name, value] : spec.values)
        if (name.starts_with("data.")) key += ";" + name + "=" + describe(value);
    return key;
}

Teacher foreignTeacher(const TrainingRunner& runner)
{
    const Classifier classifier = opened(runner.context().spec());
    try {
        Teacher teacher;
        teacher.training = logitsOf(classifier, runner, runner.data().train, 0);
        teacher.test = logitsOf(classifier, runner, runner.data().test, teacher.training.count);
        refuseNonsense(teacher.training, runner.context().spec());
        return teacher;
    } catch (const Error& e) {
        throw Error(kFile, e.problem(), e.where().english() == kFile ? e.hint() : text("choose another teacher, or other data"));
    }
}

} // namespace bitstill
