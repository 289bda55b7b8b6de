#include "engine/measure/agreement.h"

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

} // namespace

double agreement(const Logits& a, const Logits& b)
{
    assert(a.count == b.count && a.classes == b.classes);
    std::size_t same = 0;
    for (std::size_t i = 0; i < a.count; ++i) same += argmax(a.row(i), a.classes) == argmax(b.row(i), b.classes);
    return a.count == 0 ? 0 : static_cast<double>(same) / static_cast<double>(a.count);
}

double klDivergence(const Logits& a, const Logits& b)
{
    assert(a.count == b.count && a.classes == b.classes);
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
