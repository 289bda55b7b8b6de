#pragma once

#include "engine/core/text.h"
#include "engine/io/arrays.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Networks in TFLite's files (.tflite): what a file says. run.h computes with it.
namespace bitstill::tflite {

/// Index of a tensor in Model::tensors.
using TensorId = int;
constexpr TensorId kAbsent = -1; ///< an optional input that is not given

/// real = scale · (code − zeroPoint), one of each for the whole tensor or one for each index of dimension `axis`.
struct Quantization {
    std::vector<float> scale; ///< empty: not quantized
    std::vector<std::int64_t> zeroPoint; ///< as many
    int axis = 0; ///< 0 for vectors, whatever the file says: they have no other
};

struct TensorInfo {
    std::string name; ///< never empty, never twice in one network
    std::string type; ///< safetensors' name ("F32", "I8"), or "I4", "I2", "STRING", "RESOURCE", ...
    Shape shape; ///< NHWC; weights of convolutions OHWI, depthwise [1, H, W, channels · multiplier], dense [out, in]
    bool isSparse = false; ///< its values are stored as sparse ones, which nothing here reads
    bool freeBatch = false; ///< the first dimension is free and 1 stands for it
    Quantization quantization;
    std::size_t begin = 0, bytes = 0; ///< of its values in Model::file; bytes is 0 where there are none

    bool isConstant() const { return bytes > 0; }
    /// Whole numbers that stand for real ones.
    bool isQuantized() const
    {
        return !quantization.scale.empty() && (type == "I8" || type == "U8" || type == "I32" || type == "I4" || type == "I2");
    }
};

enum class Activation { none = 0, relu = 1, reluN1To1 = 2, relu6 = 3, tanh = 4, signBit = 5 };

/// Of whatever operator: those that it does not have keep their defaults.
struct OperatorOptions {
    Activation activation = Activation::none;
    bool same = false; ///< padding SAME: ⌈size / stride⌉ outputs, the odd row and column of padding below and right; else VALID: none
    std::array<int, 2> stride{}, dilation{1, 1}, window{}; ///< height, width; window of pools
    float beta = 1; ///< SOFTMAX: factor of its logits
    int axis = 0; ///< CONCATENATION
    bool keepDimensions = false; ///< MEAN, FULLY_CONNECTED
    bool plainWeights = true; ///< FULLY_CONNECTED: not shuffled for some CPU
};

struct Operator {
    int code = 0;
    std::string name; ///< "CONV_2D"; of custom ones the name that their author gave; of others "operator 142"
    std::vector<TensorId> inputs; ///< kAbsent where an optional one is not given
    std::vector<TensorId> outputs;
    OperatorOptions options;
};

/// The first subgraph of a file.
struct Model {
    std::string name; ///< of the file
    std::string format; ///< "TFLite 3, MLIR Converted.", for people
    std::vector<TensorInfo> tensors;
    std::vector<Operator> operators; ///< in the order of the file, in which they run
    std::vector<TensorId> inputs, outputs;
    std::vector<Text> notes; ///< what a person should know about this file
    std::string file; ///< the file's bytes

    /// Of this name, or kAbsent.
    TensorId find(std::string_view wanted) const;
    /// The bytes of a constant, little-endian, C order.
    std::string_view bytes(TensorId tensor) const;
    /// The codes or values of a constant; I4 and I2 as I8.
    Array constant(TensorId tensor) const;
};

/// The network in a file of at most 1 GiB. Throws Error for what is not TFLite version 3, for offsets that lead out of the file (checked by
/// flatbuffers' verifier), for indices of no tensor, buffer or operator code, for constants of other sizes than their shapes, for scales
/// that are none, for weights kept outside the flatbuffer, and for more of anything than the file has bytes.
Model readModel(const std::filesystem::path& file);
/// The same from memory. `name` is for errors.
Model modelFromBytes(std::string bytes, const std::string& name);

/// "CONV_2D" of 3; empty for codes that have no name here.
std::string_view operatorName(int code);

} // namespace bitstill::tflite
