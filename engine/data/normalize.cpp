#include "engine/data/normalize.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

ColumnNormalizer::ColumnNormalizer(
    const std::vector<double>& values, std::size_t columns, const std::uint32_t* training, std::size_t count) :
    m_columns(columns)
{
    for (std::size_t c = 0; c < columns; ++c) {
        const auto at = [&](std::size_t i) { return values[training[i] * columns + c]; };
        double largest = 0;
        bool same = true;
        for (std::size_t i = 0; i < count; ++i) {
            largest = std::max(largest, std::abs(at(i)));
            same = same && at(i) == at(0);
        }
        // What is the same in all rows may still differ from its own mean by a rounding.
        if (same || largest == 0) continue;
        Column& column = m_columns[c];
        column.exponent = std::ilogb(largest);
        double sum = 0, squares = 0;
        for (std::size_t i = 0; i < count; ++i) sum += std::scalbn(at(i), -column.exponent);
        column.mean = sum / static_cast<double>(count);
        for (std::size_t i = 0; i < count; ++i) squares += std::pow(std::scalbn(at(i), -column.exponent) - column.mean, 2);
        const double deviation = std::sqrt(squares / static_cast<double>(count));
        if (deviation > 0) column.scale = 1 / deviation;
    }
}

double ColumnNormalizer::deviations(double value, std::size_t column) const
{
    const Column& c = m_columns[column];
    return c.scale == 0 ? 0 : (std::scalbn(value, -c.exponent) - c.mean) * c.scale;
}

float ColumnNormalizer::operator()(double value, std::size_t column) const
{
    return static_cast<float>(std::clamp(deviations(value, column), -kFarthest, kFarthest));
}

bool ColumnNormalizer::isFar(double value, std::size_t column) const { return std::abs(deviations(value, column)) > kFarthest; }

} // namespace bitstill
