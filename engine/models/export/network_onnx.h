#pragma once

#include "engine/models/export/export.h"
#include "engine/models/network.h"

namespace bitstill::foreign {

/// The network as an ONNX file: its nodes with their names, constants, attributes and inputs where the opset has them, which is the lowest,
/// from 13 on, that has all of its operators in their form; IR 8, from opset 21 on 10. Free dimensions stay free. Constants that had codes
/// in their file have those again, behind a DequantizeLinear; codes of `network.fourBits` are written as int4 (int8 ones) or uint4.
/// metadata_props holds `about`, "bitstill.source_format" and the version of Bitstill as producer's where `about` has it
/// ("bitstill.version"). Read again, it computes the same bits. Throws Error naming a node that ONNX as we write it cannot say.
std::string onnxBytes(const Network& network, const ExportNotes& about);

} // namespace bitstill::foreign
