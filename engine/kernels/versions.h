#pragma once

#include <string>

namespace bitstill::kernels {

/// Of the oneDNN that is loaded: "2.6.3".
std::string oneDnnVersion();
/// The instruction set that oneDNN takes on this CPU, as its ONEDNN_MAX_CPU_ISA names it: "AVX2".
std::string instructionSet();

} // namespace bitstill::kernels
