#include "engine/distill/method.h"

namespace bitstill {

namespace {

double loss(const Features& student, const Features& teacher, float* gradient)
{
    const std::size_t n = static_cast<std::size_t>(student.rows) * student.shape.size();
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const float d = student.values[i] - teacher.values[i];
        total += static_cast<double>(d) * static_cast<double>(d);
        gradient[i] = 2 * d / static_cast<float>(n);
    }
    return total / static_cast<double>(n);
}

} // namespace

DistillMethod hintsMethod()
{
    return {.name = "hints",
        .description = text("the teacher's inner features, through a learned linear layer (FitNets)"),
        .features = &loss,
        .taps = TapKind::Either,
        .regressor = true,
        .weight = 1};
}

} // namespace bitstill
