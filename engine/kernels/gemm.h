#pragma once

#include <cstdint>

namespace bitstill {

/// C = op(A)·op(B) + beta·C, row-major float32, on the calling thread alone (oneDNN's sgemm). Throws Error
/// when oneDNN cannot. How a row is rounded depends on how many there are: see kernels::dots.
/// op(A) is m×k, op(B) k×n, C m×n; lda, ldb, ldc are the row lengths of the arrays as stored.
struct Gemm {
    bool transposeA = false;
    bool transposeB = false;
    std::int64_t m = 0, n = 0, k = 0;
    std::int64_t lda = 0, ldb = 0, ldc = 0;
    float beta = 0;

    void run(const float* a, const float* b, float* c) const;
};

} // namespace bitstill
