#include "engine/distill/method.h"

#include <numeric>

namespace bitstill {

namespace {

double loss(const float* student, const float* teacher, std::size_t n, std::int32_t, const DistillSettings&, float* gradient)
{
    const double count = static_cast<double>(n);
    const double meanS = std::accumulate(student, student + n, 0.0) / count, meanT = std::accumulate(teacher, teacher + n, 0.0) / count;
    double total = 0;
    for (std::size_t c = 0; c < n; ++c) {
        const double d = (static_cast<double>(student[c]) - meanS) - (static_cast<double>(teacher[c]) - meanT);
        total += d * d;
        gradient[c] = static_cast<float>(d / count);
    }
    return total / (2 * count);
}

} // namespace

DistillMethod logitsMethod()
{
    return {"logits", text("the teacher's logits themselves, least squares (Ba & Caruana)"), DistillMethod::Source::Teacher, &loss, false};
}

} // namespace bitstill
