#pragma once

#include "engine/quant/quantized_network.h"

namespace bitstill {

/// What the layer at `node` of the quantized network reads for these samples (of `data`), row-major [samples, inputs], NHWC.
std::vector<float> inputsOf(QuantizedNetwork& network, int node, const Dataset& data, const Samples& samples);

/// G = XᵀX / rows for each group of a dense or convolution layer, X the windows it sees in the rows of `x` (no more than 16,384 of them,
/// evenly spread; columns in the weights' order, OIHW): all that E‖(Ŵ − W)·x‖² needs to know of the inputs. [k, k]
std::vector<Tensor> inputGrams(
    const Layer& layer, const SampleShape& in, const SampleShape& out, const std::vector<float>& x, ThreadPool& pool);

} // namespace bitstill
