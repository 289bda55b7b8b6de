#pragma once

#include "engine/experiment/figure.h"
#include "engine/quant/scheme.h"

namespace bitstill {

/// A tensor's values before (area) and after quantization, over one axis, as a share of all values per
/// quantization step, so that both can be compared by eye: where one scale serves the tensor and there are few
/// levels, after is a bar on every level; otherwise both are binned alike.
Histogram beforeAfterHistogram(const Tensor& before, const Tensor& after, const QuantParameters& p, AxisRange range);

/// ±m for the largest magnitude m among the tensors, a little wider.
AxisRange symmetricRange(const std::vector<const Tensor*>& tensors);

} // namespace bitstill
