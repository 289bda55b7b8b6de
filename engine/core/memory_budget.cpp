#include "engine/core/memory_budget.h"

#include "engine/core/error.h"

#include <algorithm>
#include <unistd.h>

namespace bitstill {

std::uint64_t memoryBudget()
{
    constexpr std::uint64_t kMost = 4ull << 30;
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0) return kMost;
    return std::min(kMost, static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 2);
}

void requireMemory(const Text& where, const Text& what, double bytes, const Text& hint)
{
    const auto budget = static_cast<double>(memoryBudget());
    if (bytes <= budget) return;
    constexpr double kGiB = 1024.0 * 1024 * 1024;
    throw Error(
        where, text("%1 would take %2 GiB of memory; the limit is %3 GiB", what, fixed(bytes / kGiB, 1), fixed(budget / kGiB, 1)), hint);
}

} // namespace bitstill
