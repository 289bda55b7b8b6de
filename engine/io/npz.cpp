#include "engine/io/arrays.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/files.h"

#include <array>
#include <memory>
#include <zip.h>

namespace bitstill {

namespace {

constexpr std::size_t kLargest = 2'000'000'000; // of all that is unpacked: a small file can say much more

struct CloseArchive {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
    void operator()(zip_file_t* member) const { zip_fclose(member); }
};

[[noreturn]] void damaged(const std::string& name, const Text& what) { throw Error(name, what, text("save it again with numpy.savez")); }

std::unique_ptr<zip_t, CloseArchive> archiveIn(const std::filesystem::path& file)
{
    InputFile in(file);
    int code = 0;
    zip_t* archive = zip_fdopen(in.descriptor(), ZIP_CHECKCONS, &code);
    if (!archive) damaged(file.filename().string(), text("is not a .npz file, or damaged"));
    in.release();
    return std::unique_ptr<zip_t, CloseArchive>(archive);
}

/// In pieces, so that a size that lies costs nothing; checks the sum that the archive keeps of each member.
std::string unpacked(zip_t* archive, zip_uint64_t index, std::size_t room, const std::string& name)
{
    const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(archive, index, 0));
    if (!member) damaged(name, text("part of it cannot be decompressed: %1", std::string(zip_strerror(archive))));
    std::string bytes;
    std::array<char, 1 << 16> piece;
    while (true) {
        const zip_int64_t n = zip_fread(member.get(), piece.data(), piece.size());
        if (n < 0) damaged(name, text("part of it cannot be decompressed: %1", std::string(zip_file_strerror(member.get()))));
        if (n == 0) return bytes;
        bytes.append(piece.data(), static_cast<std::size_t>(n));
        if (bytes.size() > room)
            throw Error(
                name, text("decompresses to more than %1", bytesText(static_cast<std::int64_t>(kLargest))), text("choose a smaller one"));
    }
}

} // namespace

NamedArrays readNpz(const std::filesystem::path& file, const std::string& only)
{
    const std::string name = file.filename().string();
    const auto archive = archiveIn(file);
    NamedArrays arrays;
    std::size_t room = kLargest;
    const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
        const char* raw = zip_get_name(archive.get(), i, ZIP_FL_ENC_GUESS);
        std::string member = raw ? raw : "";
        if (!member.ends_with(".npy")) continue;
        member.resize(member.size() - 4);
        if (!only.empty() && member != only) continue;
        const std::string bytes = unpacked(archive.get(), i, room, name);
        room -= bytes.size();
        if (!arrays.emplace(member, npyFromBytes(bytes, name + ", " + member)).second) damaged(name, text("it says \"%1\" twice", member));
    }
    return arrays;
}

std::optional<NamedArrays> readArrays(const std::filesystem::path& file)
{
    const std::string ending = file.extension().string();
    if (ending == ".npz") return readNpz(file);
    if (ending == ".npy") return NamedArrays{{printable(file.stem().string()), readNpy(file)}};
    if (ending == ".safetensors") return readSafetensors(file);
    return {};
}

} // namespace bitstill
