// A distillation method on logits. To engine/distill/methods/, and to the table in engine/distill/registry.cpp:
//     meanAbsoluteMethod(),
// Its declaration, with formula and source, goes to engine/distill/method.h. A method on features fills in `features` and `taps` instead of
// `loss`. The field distill.method, the comparison ways-to-distil and the tests (the gradient against differences) find it in the table.

#include "examples/templates/templates.h"

#include <cmath>

namespace bitstill {

namespace {

/// mean |student − teacher| over the classes; its gradient with respect to the student's logits.
double loss(const float* student, const float* teacher, std::size_t n, std::int32_t, const DistillSettings&, float* gradient)
{
    const double count = static_cast<double>(n);
    double total = 0;
    for (std::size_t c = 0; c < n; ++c) {
        const double d = static_cast<double>(student[c]) - static_cast<double>(teacher[c]);
        total += std::abs(d);
        gradient[c] = static_cast<float>((d > 0 ? 1 : d < 0 ? -1 : 0) / count);
    }
    return total / count;
}

} // namespace

DistillMethod meanAbsoluteMethod()
{
    return {.name = "mean-absolute", .description = "the teacher's logits, least absolute differences", .loss = &loss};
}

} // namespace bitstill
