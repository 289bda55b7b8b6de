#pragma once

#include "engine/core/text.h"

#include <cstddef>

namespace bitstill {

/// Shape of one sample between two layers: a map of height × width × channels (NHWC), or 1 × 1 × features.
struct SampleShape {
    int height = 1, width = 1, channels = 1;

    int features() const { return height * width * channels; }
    std::size_t size() const { return static_cast<std::size_t>(features()); }
    bool operator==(const SampleShape&) const = default;
};

std::string describe(const SampleShape& shape);
/// The same to be translated: "784 features", "28×28×1".
Text described(const SampleShape& shape);

} // namespace bitstill
