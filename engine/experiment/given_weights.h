#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/context.h"
#include "engine/experiment/fields.h"
#include "engine/nn/graph.h"

#include <optional>

namespace bitstill {

/// weights.file: where the float network comes from, which is trained otherwise.
Field weightsField();
/// Training fields that do nothing when weights.file says something are hidden under this.
Field::Condition withoutWeights();

/// The network of model.name with the weights in weights.file, and a figure "given" that lists what came from where; nothing where the
/// field is empty. Throws Error naming the field when the file does not fit.
std::optional<Graph> givenNetwork(Context& context, const Dataset& data);

} // namespace bitstill
