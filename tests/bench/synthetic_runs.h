#pragma once

#include "engine/core/rng.h"
#include "engine/experiment/catalogue.h"
#include "engine/store/history.h"

namespace bitstill {

/// Each experiment in turn, with bits, a rate and some twenty metrics that differ.
inline Record syntheticRun(int number)
{
    Rng rng(static_cast<std::uint64_t>(number), "history");
    const ExperimentInfo& info = experiments()[static_cast<std::size_t>(number) % experiments().size()];
    Record record;
    record.spec = defaultSpec(info.id);
    record.spec.seed = static_cast<std::uint64_t>(number);
    if (fieldOf(info, "quant.bits")) record.spec.values["quant.bits"] = std::int64_t{2 + number % 7};
    if (fieldOf(info, "train.learning_rate")) record.spec.values["train.learning_rate"] = 0.001 * (1 + number % 50);
    record.outcome = number % 17 == 0 ? Outcome::Diverged : Outcome::Finished;
    record.seconds = 1 + 100 * rng.uniform();
    record.version = versionText();
    for (const char* name : {"float32.accuracy", "static.accuracy", "qat.accuracy"}) record.metrics.emplace_back(name, rng.uniform());
    for (int layer = 0; layer < 17; ++layer)
        record.metrics.emplace_back("layer.dense" + std::to_string(layer) + ".sqnr_db", 40 * rng.uniform());
    return record;
}

/// As many as are missing.
inline void addRuns(const std::filesystem::path& folder, int runs)
{
    History history(folder);
    for (int i = static_cast<int>(history.count()); i < runs; ++i) {
        Tensor weights({16, 16}, static_cast<float>(i % 100)); // as often as not the weights of another run
        const RunId run = history.add(syntheticRun(i), {{"float32", {{"dense1.weight", weights}}}}, 1000LL * i, "bench").id;
        if (i % 100 == 0) history.setStarred(run, true);
        if (i % 50 == 0) history.addTag(run, "paper");
        if (i % 70 == 0) history.setNote(run, "worth another look");
    }
}

} // namespace bitstill
