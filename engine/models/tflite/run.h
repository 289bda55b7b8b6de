#pragma once

#include "engine/models/tflite/model.h"

namespace bitstill::tflite {

/// What becomes of float activations that meet 8-bit weights.
enum class Hybrid {
    dequantized, ///< weights become floats, all else is exact
    rounded, ///< as LiteRT does: activations are rounded to 255 steps between their smallest and largest value (and 0), one range for each
             ///< row of FULLY_CONNECTED, each place of a 1x1 convolution and each picture of the others
};

/// How far a network runs.
struct Extent {
    std::size_t operators = 0; ///< the first ones, of which all run that the outputs need
    Text reason; ///< why the next does not; empty: it runs whole
};
Extent extentOf(const Model& model);

/// What an operator that runs sums up for one sample: products of a layer with weights, values under the windows of a pool; 0 of others and
/// of what does not run.
double workOf(const Model& model, const Operator& op);

struct RunOptions {
    Hybrid hybrid = Hybrid::dequantized;
    std::vector<TensorId> keep{}; ///< what is wanted; empty: the network's outputs. Only what they need is computed.
};

/// Runs the network in double precision, its quantized parts on codes exactly, with LiteRT's rule of rounding in each operator
/// (rounding.h). Inputs by name, of the types of the file (codes as I8 or U8) and its shapes; where the file's first dimension is 1, any
/// number of samples, each computed alone. Gives what is kept, by name. Throws Error for inputs that are missing, too many or of other
/// shape or type, for operators that do not run, naming the first, and for more work than 10^12 operations or more memory than
/// memoryBudget().
NamedArrays run(const Model& model, const NamedArrays& inputs, const RunOptions& options = {});

} // namespace bitstill::tflite
