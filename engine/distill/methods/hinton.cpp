#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"

#include <cmath>

namespace bitstill {

namespace {

double loss(const float* student, const float* teacher, std::size_t n, std::int32_t, const DistillSettings& s, float* gradient)
{
    static thread_local std::vector<double> p, q;
    p.resize(n);
    q.resize(n);
    softLabels(teacher, n, s.temperature, p.data());
    softLabels(student, n, s.temperature, q.data());
    double kl = 0;
    for (std::size_t c = 0; c < n; ++c) {
        if (p[c] > 0) kl += p[c] * (std::log(p[c]) - std::log(std::max(q[c], 1e-300)));
        gradient[c] = static_cast<float>(s.temperature * (q[c] - p[c]));
    }
    return s.temperature * s.temperature * kl;
}

} // namespace

DistillMethod hintonMethod() { return {"soft-labels", "the teacher's probabilities at temperature T, times T² (Hinton)", true, &loss}; }

} // namespace bitstill
