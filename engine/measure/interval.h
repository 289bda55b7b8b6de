#pragma once

#include <cstddef>
#include <vector>

namespace bitstill {

/// A mean with its 95 % confidence interval.
struct Interval {
    double mean = 0;
    double low = 0;
    double high = 0;
    std::size_t samples = 0;
    double halfWidth() const { return (high - low) / 2; }
};

/// Share of correct answers, Wilson's score interval (1927).
Interval accuracyInterval(const std::vector<char>& correct);
/// The same of a share of so many samples, at least one.
Interval shareInterval(double share, std::size_t samples);
/// accuracy(b) − accuracy(a) on the same samples: mean of the differences, normal interval on their spread
/// (the paired comparison; what both get right or wrong cancels).
Interval pairedDifference(const std::vector<char>& a, const std::vector<char>& b);

/// Mean of a few independent values (seeds), Student's t interval; the interval of a single value is unbounded.
Interval meanInterval(const std::vector<double>& values);

struct PairedT {
    Interval change{}; ///< meanInterval() of the differences
    double p = 0; ///< two-sided; NaN for fewer than two differences
};
/// Student's t test (1908) of whether the mean of paired differences is 0: t = mean / (s / √n), with n − 1 degrees of freedom. Where
/// all differences are the same, p is 1 when they are 0 and 0 otherwise.
PairedT pairedT(const std::vector<double>& differences);

/// Holm's step-down correction (1979): the i-th smallest of m p-values, counted from 0, times m − i, made monotone, at most 1.
std::vector<double> holmCorrected(const std::vector<double>& p);

} // namespace bitstill
