#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/data/readers.h"
#include "engine/io/files.h"

namespace bitstill {

namespace {

constexpr std::size_t kPixels = 32 * 32;
constexpr std::size_t kRecord = 1 + 3 * kPixels;

void append(const std::filesystem::path& file, Samples& samples)
{
    const std::string name = file.filename().string();
    const std::string raw = readFile(file, 400'000'000);
    if (raw.empty() || raw.size() % kRecord != 0)
        throw Error("cifar10", name + " has " + grouped(static_cast<std::int64_t>(raw.size())) + " bytes, not a multiple of 3,073",
            "use the binary version of CIFAR-10");
    for (std::size_t at = 0; at < raw.size(); at += kRecord) {
        const auto label = static_cast<unsigned char>(raw[at]);
        if (label > 9)
            throw Error("cifar10", name + " record " + std::to_string(at / kRecord + 1) + " has label " + std::to_string(label),
                "labels are 0 to 9; use CIFAR-10, binary version");
        samples.labels.push_back(label);
        for (std::size_t p = 0; p < kPixels; ++p)
            for (std::size_t c = 0; c < 3; ++c) samples.bytes.push_back(static_cast<std::uint8_t>(raw[at + 1 + c * kPixels + p]));
    }
}

} // namespace

Dataset readCifar10(const DatasetOptions& options)
{
    Dataset data;
    data.shape = {32, 32, 3};
    data.classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
    std::error_code ignored;
    for (int i = 1; i <= 5; ++i) {
        const std::filesystem::path file = options.path / ("data_batch_" + std::to_string(i) + ".bin");
        if (std::filesystem::exists(file, ignored)) append(file, data.train);
    }
    if (data.train.count() == 0)
        throw Error(
            "cifar10", "there is no data_batch_1.bin in " + options.path.string(), "choose the folder with CIFAR-10's binary files");
    append(options.path / "test_batch.bin", data.test);
    data.measureNormalization();
    return data;
}

} // namespace bitstill
