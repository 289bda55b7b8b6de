#include "engine/kernels/gemm.h"

#include "engine/kernels/onednn.h"

namespace bitstill {

void Gemm::run(const float* a, const float* b, float* c) const
{
    if (m == 0 || n == 0) return;
    computeOnThisThreadAlone();
    const dnnl_status_t status = dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, beta, c, ldc);
    check(status, [] { return text("a matrix product"); });
}

} // namespace bitstill
