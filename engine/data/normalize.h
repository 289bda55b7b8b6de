#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bitstill {

/// z = (x − mean)/deviation of each column, taken from the training rows (deviation² is the mean of (x − mean)²). A column that is the
/// same in all of them is 0. Computed at the column's own magnitude, so that neither 1e300 nor 1e-300 overflows.
class ColumnNormalizer {
public:
    /// No training value lies further out than the square root of their number; a test value that does is cut here.
    static constexpr double kFarthest = 10000;

    /// `values`: rows × columns, finite; `training`: indices of rows.
    ColumnNormalizer(const std::vector<double>& values, std::size_t columns, const std::uint32_t* training, std::size_t count);

    /// Always finite.
    float operator()(double value, std::size_t column) const;
    bool isConstant(std::size_t column) const { return m_columns[column].scale == 0; }
    /// Would the value be cut?
    bool isFar(double value, std::size_t column) const;

private:
    struct Column {
        int exponent = 0; ///< of the largest magnitude
        double mean = 0; ///< both in units of 2^exponent
        double scale = 0; ///< 1/deviation
    };
    double deviations(double value, std::size_t column) const;
    std::vector<Column> m_columns;
};

} // namespace bitstill
