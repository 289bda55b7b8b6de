#include "engine/distill/soft_labels.h"

#include "engine/nn/loss.h"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>

namespace bitstill {

void softLabels(const float* logits, std::size_t classes, double temperature, double* p)
{
    assert(temperature > 0);
    const Eigen::Map<const Eigen::ArrayXf> z(logits, static_cast<Eigen::Index>(classes));
    Eigen::Map<Eigen::ArrayXd> q(p, z.size());
    q = ((z - z.maxCoeff()).cast<double>() / temperature).exp();
    q /= q.sum();
}

double entropy(const double* p, std::size_t classes)
{
    double h = 0;
    for (std::size_t c = 0; c < classes; ++c)
        if (p[c] > 0) h -= p[c] * std::log(p[c]);
    return h;
}

double meanEntropy(const Logits& logits, double temperature)
{
    // −Σ p·ln p = ln Σ e − Σ e·z / Σ e for e = exp(z): one logarithm for a row.
    Eigen::ArrayXd z, e;
    double total = 0;
    for (std::size_t i = 0; i < logits.count; ++i) {
        const Eigen::Map<const Eigen::ArrayXf> row(logits.row(i), static_cast<Eigen::Index>(logits.classes));
        z = (row - row.maxCoeff()).cast<double>() / temperature;
        e = z.exp();
        const double sum = e.sum();
        total += std::log(sum) - (e * z).sum() / sum;
    }
    return logits.count == 0 ? 0 : total / static_cast<double>(logits.count);
}

std::vector<double> classSimilarity(const Logits& logits, const std::vector<std::int32_t>& labels, double temperature)
{
    const std::size_t k = logits.classes;
    std::vector<double> sums(k * k, 0.0), counts(k, 0.0), p(k);
    for (std::size_t i = 0; i < logits.count; ++i) {
        const auto label = static_cast<std::size_t>(labels[i]);
        softLabels(logits.row(i), k, temperature, p.data());
        for (std::size_t c = 0; c < k; ++c) sums[label * k + c] += p[c];
        ++counts[label];
    }
    for (std::size_t i = 0; i < k * k; ++i) sums[i] = counts[i / k] > 0 ? sums[i] / counts[i / k] : 0;
    return sums;
}

Reliability reliability(const Logits& logits, const std::vector<std::int32_t>& labels, std::size_t bins)
{
    Reliability r{std::vector<double>(bins, 0.0), std::vector<double>(bins, 0.0), std::vector<double>(bins, 0.0)};
    std::vector<double> p(logits.classes);
    for (std::size_t i = 0; i < logits.count; ++i) {
        softLabels(logits.row(i), logits.classes, 1, p.data());
        const std::size_t choice = argmax(logits.row(i), logits.classes);
        const auto bin =
            static_cast<std::size_t>(std::clamp(std::ceil(p[choice] * static_cast<double>(bins)) - 1, 0.0, static_cast<double>(bins - 1)));
        r.share[bin] += 1;
        r.confidence[bin] += p[choice];
        r.accuracy[bin] += choice == static_cast<std::size_t>(labels[i]);
    }
    for (std::size_t b = 0; b < bins; ++b) {
        if (r.share[b] == 0) continue;
        r.confidence[b] /= r.share[b];
        r.accuracy[b] /= r.share[b];
        r.share[b] /= static_cast<double>(logits.count);
        r.ece += r.share[b] * std::abs(r.accuracy[b] - r.confidence[b]);
    }
    return r;
}

} // namespace bitstill
