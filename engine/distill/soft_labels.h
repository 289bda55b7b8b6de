#pragma once

#include "engine/measure/interval.h"
#include "engine/nn/evaluate.h"

namespace bitstill {

/// p = softmax(logits / T) of one row (Hinton et al. 2015), computed in double and safe for logits of any size. T > 0.
void softLabels(const float* logits, std::size_t classes, double temperature, double* p);
/// −Σ p·ln p in nat; 0·ln 0 is 0.
double entropy(const double* p, std::size_t classes);
/// Mean entropy of the soft labels of all rows, in nat; exp of it is how many classes they spread over. Throws Error when a logit is not
/// finite, and so do the measures below.
double meanEntropy(const Logits& logits, double temperature);

/// Soft labels over a whole set, in one pass over it.
struct SoftLabelStatistics {
    double meanEntropy = 0; ///< as meanEntropy()
    Interval others{}; ///< share of a label that goes to other classes than its largest: mean over the rows, see meanInterval()
    std::vector<double> similarity; ///< mean soft label of each true class, row-major [true, given]: what the network finds alike
};
SoftLabelStatistics softLabelStatistics(const Logits& logits, const std::vector<std::int32_t>& labels, double temperature);

/// Calibration by confidence: `bins` equal bins of the largest probability over (0, 1]; ECE = Σ share·|accuracy − confidence|
/// (Guo et al. 2017).
struct Reliability {
    std::vector<double> confidence, accuracy, share; ///< by bin; share 0 where nothing fell
    double ece = 0;
};
Reliability reliability(const Logits& logits, const std::vector<std::int32_t>& labels, std::size_t bins = 15);

} // namespace bitstill
