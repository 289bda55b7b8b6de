#include "engine/nn/stored_tensors.h"

#include "engine/core/error.h"
#include "engine/core/order.h"
#include "engine/io/gguf.h"
#include "engine/io/safetensors.h"

#include <algorithm>
#include <memory>

namespace bitstill {

namespace {

std::vector<StoredTensor> inSafetensors(const std::filesystem::path& path)
{
    const auto file = std::make_shared<SafetensorsFile>(path);
    std::vector<StoredTensor> all;
    for (const auto& [name, entry] : file->entries()) {
        StoredTensor stored{.name = name, .type = entry.type, .shape = entry.shape};
        if (isFloatType(entry.type)) stored.read = [file, own = name] { return file->read(own).toTensor(own); };
        all.push_back(std::move(stored));
    }
    return all;
}

std::vector<StoredTensor> inNpz(const std::filesystem::path& path)
{
    std::vector<StoredTensor> all;
    for (auto& [name, values] : readNpz(path)) {
        const auto array = std::make_shared<Array>(std::move(values));
        StoredTensor stored{.name = name, .type = array->type(), .shape = array->shape};
        if (array->isFloat()) stored.read = [array, own = name] { return array->toTensor(own); };
        all.push_back(std::move(stored));
    }
    return all;
}

std::vector<StoredTensor> inGguf(const std::filesystem::path& path)
{
    const auto file = std::make_shared<GgufFile>(path);
    std::vector<StoredTensor> all;
    for (const GgufFile::Tensor& tensor : file->tensors()) {
        StoredTensor stored{.name = tensor.name, .type = tensor.type, .shape = tensor.shape};
        if (tensor.kind && tensor.kind->decode)
            stored.read = [file, &tensor] {
                Tensor values(tensor.shape);
                std::size_t next = 0;
                file->decode(tensor, [&](std::span<const float> piece) {
                    std::ranges::copy(piece, values.data() + next);
                    next += piece.size();
                });
                return values;
            };
        all.push_back(std::move(stored));
    }
    return all;
}

} // namespace

std::vector<StoredTensor> storedTensors(const std::filesystem::path& file)
{
    const std::string ending = file.extension().string();
    std::vector<StoredTensor> all;
    if (ending == ".safetensors")
        all = inSafetensors(file);
    else if (ending == ".npz")
        all = inNpz(file);
    else if (ending == ".gguf")
        all = inGguf(file);
    else
        throw Error(file.filename().string(), text("is no file of weights"), text("choose a .safetensors, .npz or .gguf"));
    std::ranges::sort(all, isNaturallyBefore, &StoredTensor::name);
    return all;
}

} // namespace bitstill
