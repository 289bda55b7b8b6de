#!/usr/bin/env bash
# oneDNN 2.6.3 (Debian 12): a float32 product of 128 rows of 784 numbers with the weights of 4, 8 or 16 outputs, laid out as PyTorch's Linear
# has them (dnnl_sgemm, B transposed), takes about as long for 4 outputs as for 16: 45, 45 and 43 us with AVX-512, 22, 18 and 29 with AVX2.
# One would guess that a quarter of the outputs takes about a quarter of the time. Below sixteen it does not: a loop over registers that
# sums each output by itself is up to five times as fast, and narrow students cost more than their share.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
apt-get download -q libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat > few.cpp <<'CPP'
#include <oneapi/dnnl/dnnl.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

constexpr dnnl_dim_t M = 128, K = 784;

/// The shortest of many calls, in µs: what else runs on the machine only makes calls longer.
double shortest(dnnl_dim_t n)
{
    std::vector<float> x(M * K, 0.5f), w(static_cast<std::size_t>(n * K), 0.25f), y(static_cast<std::size_t>(M * n));
    double best = 1e9;
    for (int i = 0; i < 2000; ++i) {
        const auto start = std::chrono::steady_clock::now();
        dnnl_sgemm('N', 'T', M, n, K, 1, x.data(), K, w.data(), K, 0, y.data(), n);
        best = std::min(best, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

int main()
{
    const double four = shortest(4), eight = shortest(8), sixteen = shortest(16);
    std::fprintf(stderr, "4 outputs %.1f us, 8 outputs %.1f us, 16 outputs %.1f us\n", four, eight, sixteen);
    std::puts(four > 0.5 * sixteen ? "4 outputs take more than half the time of 16" : "4 outputs take less than half the time of 16");
}
CPP
g++ -O1 -std=c++17 -Iusr/include few.cpp -Lusr/lib/x86_64-linux-gnu -ldnnl -o few
export LD_LIBRARY_PATH=usr/lib/x86_64-linux-gnu OMP_NUM_THREADS=1 ONEDNN_MAX_CPU_ISA=AVX2
./few | tee seen
diff seen - <<<"4 outputs take more than half the time of 16" && echo "as seen: oneDNN 2.6.3, 128 x 784 times 784 x 4, 8 and 16"
