#include "engine/data/dataset.h"

#include "engine/kernels/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitstill {

void Dataset::normalize(const std::uint8_t* pixels, std::size_t n, float* x) const
{
    kernels::normalizeBytes(pixels, x, n, 1.0f / (255.0f * deviation), -mean / deviation);
}

void Dataset::read(const Samples& samples, std::size_t index, float* x) const
{
    const std::size_t n = shape.size();
    if (samples.bytes.empty())
        std::copy_n(samples.values.data() + index * n, n, x);
    else
        normalize(samples.bytes.data() + index * n, n, x);
}

void Dataset::gather(const Samples& samples, const std::uint32_t* indices, std::size_t count, float* x) const
{
    // Shuffled rows lie anywhere in memory: ask for the next one while this one is converted.
    const std::size_t n = shape.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (i + 1 < count && !samples.bytes.empty())
            for (std::size_t at = 0; at < n; at += 64) __builtin_prefetch(samples.bytes.data() + indices[i + 1] * n + at);
        read(samples, indices[i], x + i * n);
    }
}

void Dataset::measureNormalization()
{
    std::array<std::uint64_t, 256> counts{};
    for (const std::uint8_t b : train.bytes) ++counts[b];
    double n = 0, sum = 0, squares = 0;
    for (std::size_t v = 0; v < counts.size(); ++v) {
        const double pixel = static_cast<double>(v) / 255, times = static_cast<double>(counts[v]);
        n += times;
        sum += times * pixel;
        squares += times * pixel * pixel;
    }
    if (n == 0) return;
    mean = static_cast<float>(sum / n);
    deviation = static_cast<float>(std::sqrt(std::max(squares / n - sum / n * sum / n, 1e-12)));
}

} // namespace bitstill
