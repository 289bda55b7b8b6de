#include "engine/core/rng.h"
#include "engine/distill/method.h"
#include "engine/experiment/foreign_teacher.h"
#include "engine/experiment/groups.h"

#include <algorithm>
#include <numeric>

namespace bitstill {

Fields teacherFields()
{
    const Text group = text("Teacher");
    Field model = modelFields().at("model.name");
    model.key = "distill.teacher";
    model.group = group;
    model.label = text("Teacher");
    model.initial = std::string("cnn-8-16");
    return {model,
        {.key = "distill.teacher_epochs",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Teacher epochs"),
            .help = text("Epochs that the teacher trains, on all training samples."),
            .initial = std::int64_t{3},
            .low = 1,
            .high = 100}};
}

Fields teachersFields()
{
    const Text group = text("Teacher");
    return teacherFields()
        .with({.key = "distill.ensemble",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Teachers"),
            .help = text("Number of teachers; the student learns from the mean of their logits."),
            .initial = std::int64_t{1},
            .low = 1,
            .high = 10})
        .with({.key = "distill.teacher_file",
            .kind = Field::Kind::File,
            .group = group,
            .label = text("Saved teacher"),
            .help =
                text("A model.safetensors of the network above, or a classifier of the same classes (.onnx, .tflite); empty trains one."),
            .initial = std::string()})
        .with(foreignTeacherScaleField());
}

Field teacherDataField()
{
    return {.key = "distill.teacher_data",
        .kind = Field::Kind::Choice,
        .group = text("Teacher"),
        .label = text("Teacher's data"),
        .help = text("All training samples, or only the student's; then it trains for as many steps as the student."),
        .initial = std::string("all"),
        .choices = {{"all", text("all samples")}, {"same", text("the student's samples")}}};
}

Field temperatureField(double initial)
{
    return {.key = "distill.temperature",
        .kind = Field::Kind::Real,
        .group = text("Distillation"),
        .label = text("Temperature"),
        .help = text("Divides the logits before the softmax; 1 is the network as it is, more spreads its belief."),
        .initial = initial,
        .low = 0.1,
        .high = 50,
        .logarithmic = true,
        .ticks = {1, 2, 4, 8},
        .live = true};
}

Field studentField()
{
    Field model = modelFields().at("model.name");
    model.group = text("Student");
    model.initial = std::string("mlp-32");
    return model;
}

namespace {

template <class Which> std::vector<std::string> methodNames(const Which& which)
{
    std::vector<std::string> names;
    for (const DistillMethod& m : distillMethods())
        if (which(m)) names.push_back(m.name);
    return names;
}

using Source = DistillMethod::Source;

/// Features are compared beside the labels in full, and two students that teach each other weigh label and peer alike, at T = 1.
bool hasTeacherWeight(const DistillMethod& m) { return m.loss && m.source != Source::Peer; }
bool hasTemperature(const DistillMethod& m) { return hasTeacherWeight(m) && m.usesTemperature; }

Field visibleFor(bool (*which)(const DistillMethod&), Field field)
{
    field.visibleWhen = {"distill.method", methodNames(which)};
    return field;
}

Field assistantField()
{
    Field model = modelFields().at("model.name");
    model.key = "distill.assistant";
    model.group = text("Distillation");
    model.label = text("Assistant");
    model.help = text("The network between teacher and student, for the method assistant.");
    model.initial = std::string("mlp-128");
    model.visibleWhen = {"distill.method", {"assistant"}};
    return model;
}

} // namespace

Fields studentFields()
{
    const Text group = text("Distillation"), student = text("Student");
    const Text nodeHelp = text("Node whose output feature-based methods compare; auto picks one to suit the method.");
    const auto withLogits = [](const DistillMethod& m) { return m.loss && m.source == Source::Teacher; };
    const auto withFeatures = [](const DistillMethod& m) { return m.features != nullptr; };
    return {
        studentField(),
        {.key = "distill.labels",
            .kind = Field::Kind::Int,
            .group = student,
            .label = text("Labelled samples"),
            .help = text("Labelled samples the student has; the teacher has all. More than there are means all."),
            .initial = std::int64_t{1000},
            .low = 10,
            .high = 100000,
            .logarithmic = true},
        {.key = "distill.pool",
            .kind = Field::Kind::Flag,
            .group = student,
            .label = text("Unlabelled pool"),
            .help = text("The taught student also sees all other training samples, with the teacher's outputs instead of labels."),
            .initial = false},
        {.key = "distill.seeds",
            .kind = Field::Kind::Int,
            .group = student,
            .label = text("Seeds"),
            .help = text("Number of student pairs; both students of a pair start from the same weights."),
            .initial = std::int64_t{5},
            .low = 1,
            .high = 20},
        {.key = "distill.method",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Method"),
            .help = text("How the teacher's knowledge enters the loss; the last two have no teacher (controls)."),
            .initial = std::string("soft-labels"),
            .choices = choicesOf(methodNames([](const DistillMethod&) { return true; }))},
        {.key = "distill.knowledge",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Dark knowledge"),
            .help = text("The teacher's logits as they are, with the other classes shuffled or flattened, or only its top class."),
            .initial = std::string("intact"),
            .choices = {{"intact", text("as they are")}, {"shuffled", text("shuffled")}, {"flattened", text("flattened")},
                {"hard", text("hard labels")}},
            .visibleWhen = {"distill.method", methodNames(withLogits)}},
        visibleFor(&hasTemperature, temperatureField(2)),
        {.key = "distill.teacher_weight",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Teacher weight"),
            .help = text("Weight of the teacher's part of the loss; the labels get the rest."),
            .initial = 0.9,
            .low = 0,
            .high = 1,
            .visibleWhen = {"distill.method", methodNames(&hasTeacherWeight)},
            .live = true},
        {.key = "distill.feature_weight",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Feature loss weight"),
            .help = text("Scales the loss of feature-based methods; 1 is the method's own weight."),
            .initial = 1.0,
            .low = 0.01,
            .high = 100,
            .logarithmic = true,
            .visibleWhen = {"distill.method", methodNames(withFeatures)},
            .live = true},
        {.key = "distill.student_tap",
            .kind = Field::Kind::Name,
            .group = group,
            .label = text("Student node"),
            .help = nodeHelp,
            .initial = std::string("auto"),
            .choices = choicesOf({"auto", "relu1", "pool1", "pool2"}),
            .visibleWhen = {"distill.method", methodNames(withFeatures)},
            .fits = [](const Values& values) { return nodeProblem(values, "model.name", "distill.student_tap"); }},
        {.key = "distill.teacher_tap",
            .kind = Field::Kind::Name,
            .group = group,
            .label = text("Teacher node"),
            .help = nodeHelp,
            .initial = std::string("auto"),
            .choices = choicesOf({"auto", "relu1", "pool1", "pool2"}),
            .visibleWhen = {"distill.method", methodNames(withFeatures)},
            .fits = [](const Values& values) { return nodeProblem(values, "distill.teacher", "distill.teacher_tap"); }},
        assistantField(),
    };
}

TrainOptions teacherOptions(const Spec& spec)
{
    TrainOptions o = trainOptions(spec);
    o.epochs = static_cast<int>(spec.integer("distill.teacher_epochs"));
    return o;
}

Fields comparedStudentFields()
{
    return studentFields()
        .without({"distill.pool", "distill.knowledge", "distill.method", "distill.student_tap", "distill.teacher_tap"})
        .visibleWhen({})
        .fixed();
}

std::vector<std::uint32_t> labelOrder(const Spec& spec, const Dataset& data)
{
    std::vector<std::uint32_t> order(data.train.count());
    std::iota(order.begin(), order.end(), 0u);
    Rng(spec.seed, "labels").shuffle(order);
    return order;
}

std::size_t labelCount(const Spec& spec, const Dataset& data)
{
    return std::min(data.train.count(), static_cast<std::size_t>(spec.integer("distill.labels")));
}

DistillSettings distillSettings(const Spec& spec)
{
    return {.temperature = spec.real("distill.temperature"),
        .teacherWeight = spec.real("distill.teacher_weight"),
        .featureWeight = spec.values.contains("distill.feature_weight") ? spec.real("distill.feature_weight") : 1};
}

} // namespace bitstill
