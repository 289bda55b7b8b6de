#include "engine/data/catalogue.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/data/readers.h"

#include <cstdlib>

namespace bitstill {

const std::vector<DatasetInfo>& datasets()
{
    static const std::vector<DatasetInfo> all{
        {"fashion-mnist", "70,000 pictures of clothes, 28×28, 10 classes (Debian's dataset-fashion-mnist)", false, &readFashionMnist},
        {"strokes", "drawn digits, 28×28, 10 classes, made from the seed; needs no file", false, &makeStrokes},
        {"moons", "two half moons in the plane", false, &makeMoons},
        {"spirals", "three spirals in the plane", false, &makeSpirals},
        {"rings", "three rings in the plane", false, &makeRings},
        {"idx", "your own folder of IDX files, as MNIST has them (gz or not)", true, &readIdxFolder},
        {"cifar10", "your own folder of CIFAR-10 binary files", true, &readCifar10},
        {"csv", "your own table: numbers, and a label in the last column or the one called label", true, &readCsv},
    };
    return all;
}

const DatasetInfo& datasetInfo(const std::string& id)
{
    std::vector<std::string> ids;
    for (const DatasetInfo& info : datasets()) {
        if (info.id == id) return info;
        ids.push_back(info.id);
    }
    const std::string near = nearest(id, ids);
    throw Error(
        "data", "there is no data set \"" + id + "\"", near.empty() ? "the data sets are " + joined(ids) : "did you mean " + near + "?");
}

Dataset loadDataset(const std::string& id, const DatasetOptions& options)
{
    const DatasetInfo& info = datasetInfo(id);
    if (info.needsPath && options.path.empty())
        throw Error("data", "data set \"" + id + "\" needs to know where your files are", "set data.path");
    Dataset data = info.load(options);
    data.name = id;
    if (data.classes.size() < 2) throw Error(id, "the labels name only one class", "choose data with at least two classes");
    if (data.train.count() < 2 || data.test.count() < 1)
        throw Error(id,
            "there are " + std::to_string(data.train.count()) + " training and " + std::to_string(data.test.count()) + " test samples",
            "give it more samples");
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
