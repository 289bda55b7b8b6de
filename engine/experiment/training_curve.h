#pragma once

#include "engine/experiment/figure.h"
#include "engine/experiment/smoothed.h"
#include "engine/nn/trainer.h"

namespace bitstill {

/// A picture that grows as a network is trained: accuracy on the training batches, smoothed, against epochs.
class TrainingCurve {
public:
    void add(const StepReport& report);
    /// `what` names the share on the y axis.
    Curves curves(const Text& what) const;

private:
    double m_length = 0; ///< epochs
    std::vector<double> m_epochs;
    Smoothed m_accuracies;
};

} // namespace bitstill
