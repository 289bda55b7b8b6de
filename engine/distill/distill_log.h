#pragma once

#include <cstddef>
#include <vector>

namespace bitstill {

/// Where a taught student's loss and gradient come from: for every sample as it was when last trained on.
class DistillLog {
public:
    /// One sample's share in the loss, weights applied, in nat (squared logits for logit regression), and the length of what each
    /// part adds to the gradient with respect to the logits.
    struct Parts {
        float teacher = 0, labels = 0;
        float teacherPull = 0, labelsPull = 0;
        bool seen = false;
    };
    struct Means {
        double teacher = 0, labels = 0, features = 0; ///< of the loss; features: of the last batch
        double teacherShare = 0; ///< of the two lengths together, mean over samples
    };

    explicit DistillLog(std::size_t samples) : m_parts(samples) { }

    /// By the loss, several samples at the same time.
    void note(std::size_t sample, const Parts& parts) { m_parts[sample] = parts; }
    void noteFeatures(double loss) { m_features = loss; }
    /// Over all samples seen so far, in their order.
    Means means() const;

private:
    std::vector<Parts> m_parts;
    double m_features = 0;
};

} // namespace bitstill
