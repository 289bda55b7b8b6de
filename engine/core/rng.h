#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bitstill {

/// xoshiro256++ (Blackman & Vigna 2019), seeded by a seed, a stream name and an index through splitmix64.
/// The same three give the same numbers on every machine; streams do not disturb each other.
class Rng {
public:
    Rng(std::uint64_t seed, std::string_view stream, std::uint64_t index = 0);

    std::uint64_t next();
    /// In [0, 1), 53 bits.
    double uniform();
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// In [0, bound) without bias (Lemire 2019); bound > 0.
    std::uint32_t below(std::uint32_t bound);
    /// Standard normal (Marsaglia's polar method).
    double normal();
    /// Laplace with mean 0 and scale 1.
    double laplace();

    /// Fisher-Yates.
    template <class T> void shuffle(std::vector<T>& values)
    {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(static_cast<std::uint32_t>(i))]);
    }

private:
    std::array<std::uint64_t, 4> m_state;
    double m_spare = 0;
    bool m_hasSpare = false;
};

} // namespace bitstill
