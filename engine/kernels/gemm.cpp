#include "engine/kernels/gemm.h"

#include "engine/kernels/onednn.h"

#include <cassert>
#include <omp.h>

namespace bitstill {

void computeOnThisThreadAlone()
{
    static thread_local const bool once = (omp_set_num_threads(1), true);
    (void)once;
}

void Gemm::run(const float* a, const float* b, float* c) const
{
    if (m == 0 || n == 0) return;
    computeOnThisThreadAlone();
    [[maybe_unused]] const dnnl_status_t status =
        dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, beta, c, ldc);
    assert(status == dnnl_success);
}

} // namespace bitstill
