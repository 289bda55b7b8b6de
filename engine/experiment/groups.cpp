#include "engine/experiment/groups.h"

#include "engine/data/catalogue.h"
#include "engine/experiment/data_cache.h"
#include "engine/experiment/models.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/zoo.h"

#include <algorithm>

namespace bitstill {

std::vector<Field::Choice> choicesOf(const std::vector<std::string>& values)
{
    std::vector<Field::Choice> choices;
    for (const std::string& v : values) choices.push_back({v, v});
    return choices;
}

Fields dataFields()
{
    std::vector<Field::Choice> sets;
    std::vector<std::string> generated, own;
    for (const DatasetInfo& info : datasets()) {
        sets.push_back({info.id, info.id});
        if (info.needsPath) own.push_back(info.id);
        if (info.generated) generated.push_back(info.id);
    }
    const Text group = text("Data and model");
    return {
        {.key = "data.set",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Data set"),
            .help = text("The data to classify; strokes and the 2-D sets are generated and need no file."),
            .initial = defaultDataset(),
            .choices = sets,
            .look = Field::Look::Data},
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
            .help = text("Name or number of the class column; empty takes the one called label, class or target."),
            .initial = std::string(),
            .visibleWhen = {"data.set", {"csv"}}},
        {.key = "data.leave_out",
            .kind = Field::Kind::Name,
            .group = group,
            .label = text("Columns to leave out"),
            .help = text("Columns the network must not see (such as an Id): names or numbers, separated by commas."),
            .initial = std::string(),
            .visibleWhen = {"data.set", {"csv"}}},
        {.key = "data.missing",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Missing values"),
            .help = text("Rows with a missing value: stop the run, or leave the row out."),
            .initial = std::string("stop"),
            .choices = {{"stop", text("stop and say where")}, {"leave_out", text("leave the row out")}},
            .visibleWhen = {"data.set", {"csv"}}},
        {.key = "data.transpose",
            .kind = Field::Kind::Flag,
            .group = group,
            .label = text("Transpose images"),
            .help = text("Transposes images that are stored column by column, as in EMNIST."),
            .initial = false,
            .visibleWhen = {"data.set", {"idx"}}},
        {.key = "data.samples",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Training samples"),
            .help = text("Training samples to generate; the test set gets a fifth as many on top."),
            .initial = std::int64_t{10000},
            .low = 100,
            .high = 100000,
            .logarithmic = true,
            .visibleWhen = {"data.set", generated}},
        {.key = "data.noise",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Distortion"),
            .help = text("How far generated samples deviate from the ideal shape; more is harder."),
            .initial = 0.5,
            .low = 0,
            .high = 1,
            .visibleWhen = {"data.set", generated}},
    };
}

Fields modelFields()
{
    std::vector<std::string> examples;
    for (const ModelFamily& f : modelFamilies()) examples.push_back(f.example);
    examples.insert(examples.begin() + 1, "mlp-32");
    return {
        {.key = "model.name",
            .kind = Field::Kind::Name,
            .group = text("Data and model"),
            .label = text("Model"),
            .help = text("A network from the model zoo; the numbers are layer widths and can be any (mlp-64, cnn-4-8)."),
            .initial = std::string("mlp-256-128"),
            .choices = choicesOf(examples),
            .look = Field::Look::Network,
            .check = &modelProblem},
    };
}

Fields trainFields(int epochs)
{
    const Text group = text("Training");
    return {
        {.key = "train.epochs",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Epochs"),
            .help = text("Passes over the training set."),
            .initial = std::int64_t{epochs},
            .low = 1,
            .high = 1000},
        {.key = "train.batch",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Batch size"),
            .help = text("Samples per training step; their gradients are averaged."),
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
            .help = text("Size of a training step; too large and training diverges (adam works best near 0.001)."),
            .initial = 0.05,
            .low = 1e-6,
            .high = 10,
            .logarithmic = true},
        {.key = "train.schedule",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Schedule"),
            .help = text("How the learning rate changes during training."),
            .initial = std::string("cosine"),
            .choices = choicesOf(scheduleNames())},
        {.key = "train.warmup",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Warm-up"),
            .help = text("Fraction of training over which the learning rate rises from 0."),
            .initial = 0.0,
            .low = 0,
            .high = 0.5},
        {.key = "train.momentum",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Momentum"),
            .help = text("Fraction of the previous update carried over into the next."),
            .initial = 0.9,
            .low = 0,
            .high = 0.999,
            .visibleWhen = {"train.optimizer", {"sgd"}}},
        {.key = "train.nesterov",
            .kind = Field::Kind::Flag,
            .group = group,
            .label = text("Nesterov"),
            .help = text("Evaluates the gradient ahead along the momentum."),
            .initial = false,
            .visibleWhen = {"train.optimizer", {"sgd"}}},
        {.key = "train.weight_decay",
            .kind = Field::Kind::Real,
            .group = group,
            .label = text("Weight decay"),
            .help = text("Pulls every weight slightly towards 0 at each step."),
            .initial = 1e-4,
            .low = 0,
            .high = 0.1},
    };
}

