#pragma once

#include "engine/models/network.h"

#include <span>
#include <string_view>

namespace bitstill::foreign {

/// Every operator of ONNX's own domain in the form of the newest opset: Upsample and the Resize of opset 10 are Resize, Dropout is
/// Identity, Softmax before opset 13 has `flatten` = 1 (over the axis and all behind it, where ONNX has one axis today). What has no form
/// today (binary operators with `axis`, opset 6) gets a name that nobody computes.
void normalise(Network& network, int opset);

/// What one opset has as an input and another as an attribute becomes the attribute, where it is a constant: the axes of Squeeze and the
/// reductions, the amounts of Pad, the limits of Clip, Slice's and Resize's numbers, Reshape's shape. Softmax loses `flatten` where it
/// makes no difference.
void constantsToAttributes(Network& network);

/// What such an operator, attribute and input are, and the opset from which on it is an input.
struct Movable {
    std::string_view op, attribute;
    std::size_t input;
    int since;
    bool floats = false;
};
std::span<const Movable> movables();

} // namespace bitstill::foreign
