#include "engine/models/operators/plane.h"

#include "engine/kernels/planes.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

constexpr int kMostTaps = 64; ///< along an axis

} // namespace

std::pair<std::size_t, std::size_t> Plane::Axis::find(int offset, int stride) const
{
    const auto phase = std::ranges::find(phases, offset % stride) - phases.begin();
    return {static_cast<std::size_t>(phase), static_cast<std::size_t>(offset / stride)};
}

Plane::Axis Plane::axisOf(const Window& w, std::size_t d)
{
    Axis axis;
    for (int tap = 0; tap < w.kernel[d]; ++tap)
        if (const int phase = tap * w.dilations[d] % w.strides[d]; !std::ranges::count(axis.phases, phase)) axis.phases.push_back(phase);
    axis.size = static_cast<std::size_t>(w.out[d]) + static_cast<std::size_t>((w.kernel[d] - 1) * w.dilations[d] / w.strides[d]);
    return axis;
}

Plane::Plane(const Window& w) : m_window(w), m_axes{axisOf(w, 0), axisOf(w, 1)}
{
    const std::size_t width = m_axes[1].size, size = m_axes[0].size * width;
    for (int ky = 0; ky < w.kernel[0]; ++ky)
        for (int kx = 0; kx < w.kernel[1]; ++kx) {
            const auto [row, y] = m_axes[0].find(ky * w.dilations[0], w.strides[0]);
            const auto [column, x] = m_axes[1].find(kx * w.dilations[1], w.strides[1]);
            m_offsets.push_back((row * m_axes[1].phases.size() + column) * size + y * width + x);
        }
    const std::size_t outputs = static_cast<std::size_t>(w.out[0] - 1) * width + static_cast<std::size_t>(w.out[1]);
    m_sums.resize((outputs + kernels::kPlaces - 1) / kernels::kPlaces * kernels::kPlaces);
    m_padded.resize(m_axes[0].phases.size() * m_axes[1].phases.size() * size + kernels::kPlaces);
}

bool Plane::serves(const Window& w)
{
    if (w.axes() != 2 || std::max(w.kernel[0], w.kernel[1]) > kMostTaps) return false;
    double size = 1;
    for (std::size_t d = 0; d < 2; ++d) {
        const Axis axis = axisOf(w, d);
        size *= static_cast<double>(axis.phases.size()) * static_cast<double>(axis.size);
    }
    return size < 4.0 * static_cast<double>(elements(w.in) + elements(w.out)) + 1024;
}

void Plane::take(const float* x)
{
    const int step = m_window.strides[1], width = m_window.in[1], most = static_cast<int>(m_axes[1].size);
    float* to = m_padded.data();
    for (const int py : m_axes[0].phases)
        for (const int px : m_axes[1].phases) {
            const int shift = px - m_window.before[1];
            const int first = shift >= 0 ? 0 : (-shift + step - 1) / step;
            const int last = std::min(most, shift >= width ? 0 : (width - 1 - shift) / step + 1);
            for (int r = 0; r < static_cast<int>(m_axes[0].size); ++r, to += most) {
                const int row = r * m_window.strides[0] + py - m_window.before[0];
                if (row < 0 || row >= m_window.in[0]) continue; // zeros from the beginning
                const float* from = x + static_cast<std::ptrdiff_t>(row) * width;
                if (step == 1 && first < last)
                    std::copy_n(from + shift + first, last - first, to + first);
                else
                    for (int c = first; c < last; ++c) to[c] = from[shift + c * step];
            }
        }
}

void Plane::convolve(const float* weights, float bias, float* y)
{
    kernels::sumTaps(m_padded.data(), m_offsets.data(), weights, m_offsets.size(), bias, m_sums.size(), m_sums.data());
    const auto width = static_cast<std::size_t>(m_window.out[1]);
    for (std::size_t r = 0; r < static_cast<std::size_t>(m_window.out[0]); ++r)
        std::copy_n(m_sums.data() + r * m_axes[1].size, width, y + r * width);
}

} // namespace bitstill::foreign
