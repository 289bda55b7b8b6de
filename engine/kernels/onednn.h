#pragma once

#include "engine/core/text.h"

#include <oneapi/dnnl/dnnl.hpp>

namespace bitstill {

/// The one engine of all our primitives.
const dnnl::engine& cpu();

/// Makes oneDNN compute on the calling thread alone. Our own pool splits the work: an OpenMP team spins at
/// its barriers and collapses when anything shares a core.
void computeOnThisThreadAlone();

/// Throws Error unless oneDNN did what it was asked to. `what`: the work, "a matrix product".
void check(dnnl_status_t status, const Text& what);

/// What `make` returns; what oneDNN's C++ classes throw in it becomes an Error as check() makes it.
template <class Make> auto made(const Text& what, const Make& make)
{
    try {
        computeOnThisThreadAlone();
        return make();
    } catch (const dnnl::error& e) {
        check(e.status, what);
        throw;
    }
}

} // namespace bitstill
