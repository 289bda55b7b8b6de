#include "engine/nn/loss.h"

#include <Eigen/Core>
#include <cmath>

namespace bitstill {

double softmaxCrossEntropy(
    const float* logits, const std::int32_t* labels, std::size_t rows, std::size_t classes, float weight, float* dLogits)
{
    using Row = Eigen::Map<const Eigen::ArrayXf>;
    double total = 0;
    Eigen::ArrayXf shifted, exponentials;
    for (std::size_t r = 0; r < rows; ++r, logits += classes) {
        const auto label = static_cast<Eigen::Index>(labels[r]);
        const Row row(logits, static_cast<Eigen::Index>(classes));
        shifted = row - row.maxCoeff();
        exponentials = shifted.exp();
        const float sum = exponentials.sum();
        total += std::log(static_cast<double>(sum)) - static_cast<double>(shifted[label]);
        if (!dLogits) continue;
        Eigen::Map<Eigen::ArrayXf> gradient(dLogits + r * classes, static_cast<Eigen::Index>(classes));
        gradient = exponentials * (weight / sum);
        gradient[label] -= weight;
    }
    return total;
}

std::size_t argmax(const float* values, std::size_t n)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < n; ++i)
        if (values[i] > values[best]) best = i;
    return best;
}

std::size_t countCorrect(const float* logits, const std::int32_t* labels, std::size_t rows, std::size_t classes)
{
    std::size_t correct = 0;
    for (std::size_t r = 0; r < rows; ++r) correct += argmax(logits + r * classes, classes) == static_cast<std::size_t>(labels[r]);
    return correct;
}

} // namespace bitstill
