#include "paint/histogram_outline.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

QList<QPointF> outlineOf(const HistogramSeries& s, const AxisScale& x, const AxisScale& y)
{
    QList<QPointF> points;
    const bool stems = s.style == HistogramSeries::Style::Stems;
    const double half = stems ? 0.14 * s.width : 0, shift = stems ? -half : 0, width = stems ? 2 * half : s.width;
    const auto inside = [](double position, AxisRange range) { return std::clamp(position, range.low, range.high); };
    const double bottom = y.shown.low;
    for (std::size_t i = 0; i < s.y.size(); ++i) {
        const double from = s.low + static_cast<double>(i) * s.width + shift, value = y.position(s.y[i]);
        const double left = inside(x.position(from), x.shown), right = inside(x.position(from + width), x.shown);
        if (!(right > left)) continue; // outside, or nowhere
        const double top = std::isnan(value) ? (s.y[i] > 0 ? y.shown.high : bottom) : inside(value, y.shown);
        if (stems && top == bottom) continue;
        if (stems) points.append({left, bottom});
        points.append({left, top});
        points.append({right, top});
        if (stems) points.append({right, bottom});
    }
    return points;
}

} // namespace bitstill
