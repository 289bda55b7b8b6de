#include "engine/models/tflite/windows.h"

#include <algorithm>

namespace bitstill::tflite {

Steps Steps::of(std::int64_t size, std::int64_t window, std::int64_t stride, std::int64_t dilation, bool same)
{
    Steps steps{size, window, stride, dilation, 0, 0};
    if (size < 1 || window < 1 || stride < 1 || dilation < 1) return steps;
    const std::int64_t covered = (window - 1) * dilation + 1;
    if (same) {
        steps.outputs = (size + stride - 1) / stride;
        steps.before = std::max<std::int64_t>((steps.outputs - 1) * stride + covered - size, 0) / 2;
    } else if (covered <= size) {
        steps.outputs = (size - covered) / stride + 1;
    }
    return steps;
}

std::int64_t Steps::first(std::int64_t i) const { return std::max<std::int64_t>(0, (before - i * stride + dilation - 1) / dilation); }

std::int64_t Steps::last(std::int64_t i) const { return std::min(window, (size - 1 + before - i * stride) / dilation + 1); }

} // namespace bitstill::tflite
