#include "widgets/axis_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

NiceScale niceScale(AxisRange range, bool fixed, int ticks)
{
    double low = range.low, high = range.high;
    if (!(high > low)) high = low + 1;
    const double rough = (high - low) / std::max(ticks, 1);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double lead = rough / power;
    const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    if (!fixed) {
        low = std::floor(low / step + 1e-9) * step;
        high = std::ceil(high / step - 1e-9) * step;
    }
    return {low, high, step, std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 9)};
}

AxisRange rangeOf(const std::vector<double>& values)
{
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double v : values) {
        if (!std::isfinite(v)) continue;
        low = std::min(low, v);
        high = std::max(high, v);
    }
    if (low > high) return {0, 1};
    if (low == high) {
        const double room = low == 0 ? 1 : std::abs(low) * 0.1;
        return {low - room, high + room};
    }
    return {low, high};
}

AxisRange united(const AxisRange& a, const AxisRange& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

namespace {

/// Liang & Barsky: the part [t0, t1] of the segment inside; false when there is none.
bool clipSegment(QPointF& a, QPointF& b, AxisRange x, AxisRange y)
{
    const QPointF d = b - a;
    double t0 = 0, t1 = 1;
    const double p[] = {-d.x(), d.x(), -d.y(), d.y()}, q[] = {a.x() - x.low, x.high - a.x(), a.y() - y.low, y.high - a.y()};
    for (int i = 0; i < 4; ++i) {
        if (p[i] == 0) {
            if (q[i] < 0) return false;
            continue;
        }
        const double t = q[i] / p[i];
        if (p[i] < 0)
            t0 = std::max(t0, t);
        else
            t1 = std::min(t1, t);
    }
    if (t0 > t1) return false;
    const QPointF start = a;
    a = start + t0 * d;
    b = start + t1 * d;
    return true;
}

} // namespace

QList<QPointF> clipped(const QList<QPointF>& line, AxisRange x, AxisRange y)
{
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    QList<QPointF> out;
    const auto isGap = [](QPointF p) { return !std::isfinite(p.x()) || !std::isfinite(p.y()); };
    for (qsizetype i = 1; i < line.size(); ++i) {
        QPointF a = line[i - 1], b = line[i];
        if (isGap(a) || isGap(b) || !clipSegment(a, b, x, y)) continue;
        if (out.isEmpty() || out.back() != a) {
            if (!out.isEmpty()) out.append(QPointF(kNaN, kNaN));
            out.append(a);
        }
        out.append(b);
    }
    return out;
}

} // namespace bitstill
