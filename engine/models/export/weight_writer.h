#pragma once

#include "engine/models/export/export.h"
#include "engine/models/export/onnx_builder.h"

#include <memory>

namespace bitstill {

/// Writes weights and biases of a network's layers, in the order of files.
class WeightWriter {
public:
    virtual ~WeightWriter() = default;
    /// Names of the float values weight and, where there is one, bias of a node. Throws Error where they cannot be said in ONNX.
    virtual std::vector<std::string> write(OnnxBuilder& builder, int node, bool inputIsRounded) const = 0;
};

std::unique_ptr<WeightWriter> floatWeights(const Graph& folded);
std::unique_ptr<WeightWriter> roundedWeights(const QuantizedNetwork& network, ExportTarget target);
std::unique_ptr<WeightWriter> fourBitWeights(const FourBitWeights& network);

/// INT8 or UINT8.
int codeTypeOf(const QuantParameters& p);

} // namespace bitstill
