#include "engine/quant/weight_quantization.h"

namespace bitstill {

void WeightQuantization::apply(const Tensor& weights, Tensor& rounded) const
{
    const Blocks blocks = blocksOf(weights.shape(), granularity);
    fakeQuantize(weights.data(), chooseParameters(bits, scheme, blocks, extentsOf(weights.data(), blocks, "weights")), rounded.data());
}

} // namespace bitstill
