#pragma once

namespace bitstill {

/// Makes oneDNN compute on the calling thread alone. Our own pool splits the work: an OpenMP team spins at
/// its barriers and collapses when anything shares a core.
void computeOnThisThreadAlone();

} // namespace bitstill
