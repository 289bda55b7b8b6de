#pragma once

#include "engine/quant/quantized_network.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bitstill {

/// Whom a quantized ONNX file is for: what its activations and biases look like.
///              activations               bias
/// any          uint8 with a zero point   int32, scale s_x·s_w
/// onnxruntime  uint8 with a zero point   int32, scale s_x·s_w
/// tensorrt     int8, zero point 0        float, of the values that the codes stand for
enum class ExportTarget { Any, OnnxRuntime, TensorRt };
const std::vector<std::string>& exportTargetNames(); ///< "any", "onnxruntime", "tensorrt", in the order of ExportTarget
/// Throws Error for a name that is none.
ExportTarget exportTargetOf(const std::string& name);

/// TensorRT takes signed codes with zero point 0 alone: throws Error, naming `where`, for others.
void refuseForTensorRt(const std::string& where, const QuantParameters& p);

/// What metadata_props says, beside what the file is: where it comes from, how it was calibrated, how accurate it is.
using ExportNotes = std::map<std::string, std::string>;

/// The network as an ONNX file (opset 13, IR 8): input "input", float32 [N, channels, height, width], or [N, features] where samples are no
/// maps; output "logits" [N, classes]; BatchNorm folded into what it follows; convolutions' weights OIHW, dense ones [out, in] with inputs
/// in the order channel, row, column (Gemm, transB = 1). Throws Error naming a layer that ONNX has no operator for here.
std::string onnxBytes(const Graph& trained, const ExportNotes& about);
/// The quantized network in the same form: QuantizeLinear and DequantizeLinear (QDQ) with exactly its codes and scales, so that a runtime
/// that does what the file says computes what the network's pass() computes with profile onnx (codes are rint(x/s) + z there), but for the
/// order of its sums. Weights of 8 bits or fewer are int8 (uint8 where they are unsigned), per tensor or per output channel (axis 0); bias
/// codes as biasCodes(); activations of fewer than 8 bits are cut by a Clip before they are rounded. Throws Error where it cannot be said
/// in QDQ, and where activations are rounded but weights are not: runtimes round those as they see fit.
std::string onnxBytes(const QuantizedNetwork& network, ExportTarget target, const ExportNotes& about);

/// Weights of 4 bits, all else float: what makes a file small for runtimes that compute in float. Dense layers have a scale for each
/// `block` inputs of an output, in the order of files (the last block may be shorter), convolutions one for each output channel; scale =
/// absmax/7, codes −7 ... 7.
struct FourBitWeights {
    struct Layer {
        std::vector<std::int32_t> codes; ///< as the weights in a file
        std::vector<float> scales; ///< row-major by output and block
    };
    FourBitWeights(const Graph& trained, int block = 32);

    int block;
    std::map<std::string, Layer> layers; ///< by the weight's name
    Graph rounded; ///< the network with the weights that the codes stand for, BatchNorm folded
};
/// The same form with opset 21, whose DequantizeLinear knows int4 and blocks.
std::string onnxBytes(const FourBitWeights& network, const ExportNotes& about);

/// What an ONNX file must be.
enum class FileRules {
    Ours, ///< nothing in it about rounding that a runtime could take for something else (RoundingRules)
    Valid, ///< what ONNX allows
};

/// What is wrong with an ONNX file that was written here, one sentence each; nothing when it is right: parses, nodes in an order in which
/// they can run, each value made once, operators, attributes and types that its opset has, shapes that fit, scales that are positive, zero
/// points of their codes' type, and the rules. onnx.checker lets most of these pass.
std::vector<Text> problemsOf(const std::string& model, FileRules rules = FileRules::Ours);
/// Writes the file as a whole or not at all. Throws Error with the first of problemsOf() and writes nothing when there are any.
void writeOnnx(const std::filesystem::path& file, const std::string& model, FileRules rules = FileRules::Ours);

} // namespace bitstill
