#pragma once

#include "engine/models/operators/window.h"

#include <array>
#include <utility>

namespace bitstill::foreign {

/// A plane by itself under a 2-D kernel. It is copied with its padding, rows and columns that lie a stride apart side by side ("phases"),
/// so that each tap reads one stretch of memory for all outputs.
class Plane {
public:
    /// `w` must outlive it.
    explicit Plane(const Window& w);

    /// Where a kernel reaches far beyond its plane, its padding would be all there is.
    static bool serves(const Window& w);

    void take(const float* x);
    /// y = x ∗ weights + bias, of the plane that was taken.
    void convolve(const float* weights, float bias, float* y);

private:
    struct Axis {
        std::vector<int> phases; ///< those of 0 ... stride − 1 that taps read
        std::size_t size = 0; ///< of each

        /// Which phase, and where in it the first output reads.
        std::pair<std::size_t, std::size_t> find(int offset, int stride) const;
    };
    static Axis axisOf(const Window& w, std::size_t d);

    const Window& m_window;
    std::array<Axis, 2> m_axes;
    std::vector<std::size_t> m_offsets; ///< by tap
    std::vector<float> m_padded, m_sums;
};

} // namespace bitstill::foreign
