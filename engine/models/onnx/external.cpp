#include "engine/models/onnx/external.h"

#include "engine/core/error.h"
#include "engine/io/files.h"

#include <algorithm>
#include <charconv>
#include <onnx/onnx_pb.h>
#include <unistd.h>

namespace bitstill::foreign {

namespace fs = std::filesystem;

namespace {

struct Place {
    std::string location;
    std::uint64_t offset = 0, length = 0;
    bool hasLength = false;
};

Place placeOf(const onnx::TensorProto& t, const std::string& file)
{
    Place place;
    for (const auto& entry : t.external_data()) {
        if (entry.key() == "location") place.location = entry.value();
        if (entry.key() != "offset" && entry.key() != "length") continue;
        std::uint64_t& number = entry.key() == "offset" ? place.offset : place.length;
        const std::string& digits = entry.value();
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size())
            throw Error(file, text("tensor %1 does not say where its values are", t.name()), text("export or download it again"));
        place.hasLength = place.hasLength || entry.key() == "length";
    }
    return place;
}

/// Lies `inner` in `outer`, both without links?
bool within(const fs::path& inner, const fs::path& outer) { return std::ranges::mismatch(outer, inner).in1 == outer.end(); }

fs::path insideFolder(const std::string& location, const fs::path& folder, const std::string& tensor, const std::string& file)
{
    const fs::path named = location;
    std::error_code failed;
    const bool plain = !location.empty() && location.find('\0') == std::string::npos && named.is_relative() && !folder.empty()
        && std::ranges::find(named, fs::path("..")) == named.end();
    const fs::path root = plain ? fs::canonical(folder, failed) : fs::path();
    const fs::path found = plain && !failed ? fs::weakly_canonical(root / named, failed) : fs::path();
    if (!plain || failed || !within(found, root))
        throw Error(file, text("tensor %1 has its values in %2, which is not inside the model's folder", tensor, location),
            text("put the file beside the model, or save the model as one file"));
    return found;
}

} // namespace

std::string externalBytes(const onnx::TensorProto& t, std::size_t size, const fs::path& folder, const std::string& file)
{
    const Place place = placeOf(t, file);
    const InputFile input(insideFolder(place.location, folder, t.name(), file));
    if ((place.hasLength && place.length != size) || place.offset > input.size() || input.size() - place.offset < size)
        throw Error(file, text("tensor %1 does not hold as many values as its shape says: see %2", t.name(), place.location),
            text("export or download it again"));
    std::string bytes(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const ssize_t n = pread(input.descriptor(), bytes.data() + done, size - done, static_cast<off_t>(place.offset + done));
        if (n <= 0)
            throw Error(file, text("tensor %1 does not hold as many values as its shape says: see %2", t.name(), place.location),
                text("export or download it again"));
        done += static_cast<std::size_t>(n);
    }
    return bytes;
}

} // namespace bitstill::foreign
