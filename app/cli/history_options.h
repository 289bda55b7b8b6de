#pragma once

#include "app/cli/history.h"

#include <CLI/CLI.hpp>

namespace bitstill::cli {

/// The command `history` and its own, which fill `arguments`.
void addHistory(CLI::App& app, HistoryArguments& arguments);

} // namespace bitstill::cli
