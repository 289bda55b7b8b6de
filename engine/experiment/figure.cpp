#include "engine/experiment/figure.h"

#include <iterator>
#include <limits>

namespace bitstill {

const char* kindOf(const Figure& figure)
{
    static constexpr const char* kNames[] = {"curves", "histogram", "bars", "heatmap", "scatter", "images", "table", "readout"};
    static_assert(std::size(kNames) == std::variant_size_v<FigureBody>);
    return kNames[figure.body.index()];
}

double Heatmap::at(std::size_t row, std::size_t column) const
{
    const std::size_t i = row * columns.size() + column;
    return column < columns.size() && i < values.size() ? values[i] : std::numeric_limits<double>::quiet_NaN();
}

} // namespace bitstill
