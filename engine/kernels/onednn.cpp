#include "engine/kernels/onednn.h"

#include "engine/core/error.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl_debug.h>

namespace bitstill {

const dnnl::engine& cpu()
{
    static const dnnl::engine engine = made(text("its engine"), [] { return dnnl::engine(dnnl::engine::kind::cpu, 0); });
    return engine;
}

void computeOnThisThreadAlone()
{
    static thread_local const bool once = (omp_set_num_threads(1), true);
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
