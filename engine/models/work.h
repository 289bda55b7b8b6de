#pragma once

#include "engine/models/network.h"

namespace bitstill::foreign {

/// Operations that one sample may take, so that a small file cannot keep a machine busy for hours: far above real networks (ResNet-152
/// takes 1.1e10 products, the U-Net of Stable Diffusion 4e11).
constexpr double kMostOperations = 1e12;
/// What reading or writing a value counts, in operations.
constexpr double kOperationsPerValue = 10;

/// Multiply-accumulates of Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU and RNN for inputs and outputs of these shapes; −1 where a
/// dimension that matters is negative (not known). 0 of all else.
double productsOf(const Node& node, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs);

/// Operations of nodes, one after another.
class Workload {
public:
    explicit Workload(double samples) : m_most(kMostOperations * samples), m_samples(samples) { }
    /// Products, values under the windows of pools, and kOperationsPerValue for each value that goes in or comes out; an input that is not
    /// given has an empty shape. Throws Error when it is more than kMostOperations a sample.
    void add(const Node& node, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs);

private:
    double m_done = 0, m_most, m_samples;
};

/// Throws Error where that is known beforehand of the whole network, for inputs of these shapes.
void refuseTooMuch(const Network& network, const std::vector<Shape>& inputs, double samples);

} // namespace bitstill::foreign
