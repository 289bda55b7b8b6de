#pragma once

#include "engine/models/network.h"
#include "engine/models/tflite/model.h"

namespace bitstill::tflite {

/// The network as operators in ONNX's terms, folded (fold.h) and ready for foreign::run(), which computes it in float32.
///
/// Values keep the file's names; a node has the name of the tensor that its operator makes, and what helps it that name with more in
/// brackets. Inputs and outputs keep the file's shape (NHWC); between them pictures are NCHW, turned where an operator asks for the other
/// order and not before. Weights are reals, [out, in / groups, h, w] of convolutions (a depthwise one has as many groups as channels) and
/// [out, in] of dense layers (Gemm with transB); 8-bit ones and float16 are dequantized, and activations that meet them stay float
/// (Hybrid::dequantized).
///
/// Where codes flow, inputs and outputs are codes (I8, U8) as in the file. An operator computes with what they stand for
/// (DequantizeLinear), and QuantizeLinear rounds what it makes with the file's scale and zero point; what only moves values moves codes.
/// AVERAGE_POOL_2D (and MEAN that keeps the scale) averages the codes themselves, since there ties are frequent, and rounds them as LiteRT
/// does. Else codes differ from run.h's, which are LiteRT's, by a step where a sum falls near a tie: a few in a thousand.
///
/// An operator that is not computed stays as a node of domain "TFLite". Throws Error where a tensor would be written twice, and for more
/// weights than memoryBudget().
foreign::Network toNetwork(const Model& model);

} // namespace bitstill::tflite
