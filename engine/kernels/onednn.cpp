#include "engine/kernels/onednn.h"

#include "engine/core/cpu_isa.h"
#include "engine/core/error.h"

#include <cstdlib>
#include <omp.h>
#include <oneapi/dnnl/dnnl_debug.h>
#include <strings.h>

namespace bitstill {

namespace {

/// What the user's own ONEDNN_MAX_CPU_ISA (or DNNL_MAX_CPU_ISA, its older name) holds it to is less than AVX2.
bool isHeldToLess()
{
    for (const char* name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"})
        if (const char* value = std::getenv(name)) return strcasecmp(value, "SSE41") == 0 || strcasecmp(value, "AVX") == 0;
    return false;
}

dnnl_status_t holdToLimit()
{
    const CpuIsa limit = cpuIsaLimit();
    if (limit == CpuIsa::Avx512 || (limit == CpuIsa::Avx2 && isHeldToLess())) return dnnl_success;
    return dnnl_set_max_cpu_isa(limit == CpuIsa::Avx2 ? dnnl_cpu_isa_avx2 : dnnl_cpu_isa_sse41);
}

} // namespace

void holdToCpuIsa()
{
    static const dnnl_status_t status = holdToLimit();
    if (status != dnnl_success)
        throw Error(
            "oneDNN", text("it cannot be held to an instruction set (%1)", dnnl_status2str(status)), text("unset BITSTILL_MAX_CPU_ISA"));
}

const dnnl::engine& cpu()
{
    static const dnnl::engine engine = made(text("its engine"), [] { return dnnl::engine(dnnl::engine::kind::cpu, 0); });
    return engine;
}

void computeOnThisThreadAlone()
{
    static thread_local const bool once = (holdToCpuIsa(), omp_set_num_threads(1), true);
    (void)once;
}

void refused(dnnl_status_t status, const Text& what)
{
    if (status == dnnl_out_of_memory)
        throw Error("oneDNN", text("there is not enough memory for %1", what), text("use a smaller network or a smaller batch"));
    throw Error("oneDNN", text("it could not compute %1 (%2)", what, dnnl_status2str(status)),
        text("check that the installed libdnnl is the one that Bitstill was built with"));
}

} // namespace bitstill
