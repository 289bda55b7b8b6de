#pragma once

#include "engine/models/tflite/model.h"

namespace bitstill::tflite {

/// Where windows of a kernel lie along one dimension: output i covers i · stride − before + k · dilation for k in [0, window).
struct Steps {
    std::int64_t size = 1, window = 1, stride = 1, dilation = 1;
    std::int64_t outputs = 1; ///< 0: no window fits, or the numbers make no sense
    std::int64_t before = 0; ///< padding

    /// TensorFlow's two rules: SAME gives ⌈size / stride⌉ outputs and halves the padding that they need, the odd one after;
    /// VALID gives the windows that lie inside.
    static Steps of(std::int64_t size, std::int64_t window, std::int64_t stride, std::int64_t dilation, bool same);
    /// The first and one past the last k of window i that lie inside.
    std::int64_t first(std::int64_t i) const;
    std::int64_t last(std::int64_t i) const;
    std::int64_t at(std::int64_t i, std::int64_t k) const { return i * stride - before + k * dilation; }
};

} // namespace bitstill::tflite
