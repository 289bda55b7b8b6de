#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bitstill {

/// Counts of a stream of values over a range that grows: bins over [−reach, reach), reach a power of two that doubles
/// (neighbouring bins merge, exactly) when a larger value comes. What came first and what came last weigh the same.
class ValueHistogram {
public:
    static constexpr std::size_t kBins = 1 << 15;

    ValueHistogram() : m_counts(kBins, 0) { }

    /// Values that are not finite throw Error, naming `where`.
    void add(const float* values, std::size_t n, const std::string& where);
    /// Forgets everything, but keeps its memory.
    void reset();

    std::uint64_t total() const { return m_total; }
    double low() const { return m_low; } ///< smallest value seen
    double high() const { return m_high; } ///< largest value seen
    std::uint64_t count(std::size_t bin) const { return m_counts[bin]; }
    double width() const { return 2 * m_reach / static_cast<double>(kBins); }
    double centre(std::size_t bin) const { return -m_reach + (static_cast<double>(bin) + 0.5) * width(); }
    /// Value below which this share of all values lies, to the width of a bin.
    double quantile(double share) const;

private:
    void grow(double magnitude);

    std::vector<std::uint64_t> m_counts;
    double m_reach = 1;
    double m_low = 0;
    double m_high = 0;
    std::uint64_t m_total = 0;
};

} // namespace bitstill
