#include "app/cli/history_run.h"

namespace bitstill::cli {

KeptRun::KeptRun(const std::string& store, const Spec& spec) : m_history(store), m_run(m_history.begin(spec, "command line")) { }

Text KeptRun::end(const Record& record, const KeptModels& models)
try {
    m_history.end(m_run, record, models);
    return {};
} catch (const Error& e) {
    return text("the history does not have this run: %1", e.sentence());
}

} // namespace bitstill::cli
