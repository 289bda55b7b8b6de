#pragma once

#include "engine/models/shrink/quantize.h"

namespace bitstill::foreign {

/// Bias correction (Nagel et al. 2019, empirical): each layer's bias takes back what rounding its weights moves the mean of each output
/// channel by, E[W·x] − E[Ŵ·x], x what flows into it in the float network. `quantized` was made by `quantizer`; layers of float weights and
/// products without a bias of their own stay. The same bits for any number of threads. Throws Stopped when `keepGoing` says no.
void correctBias(Quantized& quantized, const Quantizer& quantizer, const NamedArrays& inputs, ThreadPool& pool,
    const std::function<bool()>& keepGoing = {});

} // namespace bitstill::foreign
