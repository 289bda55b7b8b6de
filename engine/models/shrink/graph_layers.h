#pragma once

#include "engine/models/network.h"
#include "engine/nn/layer.h"
#include "engine/nn/padding.h"

#include <optional>

namespace bitstill::foreign {

/// What a node's attributes say, as a layer of ours has it. For Trainable.

/// A kernel × kernel window that moves by `stride`.
struct SquareWindow {
    int kernel = 1, stride = 1;
    int padding = 0; ///< on all sides; −1: `sides` has them
    Padding::Sides sides{};
    Text why{}; ///< it is no such window
};
/// Of a Conv or pool that reads an array of this shape, [1, C, H, W].
SquareWindow squareWindow(const Node& node, const Shape& input, const Shape& kernel);

/// Of the window's padding what a convolution pads by itself. Weights are [out, in / groups, k, k].
std::unique_ptr<Layer> convolution(const Node& node, const Shape& weights, const SquareWindow& window, bool bias);
/// With learned steps, of unsigned codes.
std::unique_ptr<Layer> fakeQuantizeLayer(const Node& node);
/// Of Relu or Clip.
Activation activationOf(const Node& node);
/// Empty where it is not there.
Shape shapeOfIntegers(const Node& node, const char* name);
/// It takes the mean of whole maps; `input` is of four dimensions, `last`: channels behind places.
bool averagesAll(const Node& node, const Shape& input, bool last);
/// Of a Pad that puts zeros around maps and does nothing else.
std::optional<Padding::Sides> zerosAround(const Node& node, bool last);

/// Where the weights [out, in] of a dense layer lie in the network, which has the outputs along `axis`, and in whose rows maps were
/// flattened channels first: by index.
std::vector<std::size_t> densePlaces(int out, int in, int axis, const SampleShape& flattened);

/// No number of the value is below 0, as far as its makers tell.
bool isNeverNegative(const Network& network, ValueId value);

} // namespace bitstill::foreign
