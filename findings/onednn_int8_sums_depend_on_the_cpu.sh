#!/usr/bin/env bash
# oneDNN 2.6.3 (Debian 12): an int8 product with int32 sums gives other integers on a CPU without VNNI. u8 x s8 saturates pairs of
# products at 32767; s8 x s8 (shifted to u8 inside) loses nearly everything; only weights of 7 bits are safe.
# One would guess that int32 accumulators make integer arithmetic exact on every CPU; so the same int8 network has two accuracies.
# ONEDNN_MAX_CPU_ISA stands for the older CPU here; on a machine that has no VNNI the first line of each pair is off as well.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
apt-get download -q libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat > sums.cpp <<'CPP'
#include <oneapi/dnnl/dnnl.hpp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>
using namespace dnnl;
using tag = memory::format_tag;
using type = memory::data_type;

void product(const char* name, type source, int x, int w)
{
    constexpr int K = 16, N = 16;
    engine cpu(engine::kind::cpu, 0);
    stream s(cpu);
    std::vector<std::uint8_t> a(K), b(K * N);
    std::vector<std::int32_t> y(N);
    std::memset(a.data(), x, a.size());
    std::memset(b.data(), w, b.size());
    const memory::desc ad({1, K}, source, tag::ab), bd({K, N}, type::s8, tag::ab), yd({1, N}, type::s32, tag::ab);
    memory am(ad, cpu, a.data()), bm(bd, cpu, b.data()), ym(yd, cpu, y.data());
    matmul({{ad, bd, yd}, cpu}).execute(s, {{DNNL_ARG_SRC, am}, {DNNL_ARG_WEIGHTS, bm}, {DNNL_ARG_DST, ym}});
    s.wait();
    std::printf("%s %d x %d, 16 times: %d (exact %d)\n", name, x, w, y[0], K * x * w);
}

int main()
{
    product("u8*s8", type::u8, 255, 127);
    product("s8*s8", type::s8, 127, 127);
    product("u8*s8", type::u8, 255, 64);
}
CPP
g++ -std=c++17 -Iusr/include sums.cpp -Lusr/lib/x86_64-linux-gnu -ldnnl -o sums
LD_LIBRARY_PATH=usr/lib/x86_64-linux-gnu ONEDNN_MAX_CPU_ISA=AVX2 ./sums | tee seen
diff seen - <<'SEEN' && echo "as seen: oneDNN 2.6.3 held to AVX2 saturates"
u8*s8 255 x 127, 16 times: 262136 (exact 518160)
s8*s8 127 x 127, 16 times: 2040 (exact 258064)
u8*s8 255 x 64, 16 times: 261120 (exact 261120)
SEEN
