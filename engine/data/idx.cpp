#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/data/readers.h"
#include "engine/io/files.h"

#include <algorithm>
#include <array>
#include <bit>
#include <zlib.h>

namespace bitstill {

namespace {

/// A header that says more is lying.
constexpr std::uint64_t kMostElements = 1ull << 40;

struct GzFile {
    gzFile file;
    std::string name;

    explicit GzFile(InputFile& input) : file(gzdopen(input.descriptor(), "rb")), name(input.path().filename().string())
    {
        if (!file) throw std::bad_alloc();
        input.release();
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
                throw Error("idx", text("%1 is corrupt (its compressed data does not check out)", name), text("download the file again"));
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

/// Type, number of dimensions and sizes. Returns the bytes that follow.
std::uint64_t readHeader(GzFile& gz, IdxFile& idx)
{
    const auto cutOff = [&] { return Error("idx", text("%1 ends inside its header", gz.name), text("download the file again")); };
    std::array<std::uint8_t, 4> magic{};
    if (gz.read(magic.data(), 4) < 4) throw cutOff();
    if (magic[0] != 0 || magic[1] != 0)
        throw Error("idx", text("%1 is not an IDX file (wrong first bytes)", gz.name), text("choose a file in IDX format"));
    if (magic[2] < 0x08 || magic[2] > 0x0E || magic[2] == 0x0A)
        throw Error("idx", text("%1 has element type %2, which IDX does not define", gz.name, std::to_string(magic[2])),
            text("choose a file in IDX format"));
    idx.type = static_cast<IdxFile::Type>(magic[2]);
    if (magic[3] < 1 || magic[3] > 4)
        throw Error("idx", text("the header of %1 says that it has %2 dimensions", gz.name, std::to_string(magic[3])),
            text("images have 2 to 4, labels 1 or 2"));
    std::uint64_t total = 1;
    for (int d = 0; d < magic[3]; ++d) {
        std::array<std::uint8_t, 4> size{};
        if (gz.read(size.data(), 4) < 4) throw cutOff();
        const std::uint32_t n = bigEndian(size.data());
        total *= n;
        if (n == 0 || n > INT32_MAX || total > kMostElements)
            throw Error("idx", text("the header of %1 says that dimension %2 has %3 entries", gz.name, std::to_string(d + 1), grouped(n)),
                text("the header is wrong; download the file again"));
        idx.sizes.push_back(static_cast<int>(n));
    }
    return total * idx.elementSize();
}

} // namespace

std::size_t IdxFile::elementSize() const
{
    switch (type) {
    case Type::U8:
    case Type::I8: return 1;
    case Type::I16: return 2;
    case Type::I32:
    case Type::F32: return 4;
    case Type::F64: return 8;
    }
    return 1;
}

double IdxFile::element(std::size_t index) const
{
    const std::uint8_t* b = bytes.data() + index * elementSize();
    switch (type) {
    case Type::U8: return b[0];
    case Type::I8: return static_cast<std::int8_t>(b[0]);
    case Type::I16: return static_cast<std::int16_t>((b[0] << 8) | b[1]);
    case Type::I32: return static_cast<std::int32_t>(bigEndian(b));
    case Type::F32: return static_cast<double>(std::bit_cast<float>(bigEndian(b)));
    case Type::F64: return std::bit_cast<double>((std::uint64_t{bigEndian(b)} << 32) | bigEndian(b + 4));
    }
    return 0;
}

IdxFile readIdx(const std::filesystem::path& path, const DatasetOptions& options)
{
    InputFile input(path);
    const std::uint64_t size = input.size();
    GzFile gz(input);
    IdxFile idx;
    const std::uint64_t total = readHeader(gz, idx);
    // Elements that are no bytes become floats beside them.
    const double built =
        static_cast<double>(total) * (idx.type == IdxFile::Type::U8 ? 1 : 1 + sizeof(float) / static_cast<double>(idx.elementSize()));
    requireMemory("idx", text("what the header of %1 promises", gz.name), built, text("correct the header, or use fewer samples"));
    // Read in pieces, so that a lying header costs no more memory than the file has data; room is asked for once where it is honest.
    constexpr std::uint64_t kUsualCompression = 8;
    idx.bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(total, kUsualCompression * size)));
    while (idx.bytes.size() < total) {
        const std::size_t before = idx.bytes.size(), want = static_cast<std::size_t>(std::min<std::uint64_t>(total - before, 1u << 21));
        options.stopIfAsked();
        if (idx.bytes.capacity() < before + want)
            idx.bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(total, 2 * (before + want))));
        idx.bytes.resize(before + want);
        const std::size_t got = gz.read(idx.bytes.data() + before, want);
        if (got < want)
            throw Error("idx",
                text("%1 is cut off: its header promises %2 bytes, it has %3", gz.name, grouped(static_cast<std::int64_t>(total)),
                    grouped(static_cast<std::int64_t>(before + got))),
                text("download the file again"));
    }
    std::uint8_t extra;
    if (gz.read(&extra, 1) != 0)
        throw Error("idx", text("%1 has more data than its header says", gz.name),
            text("the file's contents do not match its header; download it again"));
    return idx;
}

} // namespace bitstill
