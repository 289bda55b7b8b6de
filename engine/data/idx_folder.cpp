#include "engine/core/error.h"
#include "engine/data/idx_names.h"
#include "engine/data/normalize.h"
#include "engine/data/readers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

namespace bitstill {

namespace {

/// Where the numbers of a sample lie in its file: by its place as height × width × channels.
struct Layout {
    SampleShape shape;
    std::vector<std::uint32_t> places; ///< empty: they lie so already
};

Layout layoutOf(const IdxFile& images, const std::string& name, bool transpose)
{
    const std::span<const int> sizes = std::span(images.sizes).subspan(1);
    if (sizes.empty()) throw Error("idx", text("%1 has %2 dimensions; images have 2 to 4", name, "1"), text("choose a file of images"));
    constexpr double kMost = 30'000'000;
    double numbers = 1;
    for (const int size : sizes) numbers *= size;
    if (numbers > kMost)
        throw Error("idx",
            text("the header of %1 says that a sample has %2 values; the limit is 30,000,000", name,
                grouped(static_cast<std::int64_t>(numbers))),
            text("correct the header, or scale the images down"));
    Layout layout;
    if (sizes.size() == 1) {
        layout.shape = {1, 1, sizes[0]};
        return layout;
    }
    const bool isColour = sizes.size() == 3, channelsLast = isColour && (sizes[2] == 1 || sizes[2] == 3);
    const bool channelsFirst = isColour && !channelsLast;
    if (channelsFirst && sizes[0] != 1 && sizes[0] != 3)
        throw Error(
            "idx", text("the images of %1 have neither 1 nor 3 channels, first or last", name), text("choose grey or colour images"));
    const int height = sizes[channelsFirst ? 1 : 0], width = sizes[channelsFirst ? 2 : 1];
    const int channels = !isColour ? 1 : sizes[channelsFirst ? 0 : 2];
    layout.shape = transpose ? SampleShape{width, height, channels} : SampleShape{height, width, channels};
    if (!transpose && !channelsFirst) return layout;
    for (int y = 0; y < layout.shape.height; ++y)
        for (int x = 0; x < layout.shape.width; ++x)
            for (int c = 0; c < channels; ++c) {
                const int row = transpose ? x : y, column = transpose ? y : x;
                layout.places.push_back(static_cast<std::uint32_t>(
                    channelsFirst ? (c * height + row) * width + column : (row * width + column) * channels + c));
            }
    return layout;
}

template <class T> void arrange(std::vector<T>& numbers, const Layout& layout)
{
    if (layout.places.empty()) return;
    const std::size_t n = layout.places.size();
    std::vector<T> sample(n);
    for (std::size_t first = 0; first < numbers.size(); first += n) {
        for (std::size_t i = 0; i < n; ++i) sample[i] = numbers[first + layout.places[i]];
        std::ranges::copy(sample, numbers.begin() + static_cast<std::ptrdiff_t>(first));
    }
}

std::vector<float> floatsOf(const IdxFile& images, const std::string& name)
{
    std::vector<float> values(images.count());
    for (std::size_t i = 0; i < values.size(); ++i) {
        // What lies beyond the floats is as good as infinite.
        values[i] = static_cast<float>(images.element(i));
        if (!std::isfinite(values[i]))
            throw Error("idx",
                text("image %1 of %2 has a number that is not finite",
                    std::to_string(i / (values.size() / static_cast<std::size_t>(images.sizes[0])) + 1), name),
                text("fix it, or choose another file"));
    }
    return values;
}

/// Labels as they stand in the file, the first of each row.
std::vector<std::int32_t> labelsOf(const IdxFile& file, const std::string& name)
{
    if (file.sizes.size() > 2)
        throw Error("idx", text("%1 has %2 dimensions; labels have 1 or 2", name, std::to_string(file.sizes.size())),
            text("choose a file of labels"));
    if (file.type == IdxFile::Type::F32 || file.type == IdxFile::Type::F64)
        throw Error("idx", text("%1 holds fractions; labels must be whole numbers", name), text("choose a file of labels"));
    const auto columns = static_cast<std::size_t>(file.sizes.size() == 2 ? file.sizes[1] : 1);
    std::vector<std::int32_t> labels(static_cast<std::size_t>(file.sizes[0]));
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(file.element(i * columns));
    return labels;
}

Samples readPart(
    const std::filesystem::path& imagesPath, const std::filesystem::path& labelsPath, const DatasetOptions& options, SampleShape& shape)
{
    const std::string imagesName = imagesPath.filename().string(), labelsName = labelsPath.filename().string();
    IdxFile images = readIdx(imagesPath, options);
    const Layout layout = layoutOf(images, imagesName, options.transpose);
    const IdxFile labels = readIdx(labelsPath, options);
    Samples samples;
    samples.labels = labelsOf(labels, labelsName);
    if (images.sizes[0] != labels.sizes[0])
        throw Error("idx",
            text("%1 holds %2 images, but %3 holds %4 labels", imagesName, std::to_string(images.sizes[0]), labelsName,
                std::to_string(labels.sizes[0])),
            text("use files that belong together"));
    shape = layout.shape;
    if (images.type == IdxFile::Type::U8)
        samples.bytes = std::move(images.bytes);
    else
        samples.values = floatsOf(images, imagesName);
    arrange(samples.bytes, layout);
    arrange(samples.values, layout);
    return samples;
}

/// EMNIST's labels stand for these.
std::string letterOf(const std::string& set, std::int32_t label)
{
    static const std::string kDigits = "0123456789", kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string names;
    if (set == "emnist-letters") names = " " + kUpper;
    if (set == "emnist-byclass") names = kDigits + kUpper + "abcdefghijklmnopqrstuvwxyz";
    if (set == "emnist-balanced" || set == "emnist-bymerge") names = kDigits + kUpper + "abdefghnqrt";
    if (label < 0 || static_cast<std::size_t>(label) >= names.size()) return std::to_string(label);
    return std::string(1, names[static_cast<std::size_t>(label)]);
}

/// The labels that occur become the classes, in their order.
void nameClasses(Dataset& data, const std::string& set)
{
    constexpr std::size_t kMost = 1000;
    std::map<std::int32_t, std::int32_t> classes;
    for (const Samples* part : {&data.train, &data.test})
        for (const std::int32_t label : part->labels)
            if (classes.size() <= kMost) classes.emplace(label, 0);
    if (classes.size() > kMost || (classes.size() > 1 && classes.size() == data.train.count() + data.test.count()))
        throw Error("idx",
            text("the labels are %1 different numbers: those are not classes",
                classes.size() > kMost ? "1,000+" : std::to_string(classes.size())),
            text("choose files of labels"));
    for (auto& [label, index] : classes) {
        index = static_cast<std::int32_t>(data.classes.size());
        data.classes.push_back(letterOf(set, label));
    }
    for (Samples* part : {&data.train, &data.test})
        for (std::int32_t& label : part->labels) label = classes.at(label);
}

void normalizeFloats(Dataset& data)
{
    double sum = 0, squares = 0;
    const auto n = static_cast<double>(data.train.values.size());
    for (const float v : data.train.values) sum += static_cast<double>(v);
    const double mean = sum / n;
    for (const float v : data.train.values) squares += std::pow(static_cast<double>(v) - mean, 2);
    const double deviation = std::sqrt(squares / n);
    // What is the same everywhere may still differ from its own mean by a rounding.
    const double scale = deviation > 1e-10 * std::abs(mean) ? 1 / deviation : 0;
    constexpr double kFarthest = ColumnNormalizer::kFarthest;
    for (Samples* part : {&data.train, &data.test})
        for (float& v : part->values) v = static_cast<float>(std::clamp((static_cast<double>(v) - mean) * scale, -kFarthest, kFarthest));
}

Dataset readFolder(const std::filesystem::path& path, const DatasetOptions& options)
{
    const IdxSet set = findIdxSet(path);
    Dataset data;
    SampleShape testShape;
    data.train = readPart(set.trainImages, set.trainLabels, options, data.shape);
    data.test = readPart(set.testImages, set.testLabels, options, testShape);
    if (!(data.shape == testShape))
        throw Error("idx", text("training images are %1, test images %2", describe(data.shape), describe(testShape)),
            text("use files that belong together"));
    if (data.train.bytes.empty() != data.test.bytes.empty())
        throw Error("idx", text("training and test images are of different types"), text("use files that belong together"));
    nameClasses(data, set.name);
    if (data.train.bytes.empty())
        normalizeFloats(data);
    else
        data.measureNormalization();
    if (set.name.starts_with("emnist") && !options.transpose)
        data.notes.push_back(text("EMNIST stores its images transposed: data.transpose turns them upright."));
    return data;
}

} // namespace

Dataset readIdxFolder(const DatasetOptions& options) { return readFolder(options.path, options); }

Dataset readFashionMnist(const DatasetOptions& options)
{
    const std::filesystem::path folder = options.path.empty() ? fashionMnistFolder() : options.path;
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored))
        throw Error("fashion-mnist", text("the data set is not in %1", folder.string()),
            text("install Debian's dataset-fashion-mnist (./run does it), or choose the data set strokes, which needs no file"));
    Dataset data = readFolder(folder, options);
    static const std::vector<std::string> kClothes{
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
    for (std::string& name : data.classes)
        if (name.size() == 1 && name[0] >= '0' && name[0] <= '9') name = kClothes[static_cast<std::size_t>(name[0] - '0')];
    return data;
}

} // namespace bitstill
