#pragma once

#include "app/cli/interrupts.h"
#include "engine/experiment/record.h"
#include "engine/io/result_folder.h"

namespace bitstill::cli {

/// Draws all figures in all formats into figures/, by the window's own painters, without a window and in a process of its own: where
/// memory, files or threads lack, Qt and the libraries below it abort, crash or wait for ever, which must not cost what was computed. To be
/// called without threads. Returns what went wrong, one sentence each. Ends early a while after an interruption.
std::vector<std::string> drawFigures(
    ResultFolder& folder, const Record& record, const std::vector<std::string>& formats, Interrupts& interrupts);

} // namespace bitstill::cli
