#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"

#include <cmath>

namespace bitstill {

namespace {

double logOf(double p) { return std::log(std::max(p, 1e-300)); }

/// Soft labels among all classes but one.
std::vector<double> others(const float* logits, std::size_t n, std::size_t without, double temperature)
{
    std::vector<float> kept;
    for (std::size_t c = 0; c < n; ++c)
        if (c != without) kept.push_back(logits[c]);
    std::vector<double> p(kept.size());
    if (!kept.empty()) softLabels(kept.data(), kept.size(), temperature, p.data());
    return p;
}

double loss(const float* student, const float* teacher, std::size_t n, std::int32_t label, const DistillSettings& s, float* gradient)
{
    const double t = s.temperature;
    const auto y = static_cast<std::size_t>(label);
    std::vector<double> p(n), q(n);
    softLabels(teacher, n, t, p.data());
    softLabels(student, n, t, q.data());
    const std::vector<double> po = others(teacher, n, y, t), qo = others(student, n, y, t);
    double restP = 0, restQ = 0; // summed, not 1 − p: exact where p is nearly 1
    for (std::size_t c = 0; c < n; ++c)
        if (c != y) {
            restP += p[c];
            restQ += q[c];
        }
    const double target = p[y] * (logOf(p[y]) - logOf(q[y])) + (restP > 0 ? restP * (logOf(restP) - logOf(restQ)) : 0);
    double among = 0;
    for (std::size_t i = 0; i < po.size(); ++i)
        if (po[i] > 0) among += po[i] * (logOf(po[i]) - logOf(qo[i]));
    // d target / d z: (q_y − p_y)/T on the true class, spread over the others as the student has them.
    for (std::size_t c = 0, i = 0; c < n; ++c) {
        if (c == y) {
            gradient[c] = static_cast<float>(s.warmUp * t * s.targetWeight * (q[y] * restP - p[y] * restQ));
            continue;
        }
        const double share = qo[i] * (p[y] * restQ - q[y] * restP);
        gradient[c] = static_cast<float>(s.warmUp * t * (s.targetWeight * share + s.othersWeight * (qo[i] - po[i])));
        ++i;
    }
    return s.warmUp * t * t * (s.targetWeight * target + s.othersWeight * among);
}

} // namespace

DistillMethod decoupledMethod()
{
    return {"decoupled", text("true class and other classes apart, so that a confident teacher still tells about the others (DKD)"),
        DistillMethod::Source::Teacher, &loss};
}

} // namespace bitstill
