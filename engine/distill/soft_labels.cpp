#include "engine/distill/soft_labels.h"

#include "engine/measure/agreement.h"
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
    q = ((z.cast<double>() - static_cast<double>(z.maxCoeff())) / temperature).exp();
    q /= q.sum();
}

double entropy(const double* p, std::size_t classes)
{
    double h = 0;
    for (std::size_t c = 0; c < classes; ++c)
        if (p[c] > 0) h -= p[c] * std::log(p[c]);
    return h;
}

namespace {

/// e = exp(z) and its sum of one row, for z = (logits − largest) / T; the entropy is ln Σ e − Σ e·z / Σ e: one logarithm for a row.
struct Exponentials {
    Eigen::ArrayXd z, e;
    double sum = 0;

    void compute(const float* logits, std::size_t classes, double temperature)
    {
        const Eigen::Map<const Eigen::ArrayXf> row(logits, static_cast<Eigen::Index>(classes));
        z = (row.cast<double>() - static_cast<double>(row.maxCoeff())) / temperature; // in float it may overflow
        e = z.exp();
        sum = e.sum();
    }
    double entropy() const { return std::log(sum) - (e * z).sum() / sum; }
};

} // namespace

double meanEntropy(const Logits& logits, double temperature)
{
    requireFinite(logits);
    Exponentials row;
    double total = 0;
    for (std::size_t i = 0; i < logits.count; ++i) {
        row.compute(logits.row(i), logits.classes, temperature);
        total += row.entropy();
    }
    return logits.count == 0 ? 0 : total / static_cast<double>(logits.count);
}

SoftLabelStatistics softLabelStatistics(const Logits& logits, const std::vector<std::int32_t>& labels, double temperature)
{
    requireFinite(logits);
    const auto k = static_cast<Eigen::Index>(logits.classes);
    Eigen::ArrayXXd sums = Eigen::ArrayXXd::Zero(k, k); // a column for each true class
    Eigen::ArrayXd counts = Eigen::ArrayXd::Zero(k);
    Exponentials row;
    SoftLabelStatistics s;
    std::vector<double> others;
    for (std::size_t i = 0; i < logits.count; ++i) {
        row.compute(logits.row(i), logits.classes, temperature);
        s.meanEntropy += row.entropy();
        sums.col(labels[i]) += row.e / row.sum;
        others.push_back(1 - 1 / row.sum); // the largest is e⁰
        ++counts[labels[i]];
    }
    if (logits.count > 0) s.meanEntropy /= static_cast<double>(logits.count);
    if (logits.count > 0) s.others = meanInterval(others);
    sums.rowwise() /= counts.max(1).transpose();
    s.similarity.assign(sums.data(), sums.data() + sums.size());
    return s;
}

Reliability reliability(const Logits& logits, const std::vector<std::int32_t>& labels, std::size_t bins)
{
    requireFinite(logits);
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
