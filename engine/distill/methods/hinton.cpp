#include "engine/distill/method.h"

#include <Eigen/Core>
#include <cmath>

namespace bitstill {

namespace {

/// KL = Σ p·(t − s)/T − ln Z_t + ln Z_s: exactly 0 where the logits are equal.
double loss(const float* student, const float* teacher, std::size_t n, std::int32_t, const DistillSettings& s, float* gradient)
{
    using Row = Eigen::Map<const Eigen::ArrayXf>;
    static thread_local Eigen::ArrayXd p, q, zt, zs;
    const auto classes = static_cast<Eigen::Index>(n);
    const double inverse = 1 / s.temperature;
    const Row t(teacher, classes), z(student, classes);
    zt = (t.cast<double>() - static_cast<double>(t.maxCoeff())) * inverse; // in float the difference may overflow
    zs = (z.cast<double>() - static_cast<double>(z.maxCoeff())) * inverse;
    p = zt.exp();
    q = zs.exp();
    const double sumP = p.sum(), sumQ = q.sum();
    p *= 1 / sumP;
    q *= 1 / sumQ;
    const double kl = (p * (zt - zs)).sum() - std::log(sumP) + std::log(sumQ);
    Eigen::Map<Eigen::ArrayXf>(gradient, classes) = ((q - p) * s.temperature).cast<float>();
    return s.temperature * s.temperature * kl;
}

} // namespace

DistillMethod hintonMethod()
{
    return {"soft-labels", text("the teacher's probabilities at temperature T, times T² (Hinton)"), DistillMethod::Source::Teacher, &loss};
}

} // namespace bitstill
