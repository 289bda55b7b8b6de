#pragma once

#include "engine/models/operators/operators.h"

namespace bitstill::foreign {

/// How a kernel moves over the axes behind sample and channel, of any number: kernel, strides, dilations and padding by axis, from the
/// node's attributes (auto_pad and ceil_mode included).
struct Window {
    Shape in, kernel, strides, dilations, before, after, out;

    std::size_t axes() const { return in.size(); }
    /// Where tap `tap` of output `position` along `axis` lies; outside [0, in[axis]) in the padding.
    int at(std::size_t axis, int position, int tap) const { return position * strides[axis] - before[axis] + tap * dilations[axis]; }
};

/// Of input 0 with this kernel; throws Error where the kernel does not fit.
Window windowOf(const Call& call, const Shape& kernel);
/// The kernel_shape attribute, which must have an entry for each axis.
Shape kernelOf(const Call& call);

/// One place after another of an array of `shape`, the last axis fastest; false after the last.
bool next(Shape& at, const Shape& shape);

} // namespace bitstill::foreign
