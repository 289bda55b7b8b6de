#pragma once

#include "app/cli/sweep.h"

namespace CLI {
class App;
}

namespace bitstill::cli {

/// The command `sweep` and its own commands.
void addSweep(CLI::App& app, SweepArguments& arguments);
/// Cuts off what stands behind "--", which is for parallel or sbatch.
std::vector<std::string> passedOn(int& argc, char** argv);

} // namespace bitstill::cli
