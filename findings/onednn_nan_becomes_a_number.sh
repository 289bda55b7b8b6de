#!/usr/bin/env bash
# oneDNN 2.6.3 (Debian 12): ReLU, clip and max pooling turn NaN into an ordinary number, so a network whose weights are all NaN
# has a finite loss (ln of the number of classes), where NumPy and PyTorch hand the NaN on.
# One would guess that a NaN reaches the loss and that watching the loss is enough to notice divergence. It is not: look at weights.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
apt-get download -q libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
cat > nan.cpp <<'CPP'
#include <oneapi/dnnl/dnnl.hpp>
#include <cmath>
#include <cstdio>
#include <vector>
using namespace dnnl;
using tag = memory::format_tag;

int main()
{
    engine cpu(engine::kind::cpu, 0);
    stream s(cpu);
    std::vector<float> x(16, NAN), y(16);
    const memory::desc row({1, 16}, memory::data_type::f32, tag::nc);
    const auto pointwise = [&](const char* name, algorithm what, float alpha, float beta) {
        memory in(row, cpu, x.data()), out(row, cpu, y.data());
        eltwise_forward({{prop_kind::forward_inference, what, row, alpha, beta}, cpu}).execute(s, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
        s.wait();
        std::printf("%s(NaN) = %g\n", name, y[0]);
    };
    pointwise("relu", algorithm::eltwise_relu, 0, 0);
    pointwise("clip 0..6", algorithm::eltwise_clip, 0, 6);
    pointwise("tanh", algorithm::eltwise_tanh, 0, 0);

    const memory::desc map({1, 1, 4, 4}, memory::data_type::f32, tag::nhwc), half({1, 1, 2, 2}, memory::data_type::f32, tag::nhwc);
    memory in(map, cpu, x.data()), out(half, cpu, y.data());
    x[0] = 1; // a window with one number and three NaN
    pooling_forward({{prop_kind::forward_inference, algorithm::pooling_max, map, half, {2, 2}, {2, 2}, {0, 0}, {0, 0}}, cpu})
        .execute(s, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    s.wait();
    std::printf("max of 1, NaN, NaN, NaN = %g; max of four NaN is %s\n", y[0], std::isnan(y[3]) ? "NaN" : "a number");
}
CPP
g++ -std=c++17 -Iusr/include nan.cpp -Lusr/lib/x86_64-linux-gnu -ldnnl -o nan
LD_LIBRARY_PATH=usr/lib/x86_64-linux-gnu ./nan | tee seen
diff seen - <<'SEEN' && echo "as seen: oneDNN 2.6.3 drops NaN in ReLU, clip and max pooling"
relu(NaN) = 0
clip 0..6(NaN) = 0
tanh(NaN) = nan
max of 1, NaN, NaN, NaN = 1; max of four NaN is a number
SEEN
