#include "app/cli/export_parts.h"
#include "app/cli/language.h"

#include "engine/core/thread_pool.h"
#include "engine/experiment/foreign_export.h"
#include "engine/experiment/record.h"
#include "engine/io/json_text.h"

#include <iostream>

namespace bitstill::cli {

int exportOwnModel(const ExportArguments& a, const Spec& spec)
{
    const bool rounds = a.precision == "run";
    if (!rounds && a.precision != "float32")
        throw WrongUse(text("--precision %1: a run of own-model is written as its settings say; choose run or float32", a.precision));
    if (!a.bits.empty() || a.calibration > 0 || !a.calibrate.empty() || a.perChannel || !a.cut.empty() || !a.network.empty()
        || !a.model.empty() || !a.data.empty() || !a.verify.empty())
        throw WrongUse(text("a run of own-model is written as its settings say; leave out all but -o, --for, --precision and --threads"));
    ThreadPool pool(a.threads > 0 ? a.threads : defaultThreads());
    const own_model::WrittenModel written = own_model::writeModel(spec, rounds, exportTargetOf(a.target), a.out, pool, {});
    if (a.json) {
        const nlohmann::json back{{"samples", written.samples}, {"equal", written.equal}};
        std::cout << jsonText(
            {{"file", a.out}, {"bytes", written.bytes}, {"precision", a.precision}, {"for", a.target}, {"read_back", back}})
                  << '\n';
        return 0;
    }
    std::cout << said(
        text("Saved: %1 (%2); read back: %3 of %4 outputs equal", printable(a.out), bytesText(static_cast<std::int64_t>(written.bytes)),
            grouped(static_cast<std::int64_t>(written.equal)), grouped(static_cast<std::int64_t>(written.samples))))
              << '\n';
    return 0;
}

} // namespace bitstill::cli
