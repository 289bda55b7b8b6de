#pragma once

#include "paint/axis_scale.h"

#include <QRectF>

namespace bitstill {

/// Which part of a chart is shown: none is all of it. Kept in values, so that it stays when the figure moves on.
class ChartZoom {
public:
    bool isOn() const { return m_x || m_y; }
    void reset();

    /// What is shown, in values: nothing is all.
    struct Part {
        std::optional<AxisRange> x{}, y{};
        bool operator==(const Part&) const = default;
    };
    Part part() const { return {m_x, m_y}; }
    /// Whatever there is in it.
    void show(const Part& part);

    /// `part`, in positions on the scales that are shown now, is shown of all that there is; never more than that, and nothing that doubles
    /// cannot tell apart.
    void show(const QRectF& part, const AxisScale& x, const AxisScale& y);
    /// Scales of everything, as they are without zoom. They become those of the part.
    void apply(const Axis& xAxis, AxisScale& x, const Axis& yAxis, AxisScale& y);

private:
    static std::optional<AxisRange> within(const AxisRange& whole, const AxisScale& scale, double low, double high);

    AxisRange m_allX, m_allY; ///< values
    std::optional<AxisRange> m_x, m_y;
};

} // namespace bitstill
