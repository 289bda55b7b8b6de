#pragma once

#include "engine/models/export/export.h"
#include "engine/models/shrink/quantize.h"

namespace bitstill::foreign {

/// The quantized network in ONNX's own operators: QuantizeLinear and DequantizeLinear (QDQ) where there were FakeQuantize nodes and rounded
/// constants, with exactly their codes and scales:
///     activations   uint8, or int8 where codes are negative; a Clip before where the codes are fewer than the type's
///     weights       int8 or uint8, per tensor, per channel on the layer's axis or, of groups, with block_size; 4 bits each where
///                   `packsFourBits` and the codes allow it; of dense layers with float inputs [out, in] (Gemm, transB = 1)
///     biases        int32, scale s_x·s_w, of inputs and weights with codes; float for TensorRT, which dequantizes no int32
/// What only moves rounded numbers (MaxPool, Reshape ...) is followed by the same rounding again: it changes nothing, but runtimes look for
/// a DequantizeLinear right before a layer. It computes the bits of `q.network` when that rounds with profile onnx. Weights in formats that
/// are no integers stay float. Throws Error for more than 8 bits, and for TensorRT where codes are unsigned or a zero point is not 0.
Network qdqNetwork(const Quantized& q, ExportTarget target, bool packsFourBits = false);

} // namespace bitstill::foreign
