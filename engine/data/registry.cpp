#include "engine/data/catalogue.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/data/readers.h"

#include <algorithm>
#include <cstdlib>

namespace bitstill {

const std::vector<DatasetInfo>& datasets()
{
    static const std::vector<DatasetInfo> all{
        {.id = "fashion-mnist",
            .description = text("70,000 images of clothing, 28×28, 10 classes (Debian's dataset-fashion-mnist)"),
            .load = &readFashionMnist,
            .testSamples = 10000},
        {.id = "strokes",
            .description = text("drawn digits, 28×28, 10 classes, generated from the seed; needs no file"),
            .load = &makeStrokes,
            .generated = true},
        {.id = "moons",
            .description = text("two half moons in the plane"),
            .load = &makeMoons,
            .shape = {1, 1, 2},
            .classes = 2,
            .generated = true},
        {.id = "spirals",
            .description = text("three spirals in the plane"),
            .load = &makeSpirals,
            .shape = {1, 1, 2},
            .classes = 3,
            .generated = true},
        {.id = "rings",
            .description = text("three rings in the plane"),
            .load = &makeRings,
            .shape = {1, 1, 2},
            .classes = 3,
            .generated = true},
        {.id = "idx",
            .description = text("your own folder of IDX files, like MNIST's (gzipped or not)"),
            .load = &readIdxFolder,
            .classes = 0,
            .needsPath = true},
        {.id = "cifar10",
            .description = text("your own folder of CIFAR-10 binary files"),
            .load = &readCifar10,
            .shape = {32, 32, 3},
            .testSamples = 10000,
            .needsPath = true},
        {.id = "csv",
            .description = text("your own table: numbers, and a column of labels"),
            .load = &readCsv,
            .classes = 0,
            .needsPath = true},
    };
    return all;
}

const DatasetInfo* findDataset(const std::string& id)
{
    const auto found = std::ranges::find(datasets(), id, &DatasetInfo::id);
    return found == datasets().end() ? nullptr : &*found;
}

const DatasetInfo& datasetInfo(const std::string& id)
{
    if (const DatasetInfo* known = findDataset(id)) return *known;
    std::vector<std::string> ids;
    for (const DatasetInfo& info : datasets()) ids.push_back(info.id);
    const std::string near = nearest(id, ids);
    throw Error("data", text("there is no data set \"%1\"", id),
        near.empty() ? text("the data sets are %1", joined(ids)) : text("did you mean %1?", near));
}

Dataset loadDataset(const std::string& id, const DatasetOptions& options)
{
    const DatasetInfo& info = datasetInfo(id);
    if (info.needsPath && options.path.empty())
        throw Error("data", text("data set \"%1\" needs to know where your files are", id), text("set data.path"));
    Dataset data = info.load(options);
    data.name = id;
    if (data.classes.size() < 2) throw Error(id, text("the labels name only one class"), text("choose data with at least two classes"));
    if (data.train.count() < 2 || data.test.count() < 1)
        throw Error(id,
            text("there are %1 training and %2 test samples", std::to_string(data.train.count()), std::to_string(data.test.count())),
            text("give it more samples"));
    const std::vector<std::int32_t>& labels = data.train.labels;
    if (std::ranges::count(labels, labels.front()) == std::ssize(labels))
        data.notes.push_back(text(
            "All training samples are of class %1: there is nothing to learn.", data.classes[static_cast<std::size_t>(labels.front())]));
    return data;
}

std::filesystem::path fashionMnistFolder()
{
    const char* root = std::getenv("BITSTILL_DATA");
    return std::filesystem::path(root && *root ? root : "/usr/share/datasets") / "fashion-mnist";
}

std::string defaultDataset()
{
    std::error_code ignored;
    return std::filesystem::exists(fashionMnistFolder() / "train-images-idx3-ubyte.gz", ignored) ? "fashion-mnist" : "strokes";
}

} // namespace bitstill
