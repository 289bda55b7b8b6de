// Readers of data sets.

#include "tests/fuzz/fuzz.h"

#include "engine/core/error.h"
#include "engine/data/readers.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <unistd.h>

namespace fuzz {

using namespace bitstill;

namespace {

void check(const Dataset& data)
{
    for (const Samples* part : {&data.train, &data.test}) {
        require(part->bytes.size() + part->values.size() == part->count() * data.shape.size(), "samples are whole");
        require(std::ranges::all_of(part->values, [](float v) { return std::isfinite(v); }), "inputs are finite");
        require(
            std::ranges::all_of(part->labels, [&](int label) { return label >= 0 && label < data.classCount(); }), "labels are classes");
    }
    for (const std::string& name : data.classes) require(printable(name) == name, "class names are printable");
    for (const Text& note : data.notes) {
        const std::string line = note.english();
        require(printable(line, line.size()) == line, "notes are printable");
    }
    require(std::isfinite(data.mean) && data.deviation > 0, "pixels can be normalized");
}

/// A folder in memory where there is one, emptied between inputs.
const std::filesystem::path& folder()
{
    static const struct Folder {
        std::filesystem::path path;
        Folder()
        {
            std::error_code failed;
            const bool shared = std::filesystem::is_directory("/dev/shm", failed);
            path = (shared ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path())
                / ("bitstill-fuzz-" + std::to_string(getpid()));
            std::filesystem::create_directories(path);
        }
        ~Folder()
        {
            std::error_code ignored;
            std::filesystem::remove_all(path, ignored);
        }
    } made;
    return made.path;
}

void put(const std::string& name, const std::string& bytes)
{
    std::ofstream(folder() / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string idxFile(char type, const std::vector<std::uint32_t>& sizes, const std::string& elements)
{
    std::string file{'\0', '\0', type, static_cast<char>(sizes.size())};
    for (const std::uint32_t n : sizes) file += bigEndian(n);
    return file + elements;
}

std::string joinedPieces(const std::vector<std::string>& pieces)
{
    std::string all;
    for (const std::string& p : pieces) all += asPiece(p);
    return all;
}

} // namespace

void csv(const std::uint8_t* data, std::size_t size)
{
    Bytes bytes(data, size);
    DatasetOptions options;
    const std::uint8_t flags = bytes.byte();
    options.leaveOutMissing = flags & 1;
    if (flags & 2) options.label = flags & 4 ? "1" : "b";
    if (flags & 8) options.leaveOut = "2, a";
    const MemoryFile file(bytes.data(), bytes.size());
    options.path = file.path();
    succeeds([&] { check(readCsv(options)); });
}

std::vector<std::string> csvSeeds()
{
    return {
        std::string(1, '\0') + "a,b,label\n1,2,x\n3,4,y\n5,+1e-46,x\n7,8.5,y\n9,1,x\n",
        "\1a;b;Class\r\n1,5;NA;\"x;\"\"y\"\r\n2,5;3;1\r\n2;3;1.0\r\n4;;z\r\n1;1;z\r\n",
        "\2\xEF\xBB\xBF"
        "1.5\t2\t0\n-.5\t3\t1\n1e300\t4\t0\n1e-300\t4\t1\n0\t1e30\t0\n",
        "\x0bsep=|\nId|a|b|c\n1|\"x\ny\"|1|2\n2|?|2|3\n3|true|1|2\n",
        "\4\xFF\xFE"
        "a,b\n",
    };
}

void idx(const std::uint8_t* data, std::size_t size)
{
    const MemoryFile file(data, size);
    succeeds([&] {
        const IdxFile read = readIdx(file.path());
        std::size_t count = 1;
        for (const int n : read.sizes) count *= static_cast<std::size_t>(n);
        require(count == read.count() && read.bytes.size() < 2000 * size, "what was read is what the header says and the file holds");
    });
}

std::vector<std::string> idxSeeds()
{
    return {idxFile(8, {2, 2, 2}, "abcdefgh"), idxFile(8, {3}, "abc"), idxFile(0x0c, {1, 8}, std::string(32, '\1')),
        idxFile(0x0d, {1, 2, 2}, std::string(16, '\0')), idxFile(0x0e, {1, 1}, "12345678"),
        std::string(
            "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x63\x60\xe0\x60\x64\x60\x60\x60\x62\x60\x60\x60\x62\x60\x60\x60\x4a\x4c\x4a\x4e\x01\x00",
            32)};
}

void idxFolder(const std::uint8_t* data, std::size_t size)
{
    Bytes bytes(data, size);
    DatasetOptions options{.path = folder()};
    options.transpose = bytes.byte() & 1;
    put("train-images-idx3-ubyte", bytes.piece());
    put("train-labels-idx1-ubyte", bytes.piece());
    put("t10k-images-idx3-ubyte", bytes.piece());
    put("t10k-labels-idx1-ubyte", bytes.piece());
    succeeds([&] { check(readIdxFolder(options)); });
}

std::vector<std::string> idxFolderSeeds()
{
    const std::string labels = idxFile(8, {2}, "\1\2"), wide = idxFile(0x0c, {2, 2}, std::string(16, '\1'));
    const std::string images = idxFile(8, {2, 2, 2}, "abcdefgh"), colour = idxFile(8, {2, 3, 1, 2}, "abcdefghijkl");
    const std::string floats = idxFile(0x0d, {2, 2}, std::string(16, '\0'));
    return {std::string(1, '\0') + joinedPieces({images, labels, images, labels}), "\1" + joinedPieces({colour, wide, colour, labels}),
        "\1" + joinedPieces({floats, labels, floats, wide})};
}

void cifar(const std::uint8_t* data, std::size_t size)
{
    // A record is long: it is made of few bytes, so that the fuzzer reaches more than one.
    constexpr std::size_t kRecord = 3073;
    Bytes bytes(data, size);
    const auto file = [&] {
        std::string all;
        const std::uint8_t records = bytes.byte();
        for (int i = 0; i < (records & 3); ++i)
            all += static_cast<char>(bytes.byte() & 15) + std::string(kRecord - 1, static_cast<char>(bytes.byte()));
        if (records & 4) all += bytes.piece();
        return all;
    };
    put("data_batch_1.bin", file());
    put("test_batch.bin", file());
    succeeds([&] { check(readCifar10({.path = folder()})); });
}

std::vector<std::string> cifarSeeds()
{
    return {"\2\1\2\3\4\1\5\6", std::string("\1\0\0\5\1\1\0\1\0", 9), std::string("\3\1\2\3\4\7\7\0", 8)};
}

} // namespace fuzz
