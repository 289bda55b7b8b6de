#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace bitstill {

/// What /proc/PID/stat says behind the name: the state first ("Z" or "X": dead, only not yet collected), as the 20th the start in ticks
/// since the boot (proc(5)). Empty for a process that is not there, and where there is no /proc.
std::vector<std::string> processStat(pid_t pid);

inline bool isDead(const std::vector<std::string>& stat) { return !stat.empty() && (stat.front() == "Z" || stat.front() == "X"); }

} // namespace bitstill
