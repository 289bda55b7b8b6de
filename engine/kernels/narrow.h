#pragma once

#include "engine/kernels/activation.h"

#include <cstddef>

namespace bitstill::kernels {

/// One side of a 3×3 convolution of stride 1, padded by one, between maps of few channels. Maps are height × width × channels.
struct NarrowMap {
    std::size_t height, width, channels;

    std::size_t size() const { return height * width * channels; }
};

/// Sixteen floats hold eight channels of two neighbouring pixels of the output, or four of four; their inputs have at most eight channels,
/// and so lie within 32 floats.
bool narrowServes(std::size_t inChannels, std::size_t outChannels);

/// The map with a pixel of zeros at both ends of each row.
std::size_t narrowPaddedSize(const NarrowMap& map);
void narrowPad(const float* x, const NarrowMap& map, float* padded);

/// y = activation(x ∗ w + bias). Weights are [inputs' channel][kernel][16] and the bias [16], both repeated for each pixel of sixteen
/// floats.
void narrowConvolve(
    const float* padded, const NarrowMap& map, std::size_t outChannels, const float* w, const float* bias, Activation activation, float* y);

/// Gradients of the outputs with a row of zeros above and below, each row filled up with zeros to whole registers.
std::size_t narrowFrameSize(const NarrowMap& out);
void narrowFrame(const float* dy, const NarrowMap& out, float* frame);

/// dw += gradient with respect to w, laid out as w is, for each pixel of sixteen floats by itself.
void narrowWeights(const float* padded, const NarrowMap& map, std::size_t outChannels, const float* frame, float* dw);
/// dBias += that of the bias, for each of sixteen floats; `size`: narrowFrameSize().
void narrowBias(const float* frame, std::size_t size, float* dBias);

} // namespace bitstill::kernels