namespace {

/// How a person's own files were understood.
Figure dataFigure(const Dataset& data)
{
    Readout readout;
    readout.items = {{text("training samples"), Text(grouped(static_cast<std::int64_t>(data.train.count())))},
        {text("test samples"), Text(grouped(static_cast<std::int64_t>(data.test.count())))},
        {text("values per sample"), Text(grouped(static_cast<std::int64_t>(data.shape.size())))},
        {text("classes"), text("%1: %2", std::to_string(data.classes.size()), printable(joined(data.classes), 80))}};
    Text notes;
    for (const Text& note : data.notes) notes = notes.empty() ? note : Text("%1 %2", {notes, note});
    return {.id = "data",
        .title = text("Your data"),
        .caption = notes,
        .description = text("How many samples and classes were found in your files."),
        .body = readout};
}

Dataset loadedOrKept(const std::string& set, const DatasetOptions& options, DataCache* cache)
{
    if (!cache) return loadDataset(set, options);
    const std::string key = DataCache::keyOf(set, options);
    std::shared_ptr<const Dataset> data = cache->find(key);
    if (!data) {
        data = std::make_shared<const Dataset>(loadDataset(set, options));
        cache->keep(key, data);
    }
    return *data;
}

} // namespace

DatasetOptions datasetOptions(const Spec& spec)
{
    const bool own = datasetInfo(spec.word("data.set")).needsPath;
    return {.path = own ? spec.word("data.path") : "",
        .seed = spec.seed,
        .samples = static_cast<int>(spec.integer("data.samples")),
        .noise = spec.real("data.noise"),
        .label = spec.word("data.label"),
        .leaveOut = spec.word("data.leave_out"),
        .leaveOutMissing = spec.word("data.missing") == "leave_out",
        .transpose = spec.flag("data.transpose")};
}

Dataset loadData(Context& context)
{
    DatasetOptions options = datasetOptions(context.spec());
    options.keepGoing = [&context] { return !context.stopping(); };
    const std::string& set = context.spec().word("data.set");
    Dataset data = loadedOrKept(set, options, context.datasets());
    if (datasetInfo(set).needsPath) context.show(dataFigure(data));
    return data;
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

TrainOptions followed(const Context& context, TrainOptions (*of)(const Spec& spec))
{
    TrainOptions o = of(context.spec());
    o.pace = [&context, of] { return paceOf(of(context.spec())); };
    return o;
}

std::vector<std::string> paceKeys(std::vector<std::string> others)
{
    std::vector<std::string> keys{
        "train.learning_rate", "train.schedule", "train.warmup", "train.momentum", "train.nesterov", "train.weight_decay"};
    std::ranges::move(others, std::back_inserter(keys));
    return keys;
}

Text divergenceAdvice(const Spec& spec, long step)
{
    return text("Training diverged at step %1: loss or weights became NaN or infinite. Try a smaller learning rate than %2, or a warm-up.",
        std::to_string(step), shortest(spec.real("train.learning_rate")));
}

std::string className(const Dataset& data, std::size_t c) { return data.classes[c].empty() ? std::to_string(c) : data.classes[c]; }

void refuseNonsense(const Logits& logits, const Spec& spec)
{
    if (kernels::allFinite(logits.values.data(), logits.count * logits.classes)) return;
    throw Diverged{
        text("The network's outputs became NaN or infinite. Try a smaller learning rate than %1, or look for huge values in the data.",
            shortest(spec.real("train.learning_rate")))};
}

} // namespace bitstill
