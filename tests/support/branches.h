#pragma once

#include "engine/experiment/record.h"

#include <algorithm>

namespace bitstill {

/// The mark that leaves most open, the first of them; counted from 1.
inline long openMark(const Record& run)
{
    const auto most = std::ranges::max_element(run.marks, {}, [](const Mark& m) { return m.open.size(); });
    return most - run.marks.begin() + 1;
}

} // namespace bitstill
