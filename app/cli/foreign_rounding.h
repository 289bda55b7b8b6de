#pragma once

#include "engine/models/export/export.h"
#include "engine/models/shrink/quantize.h"

namespace bitstill::cli {

// How a network from elsewhere is rounded on its way into a file, and when it is run as that file would run.

inline constexpr const char* kForeignObserver = "min-max";

struct ForeignRounding {
    bool weightsAlone = false; ///< 4 bits, activations float
    bool perChannel = false;
    std::vector<std::string> bits{}; ///< as --bits has them
    ExportTarget target = ExportTarget::Any;
};
QuantizationOptions foreignOptions(const ForeignRounding& rounding);

/// Throws Error for a network that is rounded already; `what` is its file.
void refuseRounded(const foreign::Network& network, const std::string& what);
/// Calibrated on the samples; throws WrongUse where the options name a layer that is not there.
foreign::Quantizer calibrated(foreign::Network network, const NamedArrays& samples, const QuantizationOptions& options, ThreadPool& pool);

} // namespace bitstill::cli
