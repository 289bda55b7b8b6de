#include "engine/data/sample.h"

#include "engine/core/fnv.h"
#include "engine/core/rng.h"

#include <algorithm>
#include <numeric>

namespace bitstill {

std::vector<std::uint32_t> sampledRows(std::size_t all, std::size_t count, std::uint64_t seed)
{
    std::vector<std::uint32_t> rows(all);
    std::iota(rows.begin(), rows.end(), 0u);
    count = std::min(count, all);
    Rng rng(seed, "sample");
    for (std::size_t i = 0; i < count; ++i) std::swap(rows[i], rows[i + rng.below(static_cast<std::uint32_t>(all - i))]);
    rows.resize(count);
    return rows;
}

Samples rowsOf(const Dataset& data, const Samples& samples, const std::vector<std::uint32_t>& rows)
{
    const std::size_t n = data.shape.size();
    Samples chosen;
    const auto copy = [&](const auto& from, auto& to) {
        if (from.empty()) return;
        to.resize(rows.size() * n);
        for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(from.data() + rows[i] * n, n, to.data() + i * n);
    };
    copy(samples.bytes, chosen.bytes);
    copy(samples.values, chosen.values);
    for (const std::uint32_t row : rows) chosen.labels.push_back(samples.labels[row]);
    return chosen;
}

Samples sampleOf(const Dataset& data, const Samples& samples, std::size_t count, std::uint64_t seed)
{
    return rowsOf(data, samples, sampledRows(samples.count(), count, seed));
}

std::uint64_t fingerprintOf(const Dataset& data, const Samples& samples)
{
    std::uint64_t hash = fnv1a(describe(data.shape));
    hash = fnv1a(samples.bytes, hash);
    hash = fnv1a(samples.values, hash);
    return fnv1a(samples.labels, hash);
}

} // namespace bitstill
