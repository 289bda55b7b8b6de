#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/data/readers.h"
#include "engine/io/files.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <zlib.h>

namespace bitstill {

namespace {

/// No data set for a desk is larger; a header that says more is lying.
constexpr std::uint64_t kMostBytes = 2'000'000'000;

struct GzFile {
    gzFile file;
    std::string name;

    explicit GzFile(const std::filesystem::path& path) : file(nullptr), name(path.filename().string())
    {
        InputFile in(path);
        file = gzdopen(in.descriptor(), "rb");
        if (!file) throw std::bad_alloc();
        in.release();
        gzbuffer(file, 1 << 18);
    }
    ~GzFile() { gzclose(file); }
    GzFile(const GzFile&) = delete;
    GzFile& operator=(const GzFile&) = delete;

    /// Fewer bytes than asked only at the end of the file.
    std::size_t read(std::uint8_t* to, std::size_t n)
    {
        std::size_t got = 0;
        while (got < n) {
            const int r = gzread(file, to + got, static_cast<unsigned>(std::min<std::size_t>(n - got, 1u << 30)));
            int code = 0;
            gzerror(file, &code);
            if (r < 0 || (code != Z_OK && code != Z_BUF_ERROR))
                throw Error("idx", name + " is damaged (its compressed data does not add up)", "fetch the file again");
            if (r == 0) break;
            got += static_cast<std::size_t>(r);
        }
        return got;
    }
};

std::uint32_t bigEndian(const std::uint8_t* b)
{
    return (std::uint32_t{b[0]} << 24) | (std::uint32_t{b[1]} << 16) | (std::uint32_t{b[2]} << 8) | b[3];
}

/// NAME or NAME.gz in `folder`.
std::filesystem::path existing(const std::filesystem::path& folder, const std::string& name)
{
    std::error_code ignored;
    for (const std::string& candidate : {name + ".gz", name})
        if (std::filesystem::exists(folder / candidate, ignored)) return folder / candidate;
    throw Error("idx", "there is no " + name + " or " + name + ".gz in " + folder.string(),
        "put the four IDX files there or choose another folder");
}

Samples readPart(const std::filesystem::path& folder, const std::string& part, const DatasetOptions& options, SampleShape& shape)
{
    const std::filesystem::path imagesPath = existing(folder, part + "-images-idx3-ubyte"),
                                labelsPath = existing(folder, part + "-labels-idx1-ubyte");
    IdxFile images = readIdx(imagesPath, options);
    const IdxFile labels = readIdx(labelsPath, options);
    const std::string imagesName = imagesPath.filename().string(), labelsName = labelsPath.filename().string();
    if (images.sizes.size() != 3)
        throw Error(
            "idx", imagesName + " has " + std::to_string(images.sizes.size()) + " dimensions, images have 3", "choose a file of images");
    if (labels.sizes.size() != 1)
        throw Error(
            "idx", labelsName + " has " + std::to_string(labels.sizes.size()) + " dimensions, labels have 1", "choose a file of labels");
    if (images.sizes[0] != labels.sizes[0])
        throw Error("idx",
            imagesName + " holds " + std::to_string(images.sizes[0]) + " images, " + labelsName + " " + std::to_string(labels.sizes[0])
                + " labels",
            "use files that belong together");
    shape = {images.sizes[1], images.sizes[2], 1};
    Samples samples;
    samples.bytes = std::move(images.bytes);
    samples.labels.assign(labels.bytes.begin(), labels.bytes.end());
    return samples;
}

Dataset readFolder(const std::filesystem::path& folder, const DatasetOptions& options)
{
    Dataset data;
    SampleShape testShape;
    data.train = readPart(folder, "train", options, data.shape);
    data.test = readPart(folder, "t10k", options, testShape);
    if (!(data.shape == testShape))
        throw Error("idx", "training images are " + describe(data.shape) + ", test images " + describe(testShape),
            "use files that belong together");
    std::int32_t highest = 0;
    for (const Samples* s : {&data.train, &data.test})
        for (const std::int32_t label : s->labels) highest = std::max(highest, label);
    for (std::int32_t c = 0; c <= highest; ++c) data.classes.push_back(std::to_string(c));
    data.measureNormalization();
    return data;
}

} // namespace

IdxFile readIdx(const std::filesystem::path& path, const DatasetOptions& options)
{
    GzFile gz(path);
    std::array<std::uint8_t, 4> magic{};
    if (gz.read(magic.data(), 4) < 4) throw Error("idx", gz.name + " ends inside its header", "fetch the file again");
    if (magic[0] != 0 || magic[1] != 0)
        throw Error("idx", gz.name + " is not an IDX file (it starts with other bytes)", "choose a file in IDX format");
    if (magic[2] != 0x08)
        throw Error("idx", gz.name + " holds elements of type " + std::to_string(magic[2]) + ", only bytes (8) are read",
            "convert it to unsigned bytes");
    if (magic[3] < 1 || magic[3] > 4)
        throw Error("idx", gz.name + " says it has " + std::to_string(magic[3]) + " dimensions", "images have 3, labels 1");
    IdxFile idx;
    std::uint64_t total = 1;
    for (int d = 0; d < magic[3]; ++d) {
        std::array<std::uint8_t, 4> size{};
        if (gz.read(size.data(), 4) < 4) throw Error("idx", gz.name + " ends inside its header", "fetch the file again");
        const std::uint32_t n = bigEndian(size.data());
        total *= n;
        if (n == 0 || n > kMostBytes || total > kMostBytes)
            throw Error("idx", gz.name + " says dimension " + std::to_string(d + 1) + " has " + grouped(n) + " entries",
                "the header is wrong; fetch the file again");
        idx.sizes.push_back(static_cast<int>(n));
    }
    // Read in pieces, so that a lying header costs no more memory than the file has data; room is asked for once where it is honest.
    constexpr std::uint64_t kUsualCompression = 8;
    std::error_code ignored;
    const std::uintmax_t size = std::filesystem::file_size(path, ignored);
    if (!ignored) idx.bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(total, kUsualCompression * size)));
    while (idx.bytes.size() < total) {
        const std::size_t before = idx.bytes.size(), want = static_cast<std::size_t>(std::min<std::uint64_t>(total - before, 1u << 21));
        options.stopIfAsked();
        if (idx.bytes.capacity() < before + want)
            idx.bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(total, 2 * (before + want))));
        idx.bytes.resize(before + want);
        const std::size_t got = gz.read(idx.bytes.data() + before, want);
        if (got < want)
            throw Error("idx",
                gz.name + " is cut off: its header promises " + grouped(static_cast<std::int64_t>(total)) + " bytes, it has "
                    + grouped(static_cast<std::int64_t>(before + got)),
                "fetch the file again");
    }
    std::uint8_t extra;
    if (gz.read(&extra, 1) != 0)
        throw Error("idx", gz.name + " has more data than its header says", "the file is not what it says; fetch it again");
    return idx;
}

Dataset readIdxFolder(const DatasetOptions& options) { return readFolder(options.path, options); }

Dataset readFashionMnist(const DatasetOptions& options)
{
    const std::filesystem::path folder = options.path.empty() ? fashionMnistFolder() : options.path;
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored))
        throw Error("fashion-mnist", "the data set is not in " + folder.string(),
            "install Debian's dataset-fashion-mnist (./run does it), or choose the data set strokes, which needs no file");
    Dataset data = readFolder(folder, options);
    if (data.classes.size() == 10)
        data.classes = {"T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
    return data;
}

} // namespace bitstill
