#include "engine/models/halves.h"

#include "engine/models/onnx/tensors.h"

namespace bitstill::foreign {

namespace {

bool isHalf(std::string_view type) { return type == "F16" || type == "BF16"; }

} // namespace

void widenHalves(Network& network)
{
    for (ValueInfo& value : network.values)
        if (isHalf(value.type)) {
            value.type = "F32";
            network.widened = true;
        }
    for (auto& [id, array] : network.constants)
        if (isHalf(array.type())) {
            network.halves[id] = array.type();
            array = Array::of(array.toTensor(network.values[static_cast<std::size_t>(id)].name));
            network.widened = true;
        }
    for (Node& node : network.nodes)
        for (auto& [name, attribute] : node.attributes) {
            if (auto* array = std::get_if<Array>(&attribute); array && isHalf(array->type())) {
                *array = Array::of(array->toTensor(node.name));
                network.widened = true;
            }
            const auto* number = std::get_if<std::int64_t>(&attribute);
            if (node.op == "Cast" && name == "to" && number && isHalf(typeOfNumber(static_cast<int>(*number)))) {
                attribute = std::int64_t{numberOfType("F32")};
                network.widened = true;
            }
        }
}

Text halvesNote(const Network& network) { return network.widened ? text("its floats of 16 bits are computed as floats of 32") : Text(); }

} // namespace bitstill::foreign
