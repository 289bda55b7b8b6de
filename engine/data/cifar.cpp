#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/data/readers.h"
#include "engine/io/files.h"

namespace bitstill {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPixels = 32 * 32;
constexpr std::size_t kRecord = 1 + 3 * kPixels;

void append(const fs::path& file, Samples& samples)
{
    const std::string name = file.filename().string();
    const std::string raw = readFile(file, 400'000'000);
    if (raw.empty() || raw.size() % kRecord != 0)
        throw Error("cifar10", text("%1 has %2 bytes, not a multiple of 3,073", name, grouped(static_cast<std::int64_t>(raw.size()))),
            text("use the binary version of CIFAR-10"));
    const std::size_t count = raw.size() / kRecord, before = samples.bytes.size();
    samples.labels.reserve(samples.labels.size() + count);
    samples.bytes.resize(before + count * 3 * kPixels);
    std::uint8_t* to = samples.bytes.data() + before;
    for (std::size_t at = 0; at < raw.size(); at += kRecord) {
        const auto label = static_cast<unsigned char>(raw[at]);
        if (label > 9)
            throw Error("cifar10", text("record %2 of %1 has label %3", name, std::to_string(at / kRecord + 1), std::to_string(label)),
                text("labels are 0 to 9; use CIFAR-10, binary version"));
        samples.labels.push_back(label);
        for (std::size_t p = 0; p < kPixels; ++p)
            for (std::size_t c = 0; c < 3; ++c) *to++ = static_cast<std::uint8_t>(raw[at + 1 + c * kPixels + p]);
    }
}

/// Records become as many bytes again; one file at a time is held beside them.
void demandRoom(const std::vector<fs::path>& files)
{
    double bytes = 0;
    for (const fs::path& file : files) bytes += 2 * static_cast<double>(InputFile(file).size());
    requireMemory("cifar10", text("the contents of these files"), bytes, text("use the binary version of CIFAR-10"));
}

} // namespace

Dataset readCifar10(const DatasetOptions& options)
{
    Dataset data;
    data.shape = {32, 32, 3};
    data.classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
    std::error_code ignored;
    // Whoever picks one of the files means their folder.
    const fs::path folder = fs::is_regular_file(options.path, ignored) ? options.path.parent_path() : options.path;
    std::vector<fs::path> training;
    for (int i = 1; i <= 5; ++i) {
        const fs::path file = folder / ("data_batch_" + std::to_string(i) + ".bin");
        if (fs::exists(file, ignored)) training.push_back(file);
    }
    if (training.empty() && fs::exists(folder / "data_batch_1", ignored))
        throw Error(
            "cifar10", text("%1 holds the Python version of CIFAR-10", folder.string()), text("use the binary version of CIFAR-10"));
    if (training.empty())
        throw Error(
            "cifar10", text("there is no data_batch_1.bin in %1", folder.string()), text("choose the folder with CIFAR-10's binary files"));
    std::vector<fs::path> all = training;
    all.push_back(folder / "test_batch.bin");
    demandRoom(all);
    for (const fs::path& file : training) append(file, data.train);
    append(all.back(), data.test);
    data.measureNormalization();
    return data;
}

} // namespace bitstill
