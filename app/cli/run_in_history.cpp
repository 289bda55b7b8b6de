#include "app/cli/run_in_history.h"

namespace bitstill::cli {

RunInHistory::RunInHistory(const std::string& store, const Spec& spec) : m_history(store), m_run(m_history.begin(spec, "command line")) { }

Text RunInHistory::end(const Record& record, const KeptModels& models)
try {
    m_history.end(m_run, record, models);
    return {};
} catch (const Error& e) {
    return text("the history does not have this run: %1", e.sentence());
}

} // namespace bitstill::cli
