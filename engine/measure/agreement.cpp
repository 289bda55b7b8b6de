#include "engine/measure/agreement.h"

#include "engine/core/error.h"
#include "engine/kernels/elementwise.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bitstill {

namespace {

/// log Σ exp of a row.
double logSum(const float* row, std::size_t n)
{
    const auto largest = static_cast<double>(*std::max_element(row, row + n));
    double sum = 0;
    for (std::size_t c = 0; c < n; ++c) sum += std::exp(static_cast<double>(row[c]) - largest);
    return largest + std::log(sum);
}

/// Index of the largest value but one; 0 where there is only one class.
std::size_t second(const float* row, std::size_t n)
{
    const std::size_t first = argmax(row, n);
    std::size_t best = first == 0 ? std::min<std::size_t>(1, n - 1) : 0;
    for (std::size_t c = 0; c < n; ++c)
        if (c != first && row[c] > row[best]) best = c;
    return best;
}

} // namespace

void requireFinite(const Logits& logits)
{
    if (kernels::allFinite(logits.values.data(), logits.count * logits.classes)) return;
    for (std::size_t i = 0; i < logits.count; ++i)
        if (!kernels::allFinite(logits.row(i), logits.classes))
            throw NotFinite("measure", text("the network's output for sample %1 is not a number", std::to_string(i + 1)),
                text("look for values in the data that are far beyond the others, or train with a smaller learning rate"));
}

double agreement(const Logits& a, const Logits& b)
{
    assert(a.count == b.count && a.classes == b.classes);
    std::size_t same = 0;
    for (std::size_t i = 0; i < a.count; ++i) same += argmax(a.row(i), a.classes) == argmax(b.row(i), b.classes);
    return a.count == 0 ? 0 : static_cast<double>(same) / static_cast<double>(a.count);
}

double secondChoiceAgreement(const Logits& a, const Logits& b)
{
    assert(a.count == b.count && a.classes == b.classes);
    std::size_t first = 0, both = 0;
    for (std::size_t i = 0; i < a.count; ++i) {
        if (argmax(a.row(i), a.classes) != argmax(b.row(i), b.classes)) continue;
        ++first;
        both += second(a.row(i), a.classes) == second(b.row(i), b.classes);
    }
    return first == 0 ? 0 : static_cast<double>(both) / static_cast<double>(first);
}

double klDivergence(const Logits& a, const Logits& b)
{
    assert(a.count == b.count && a.classes == b.classes);
    requireFinite(a);
    requireFinite(b);
    double total = 0;
    for (std::size_t i = 0; i < a.count; ++i) {
        const double sumA = logSum(a.row(i), a.classes), sumB = logSum(b.row(i), b.classes);
        for (std::size_t c = 0; c < a.classes; ++c) {
            const double logP = static_cast<double>(a.row(i)[c]) - sumA, logQ = static_cast<double>(b.row(i)[c]) - sumB;
            total += std::exp(logP) * (logP - logQ);
        }
    }
    return a.count == 0 ? 0 : total / static_cast<double>(a.count);
}

} // namespace bitstill
