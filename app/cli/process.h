#pragma once

#include "app/cli/interrupts.h"
#include "engine/core/text.h"

#include <string>
#include <vector>

namespace bitstill::cli {

struct Output {
    bool started = false; ///< there is such a program
    int exit = -1; ///< −1: a signal ended it
    bool late = false; ///< it did not end in time, and was ended
    std::string text; ///< what it wrote, errors too
};
/// Runs a program that has its answer soon, and ends it when it has not.
Output outputOf(const std::vector<std::string>& command, std::chrono::seconds patience = std::chrono::seconds(10));

struct Ended {
    int exit = -1; ///< −1: a signal ended it
};
/// Runs a program with this on its standard input, our output as its own. What stops us stops it: it is sent TERM, once more shortly after
/// (which for GNU parallel means its jobs too), and KILL in the end.
Ended runProcess(const std::vector<std::string>& command, const std::string& input, Interrupts& interrupts);

/// Why a process is not there any more, by its exit status or the signal (0: none) that ended it.
Text endText(int exit, int signal);

/// For a shell, whatever is in it.
std::string quoted(const std::string& word);

} // namespace bitstill::cli
