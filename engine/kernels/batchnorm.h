#pragma once

#include "engine/kernels/activation.h"

#include <cstddef>
#include <vector>

namespace bitstill::kernels {

/// Count, mean and sum of squared deviations of each channel (Chan, Golub & LeVeque 1979): parts are merged
/// in a fixed order, so the result does not depend on who computed which part.
struct Moments {
    double count = 0;
    std::vector<double> mean;
    std::vector<double> m2;

    explicit Moments(std::size_t channels = 0) : mean(channels, 0.0), m2(channels, 0.0) { }
    void reset();
    void merge(double otherCount, const double* otherMean, const double* otherM2);
};

/// Adds x (rows × channels) to `moments`.
void addMoments(const float* x, std::size_t rows, Moments& moments);

/// y = activation(x·scale[c] + shift[c]); y may be x.
void affine(
    const float* x, float* y, const float* scale, const float* shift, std::size_t rows, std::size_t channels, Activation activation);

/// sumDy[c] += Σ dy, sumDyX[c] += Σ dy·(x − mean[c]) over the rows where the activation of x·scale + shift passes.
void backwardSums(const float* x, const float* dy, const float* scale, const float* shift, const float* mean, std::size_t rows,
    std::size_t channels, Activation activation, double* sumDy, double* sumDyX);

/// dx = a[c]·dy·passes + b[c]·x + d[c]; dx may be dy.
struct AffineGradient {
    const float* scale; ///< of the forward pass, to know where the activation passed
    const float* shift;
    const float* a;
    const float* b;
    const float* d;
};
void backwardAffine(
    const float* x, const float* dy, float* dx, const AffineGradient& g, std::size_t rows, std::size_t channels, Activation activation);

} // namespace bitstill::kernels
