#pragma once

#include <vector>

namespace bitstill {

/// Exponential mean of a noisy course, unbiased from the first value on: m_n = decay·m_(n−1) + (1−decay)·x_n, shown as
/// m_n / (1 − decay^n) (Kingma & Ba 2015, section 3).
class Smoothed {
public:
    void add(double value)
    {
        m_mean = kDecay * m_mean + (1 - kDecay) * value;
        m_rest *= kDecay;
        m_values.push_back(m_mean / (1 - m_rest));
    }
    /// One for each value added.
    const std::vector<double>& values() const { return m_values; }

private:
    static constexpr double kDecay = 0.95;
    double m_mean = 0;
    double m_rest = 1; ///< decay^n
    std::vector<double> m_values;
};

} // namespace bitstill
