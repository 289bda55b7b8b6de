#include "engine/models/samples.h"

#include "engine/core/error.h"
#include "engine/models/operators/typed.h"

#include <algorithm>

namespace bitstill::foreign {

Array samplesOf(const Array& array, std::size_t first, std::size_t count)
{
    Shape shape = array.shape;
    shape[0] = 1;
    const std::size_t each = elements(shape) * static_cast<std::size_t>(bitsOfType(array.type())) / 8;
    shape[0] = static_cast<int>(count);
    Array samples = zeros(array.type(), shape);
    std::copy_n(bytesIn(array) + first * each, count * each, bytesIn(samples));
    return samples;
}

bool takesSamples(const Network& network)
{
    return std::ranges::all_of(network.inputs, [&](ValueId id) {
        const ValueInfo& info = network.values[static_cast<std::size_t>(id)];
        return info.shaped && !info.shape.empty() && (info.shape[0] < 0 || info.shape[0] == 1);
    });
}

std::size_t sampleCount(const Network& network, const NamedArrays& inputs)
{
    if (!takesSamples(network) || network.inputs.empty()) return 1;
    int count = -1;
    for (const ValueId id : network.inputs) {
        const std::string& name = network.values[static_cast<std::size_t>(id)].name;
        const auto found = inputs.find(name);
        if (found == inputs.end() || found->second.shape.empty())
            throw Error(name, text("there is nothing for this input"), text("give an array of its name"));
        if (count >= 0 && found->second.shape[0] != count)
            throw Error(name, text("the inputs have different numbers of samples"), text("give as many samples for each"));
        count = found->second.shape[0];
    }
    return static_cast<std::size_t>(count);
}

NamedArrays samplesOf(const Network& network, const NamedArrays& inputs, std::size_t first, std::size_t count)
{
    if (!takesSamples(network)) return inputs;
    NamedArrays some;
    for (const ValueId id : network.inputs) {
        const std::string& name = network.values[static_cast<std::size_t>(id)].name;
        some.emplace(name, samplesOf(inputs.at(name), first, count));
    }
    return some;
}

} // namespace bitstill::foreign
