#include "paint/chart_zoom.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr double kClosest = 1e-6; ///< share of the whole

AxisRange valuesOf(const AxisScale& scale) { return {scale.value(scale.shown.low), scale.value(scale.shown.high)}; }

AxisScale partOf(const Axis& axis, const AxisRange& part)
{
    Axis zoomed = axis;
    zoomed.range = part;
    return axisScale(zoomed, part);
}

} // namespace

void ChartZoom::reset()
{
    m_x.reset();
    m_y.reset();
}

void ChartZoom::show(const Part& part)
{
    m_x = part.x;
    m_y = part.y;
}

std::optional<AxisRange> ChartZoom::within(const AxisRange& whole, const AxisScale& scale, double low, double high)
{
    const double from = scale.position(whole.low), to = scale.position(whole.high), all = to - from;
    const double span = std::max(high - low, kClosest * all), middle = low + (high - low) / 2;
    if (!(span < all * (1 - 1e-9))) return {};
    const double start = std::clamp(middle - span / 2, from, to - span);
    return AxisRange{scale.value(start), scale.value(start + span)};
}

void ChartZoom::show(const QRectF& part, const AxisScale& x, const AxisScale& y)
{
    m_x = within(m_allX, x, part.left(), part.right());
    m_y = within(m_allY, y, part.top(), part.bottom());
}

void ChartZoom::apply(const Axis& xAxis, AxisScale& x, const Axis& yAxis, AxisScale& y)
{
    m_allX = m_x ? united(valuesOf(x), *m_x) : valuesOf(x); // a part that came from elsewhere may be beyond
    m_allY = m_y ? united(valuesOf(y), *m_y) : valuesOf(y);
    if (m_x) x = partOf(xAxis, *m_x);
    if (m_y) y = partOf(yAxis, *m_y);
}

} // namespace bitstill
