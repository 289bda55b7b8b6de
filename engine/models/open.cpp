#include "engine/models/open.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/models/onnx/read.h"
#include "engine/models/tflite/to_network.h"

#include <algorithm>
#include <unistd.h>

namespace bitstill::foreign {

namespace {

std::string endingOf(const std::filesystem::path& file)
{
    std::string ending = file.extension().string();
    std::ranges::transform(ending, ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return ending;
}

bool saysTflite(const std::filesystem::path& file)
{
    std::error_code none;
    if (!std::filesystem::is_regular_file(file, none)) return false;
    const InputFile in(file);
    std::string front(8, '\0');
    return pread(in.descriptor(), front.data(), front.size(), 0) == 8 && front.ends_with("TFL3");
}

} // namespace

NetworkFile networkFileOf(const std::filesystem::path& file)
{
    const std::string ending = endingOf(file);
    if (ending == ".onnx") return NetworkFile::onnx;
    return ending == ".tflite" || saysTflite(file) ? NetworkFile::tflite : NetworkFile::none;
}

Network openNetwork(const std::filesystem::path& file)
{
    switch (networkFileOf(file)) {
    case NetworkFile::onnx: return readOnnx(file);
    case NetworkFile::tflite: return tflite::toNetwork(tflite::readModel(file));
    default: throw Error(file.string(), text("is no network that is opened here"), text("choose an .onnx or a .tflite file"));
    }
}

} // namespace bitstill::foreign
