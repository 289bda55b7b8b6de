#pragma once

#include "engine/experiment/trained_network.h"
#include "engine/models/export/export.h"
#include "engine/models/export/read_back.h"

namespace bitstill {

/// An ONNX file of a trained network, and what the network computes.
struct ExportedModel {
    std::string bytes;
    Logits logits; ///< of the whole test set
    double accuracy = 0; ///< there
    Text how; ///< it is rounded; empty for float32
};

/// 8 bits, weights by channel, activations as the runtime wants them: what runtimes have kernels for.
QuantizationOptions int8For(ExportTarget target);
/// As the network's run calibrates, or with so many samples of the training set; 0: the run's own number, or 512.
Calibration calibrationFor(const TrainedNetwork& network, std::size_t samples = 0);

using KeepGoing = std::function<bool()>; ///< when it says no, Stopped is thrown

ExportedModel exportedFloat(TrainedNetwork& network, ThreadPool& pool, const KeepGoing& keepGoing = {});
ExportedModel exportedFourBit(const TrainedNetwork& network, ThreadPool& pool);
ExportedModel exportedQuantized(const TrainedNetwork& network, const QuantizationOptions& options, const Calibration& calibration,
    ExportTarget target, ThreadPool& pool, const KeepGoing& keepGoing = {});

/// The file, read and run, beside what was exported, on these rows of the test set. Throws Error when they are not the same but for
/// rounding ties.
ReadBack verifiedExport(const std::filesystem::path& file, const TrainedNetwork& network, const ExportedModel& exported,
    const std::vector<std::uint32_t>& rows, ThreadPool& pool);

} // namespace bitstill
