#include "engine/experiment/picture.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

bool isPicture(const Dataset& data) { return data.shape.height > 1 && (data.shape.channels == 1 || data.shape.channels == 3); }

ImageTile pictureOf(const Dataset& data, const Samples& samples, std::size_t row, Text label)
{
    std::vector<float> x(data.shape.size());
    data.read(samples, row, x.data());
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    ImageTile tile{std::move(label), data.shape.width, data.shape.height, data.shape.channels, {}};
    const float span = std::max(*high - *low, 1e-9f);
    const bool fits = std::isfinite(255 * span); // two finite pixels may differ by more than a float holds
    for (const float value : x) {
        const double level = fits
            ? static_cast<double>(255 * (value - *low) / span)
            : 255 * ((static_cast<double>(value) - static_cast<double>(*low)) / (static_cast<double>(*high) - static_cast<double>(*low)));
        tile.pixels.push_back(static_cast<std::uint8_t>(std::lround(level)));
    }
    return tile;
}

} // namespace bitstill
