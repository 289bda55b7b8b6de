#include "engine/io/model_file.h"

#include "engine/core/error.h"
#include "engine/io/arrays.h"
#include "engine/kernels/elementwise.h"

#include <algorithm>

namespace bitstill {

void readModel(Graph& graph, const std::filesystem::path& file)
{
    const NamedArrays arrays = readSafetensors(file);
    const std::string where = file.filename().string(), hint = "choose the model that the file was saved from";
    for (const auto& [name, tensor] : graph.state()) {
        const auto found = arrays.find(name);
        if (found == arrays.end()) throw Error(where, "has no \"" + name + "\"", hint);
        const Tensor values = found->second.toTensor(name);
        if (values.shape() != tensor->shape())
            throw Error(where, name + " is " + describe(values.shape()) + ", the network has " + describe(tensor->shape()), hint);
        if (!kernels::allFinite(values.data(), values.size()))
            throw Error(where, name + " holds a number that is not finite", "save the model from a training that has not diverged");
        std::copy(values.begin(), values.end(), tensor->begin());
    }
}

} // namespace bitstill
