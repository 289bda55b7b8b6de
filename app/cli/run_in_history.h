#pragma once

#include "engine/store/history.h"

namespace bitstill::cli {

/// A run of the command line that is kept in a history: begun there, so that it is offered again if the process is killed.
class RunInHistory {
public:
    /// Throws Error when the history cannot be opened: before the run, not after it.
    RunInHistory(const std::string& store, const Spec& spec);
    /// What went wrong; empty when it is kept. The run's other results are not touched by it.
    Text end(const Record& record, const KeptModels& models);

private:
    History m_history;
    RunId m_run;
};

} // namespace bitstill::cli
