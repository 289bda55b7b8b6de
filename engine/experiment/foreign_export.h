#pragma once

#include "engine/experiment/spec.h"
#include "engine/models/export/export.h"

#include <functional>

namespace bitstill {
class ThreadPool;
}

namespace bitstill::own_model {

/// What came of a file that was written, beside the network that own-model has measured.
struct WrittenModel {
    std::size_t bytes = 0;
    std::size_t samples = 0, equal = 0; ///< test samples, and those for which the file computes the same numbers
    double sqnrDb = 0; ///< of the file beside the measured network; infinite where all are equal
};

/// Writes the model of model.file as ONNX, float, or rounded and repaired as the spec's fields say (QDQ), reads the file back and runs it
/// on the test samples. Calibrates, and for mixed precision measures the layers, as the experiment does. Throws Error, Stopped when
/// `keepGoing` says no.
WrittenModel writeModel(const Spec& spec, bool rounds, ExportTarget target, const std::filesystem::path& file, ThreadPool& pool,
    const std::function<bool()>& keepGoing);

} // namespace bitstill::own_model
