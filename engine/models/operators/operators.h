#pragma once

#include "engine/models/operators/call.h"

#include <string_view>

namespace bitstill::foreign {

using Shapes = std::vector<Shape>;
using Arrays = std::vector<Array>;
/// A single result. (Arrays{std::move(array)} would copy it.)
Arrays single(Array array);

/// What ONNX's newest opset means by a name (https://onnx.ai/onnx/operators), as plain loops over arrays in the file's own order (NCHW).
/// The same bits for any thread count, and for a sample in any batch.
struct Operator {
    std::string_view name;
    /// Of the outputs; throws NotKnownYet where that depends on values that are not there yet, Error for what does not fit.
    Shapes (*shapes)(const Call& call);
    /// `outputs` is what shapes() said.
    Arrays (*run)(const Call& call, const Shapes& outputs);
};

/// Null for an operator that is not there.
const Operator* findOperator(const Node& node);
/// Names of all, in order of the alphabet.
std::vector<std::string> operatorNames();

/// Of operators that are ours: they never come from a file.
inline constexpr const char* kOwnDomain = "bitstill";
/// y = fakeQuantize(x) with one scale for all (see quant/scheme.h): attributes scale, zero_point, low, high (codes), profile. What
/// QuantizeLinear and DequantizeLinear do one after the other, for any number of codes.
const Operator& fakeQuantizeOperator();

// The families, a file each.
using Table = std::vector<Operator>;
Table elementwiseOperators();
Table activationOperators();
Table convolutionOperators();
Table poolingOperators();
Table matrixOperators();
Table shapeOperators();
Table indexOperators();
Table recurrentOperators();
Table reductionOperators();
Table normalizationOperators();
Table resizeOperators();
Table quantizationOperators();

/// The shape of input 0.
Shapes sameShape(const Call& call);
/// The common shape of all inputs (NumPy's broadcasting).
Shapes broadcastShape(const Call& call);

} // namespace bitstill::foreign
