#pragma once

#include "engine/core/text.h"

#include <oneapi/dnnl/dnnl.hpp>

namespace bitstill {

/// The one engine of all our primitives.
const dnnl::engine& cpu();

/// Holds oneDNN to BITSTILL_MAX_CPU_ISA, as our own loops are (cpu_isa.h). It takes that only before its first use: whoever asks it for
/// anything comes through here, computeOnThisThreadAlone() does. Throws Error if it does not take it.
void holdToCpuIsa();

/// Makes oneDNN compute on the calling thread alone. Our own pool splits the work: an OpenMP team spins at
/// its barriers and collapses when anything shares a core.
void computeOnThisThreadAlone();

/// Throws the Error of a status that is no success. `what`: the work, "a matrix product".
[[noreturn]] void refused(dnnl_status_t status, const Text& what);

/// Throws Error unless oneDNN did what it was asked to. `what()` says the work; it is asked only then, since kernels come here every step.
template <class What> void check(dnnl_status_t status, const What& what)
{
    if (status != dnnl_success) refused(status, what());
}

/// What `make` returns; what oneDNN's C++ classes throw in it becomes an Error as check() makes it.
template <class Make> auto made(const Text& what, const Make& make)
{
    try {
        computeOnThisThreadAlone();
        return make();
    } catch (const dnnl::error& e) {
        refused(e.status, what);
    }
}

} // namespace bitstill
