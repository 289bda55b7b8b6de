#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace bitstill {

/// The one engine of all our primitives.
inline const dnnl::engine& cpu()
{
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

/// Makes oneDNN compute on the calling thread alone. Our own pool splits the work: an OpenMP team spins at
/// its barriers and collapses when anything shares a core.
void computeOnThisThreadAlone();

} // namespace bitstill
