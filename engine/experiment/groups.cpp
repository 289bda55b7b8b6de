#include "engine/experiment/groups.h"

#include "engine/data/catalogue.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/zoo.h"

namespace bitstill {

namespace {

Problem checkModel(const std::string& name)
{
    try {
        buildModel(name, {28, 28, 1}, 10);
        return {};
    } catch (const Error& e) {
        // A name that is one but does not fit small images is judged when the data are known.
        if (e.where().english() != "model") return {};
        return {"model.name", e.problem(), e.hint()};
    }
}

} // namespace

std::vector<Field::Choice> choicesOf(const std::vector<std::string>& values)
{
    std::vector<Field::Choice> choices;
    for (const std::string& v : values) choices.push_back({v, v});
    return choices;
}

std::vector<Field> dataFields()
{
    std::vector<Field::Choice> sets;
    std::vector<std::string> generated{"strokes", "moons", "spirals", "rings"}, own;
    for (const DatasetInfo& info : datasets()) {
        sets.push_back({info.id, info.id});
        if (info.needsPath) own.push_back(info.id);
    }
    const Text group = text("Data and model");
    return {
        {.key = "data.set",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Data set"),
            .help = text("What the network learns to tell apart; strokes and the 2-D sets are made here and need no file."),
            .initial = defaultDataset(),
            .choices = sets},
        {.key = "data.path",
            .kind = Field::Kind::File,
            .group = group,
            .label = text("Your files"),
            .help = text("Folder with the IDX or CIFAR-10 files, or the CSV table."),
            .initial = std::string(),
            .visibleWhen = {"data.set", own}},
        {.key = "data.label",
            .kind = Field::Kind::Name,
            .group = group,
            .label = text("Label column"),
            .help = text("Name or number of the column with the classes; empty takes the one called label, class or target."),
            .initial = std::string(),
            .visibleWhen = {"data.set", {"csv"}}},
        {.key = "data.leave_out",
            .kind = Field::Kind::Name,
            .group = group,
            .label = text("Columns to leave out"),
            .help = text("Names or numbers of columns that the network must not see (such as an Id), with commas between them."),
            .initial = std::string(),
            .visibleWhen = {"data.set", {"csv"}}},
        {.key = "data.missing",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Missing values"),
            .help = text("What happens to a row in which a value is missing: it stops the run, or it is left out."),
            .initial = std::string("stop"),
            .choices = {{"stop", text("stop and say where")}, {"leave_out", text("leave the row out")}},
            .visibleWhen = {"data.set", {"csv"}}},
        {.key = "data.transpose",
            .kind = Field::Kind::Flag,
            .group = group,
            .label = text("Transpose images"),
            .help = text("Turns images that lie column by column in their file, as EMNIST's do."),
            .initial = false,
            .visibleWhen = {"data.set", {"idx"}}},
        {.key = "data.samples",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Training samples"),
            .help = text("How many samples are made; the test set gets a fifth of it on top."),
            .initial = std::int64_t{10000},
            .low = 100,
            .high = 100000,
            .logarithmic = true,
            .visibleWhen = {"data.set", generated}},
        {.key = "data.noise",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Distortion"),
            .help = text("How much the made samples differ from the ideal; more is harder."),
            .initial = 0.5,
            .low = 0,
            .high = 1,
            .visibleWhen = {"data.set", generated}},
    };
}

std::vector<Field> modelFields()
{
    std::vector<std::string> examples;
    for (const ModelFamily& f : modelFamilies()) examples.push_back(f.example);
    examples.insert(examples.begin() + 1, "mlp-32");
    return {
        {.key = "model.name",
            .kind = Field::Kind::Name,
            .group = text("Data and model"),
            .label = text("Model"),
            .help = text("A network of the zoo; numbers in the name are widths, and any will do (mlp-64, cnn-4-8)."),
            .initial = std::string("mlp-256-128"),
            .choices = choicesOf(examples),
            .check = &checkModel},
    };
}

std::vector<Field> trainFields(int epochs)
{
    const Text group = text("Training");
    return {
        {.key = "train.epochs",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Epochs"),
            .help = text("How often the network sees every training sample."),
            .initial = std::int64_t{epochs},
            .low = 1,
            .high = 1000},
        {.key = "train.batch",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Batch size"),
            .help = text("Samples whose gradients are averaged for one step."),
            .initial = std::int64_t{128},
            .low = 1,
            .high = 4096,
            .logarithmic = true},
        {.key = "train.optimizer",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Optimizer"),
            .help = text("sgd is plain gradient descent with momentum; adam and adamw adapt the step to each weight."),
            .initial = std::string("sgd"),
            .choices = choicesOf(optimizerNames())},
        {.key = "train.learning_rate",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Learning rate"),
            .help = text("Size of a step; too large and training diverges (adam wants about 0.001)."),
            .initial = 0.05,
            .low = 1e-6,
            .high = 10,
            .logarithmic = true},
        {.key = "train.schedule",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Schedule"),
            .help = text("How the learning rate changes until the end."),
            .initial = std::string("cosine"),
            .choices = choicesOf(scheduleNames())},
        {.key = "train.warmup",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Warm-up"),
            .help = text("Share of the training over which the learning rate rises from 0."),
            .initial = 0.0,
            .low = 0,
            .high = 0.5},
        {.key = "train.momentum",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Momentum"),
            .help = text("How much of the last step is kept in the next one."),
            .initial = 0.9,
            .low = 0,
            .high = 0.999,
            .visibleWhen = {"train.optimizer", {"sgd"}}},
        {.key = "train.nesterov",
            .kind = Field::Kind::Flag,
            .group = group,
            .label = text("Nesterov"),
            .help = text("Looks ahead along the momentum before it steps."),
            .initial = false,
            .visibleWhen = {"train.optimizer", {"sgd"}}},
        {.key = "train.weight_decay",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Weight decay"),
            .help = text("Pulls every weight towards 0 a little at each step."),
            .initial = 1e-4,
            .low = 0,
            .high = 0.1},
    };
}

std::vector<Field> joinFields(std::initializer_list<std::vector<Field>> groups)
{
    std::vector<Field> all;
    for (const std::vector<Field>& group : groups) all.insert(all.end(), group.begin(), group.end());
    return all;
}

namespace {

/// How a person's own files were understood.
Figure dataFigure(const Dataset& data)
{
    Readout readout;
    readout.items = {{text("training samples"), Text(grouped(static_cast<std::int64_t>(data.train.count())))},
        {text("test samples"), Text(grouped(static_cast<std::int64_t>(data.test.count())))},
        {text("numbers in a sample"), Text(grouped(static_cast<std::int64_t>(data.shape.size())))},
        {text("classes"), text("%1: %2", std::to_string(data.classes.size()), printable(joined(data.classes), 80))}};
    Text notes;
    for (const Text& note : data.notes) notes = notes.empty() ? note : Text("%1 %2", {notes, note});
    return {.id = "data",
        .title = text("Your data"),
        .caption = notes,
        .description = text("How many samples and classes were found in your files."),
        .body = readout};
}

} // namespace

Dataset loadData(Context& context)
{
    const Spec& spec = context.spec();
    DatasetOptions options{.path = spec.word("data.path"),
        .seed = spec.seed,
        .samples = static_cast<int>(spec.integer("data.samples")),
        .noise = spec.real("data.noise"),
        .label = spec.word("data.label"),
        .leaveOut = spec.word("data.leave_out"),
        .leaveOutMissing = spec.word("data.missing") == "leave_out",
        .transpose = spec.flag("data.transpose")};
    const bool own = datasetInfo(spec.word("data.set")).needsPath;
    if (!own) options.path.clear();
    options.keepGoing = [&context] { return !context.stopping(); };
    Dataset data = loadDataset(spec.word("data.set"), options);
    if (own) context.show(dataFigure(data));
    return data;
}

Graph makeModel(const Spec& spec, const Dataset& data)
{
    Graph graph = buildModel(spec.word("model.name"), data.shape, data.classCount());
    graph.initialize(spec.seed);
    return graph;
}

TrainOptions trainOptions(const Spec& spec)
{
    TrainOptions o;
    if (spec.values.contains("train.epochs")) o.epochs = static_cast<int>(spec.integer("train.epochs"));
    o.batch = static_cast<int>(spec.integer("train.batch"));
    o.seed = spec.seed;
    o.optimizer = {.name = spec.word("train.optimizer"),
        .momentum = spec.real("train.momentum"),
        .nesterov = spec.flag("train.nesterov"),
        .weightDecay = spec.real("train.weight_decay")};
    o.schedule = {
        .name = spec.word("train.schedule"), .learningRate = spec.real("train.learning_rate"), .warmup = spec.real("train.warmup")};
    return o;
}

Text divergenceAdvice(const Spec& spec, long step)
{
    return text("Training diverged at step %1: loss or weights are no longer numbers. Try a smaller learning rate than %2, or a warm-up.",
        std::to_string(step), shortest(spec.real("train.learning_rate")));
}

void refuseNonsense(const Logits& logits, const Spec& spec)
{
    if (kernels::allFinite(logits.values.data(), logits.count * logits.classes)) return;
    throw Diverged{
        text("The network's answers are no longer numbers. Try a smaller learning rate than %1, or look for huge values in the data.",
            shortest(spec.real("train.learning_rate")))};
}

} // namespace bitstill
