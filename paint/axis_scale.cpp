#include "paint/axis_scale.h"

#include <QRegularExpression>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

/// So far from the largest double that a difference of two, rounded outwards, is one, too.
constexpr double kLargest = 4e307;
/// Below this, steps and their powers of ten would be denormal.
constexpr double kNarrowest = 1e-290;

AxisRange sane(AxisRange range)
{
    double low = std::clamp(range.low, -kLargest, kLargest), high = std::clamp(range.high, -kLargest, kLargest);
    if (!(high > low)) return {low, low + std::max(1.0, 1e-3 * std::abs(low))}; // NaN is not larger either
    const double least = std::max(kNarrowest, 1e-12 * std::max(std::abs(low), std::abs(high)));
    if (high - low < least) {
        low -= least / 2;
        high += least / 2;
    }
    return {low, high};
}

} // namespace

NiceScale niceScale(AxisRange range, bool fixed, int ticks)
{
    if (std::isnan(range.low) || std::isnan(range.high)) range = {0, 1};
    auto [low, high] = sane(range);
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
        return {std::max(low - room, -kLargest), std::min(high + room, kLargest)};
    }
    return {low, high};
}

AxisRange united(const AxisRange& a, const AxisRange& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

AxisRange rangeOn(const Axis& axis, std::vector<double> values)
{
    if (axis.logarithmic) std::erase_if(values, [](double v) { return !(v > 0); });
    return rangeOf(values);
}

double AxisScale::position(double value) const
{
    if (!std::isfinite(value) || (logarithmic && value <= 0)) return std::numeric_limits<double>::quiet_NaN();
    return logarithmic ? std::log10(value) - origin : (value - origin) * factor;
}

double AxisScale::value(double position) const { return logarithmic ? std::pow(10.0, position + origin) : position / factor + origin; }

namespace {

/// As many digits as tell one tick from the next.
QString tickLabel(double value, double step)
{
    if (std::abs(value) < 1e-6 * step) return QStringLiteral("0");
    const double magnitude = std::abs(value);
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    if (magnitude < 1e7 && decimals <= 6) return QString::number(value, 'f', decimals);
    const int digits = static_cast<int>(std::floor(std::log10(magnitude)) - std::floor(std::log10(step) + 1e-9)) + 1;
    QString label = QString::number(value, 'g', std::clamp(digits, 1, 15));
    static const QRegularExpression exponent(QStringLiteral("e([+-])0*"));
    return label.replace(exponent, QStringLiteral("e\\1")).replace(QStringLiteral("e+"), QStringLiteral("e"));
}

void addTicks(AxisScale& scale, const NiceScale& nice, double shown)
{
    const double first = std::ceil(nice.low / nice.step - 1e-6);
    for (int i = 0; i < 40 && (first + i) * nice.step <= nice.high + 1e-6 * nice.step; ++i) {
        const double value = (first + i) * nice.step, at = scale.position(value / shown);
        const bool beyond = scale.logarithmic && !(at >= scale.shown.low - 1e-9 && at <= scale.shown.high + 1e-9);
        if (!beyond) scale.ticks.push_back({at, tickLabel(value, nice.step)});
    }
}

/// Powers of the base; of ten where there is room twice and five times them, too.
void addPowers(AxisScale& scale, int base, double low, double high, double shown)
{
    constexpr double kMost = 7;
    const double decade = std::log10(base);
    const int every = std::max(1, static_cast<int>(std::ceil((high - low) / decade / kMost)));
    const bool dense = base == 10 && high - low < 2.5;
    const int first = every * static_cast<int>(std::floor(low / decade / every)), last = static_cast<int>(std::ceil(high / decade));
    for (int power = first; power <= last; power += every)
        for (const double lead : {1.0, 2.0, 5.0}) {
            const double at = power * decade + std::log10(lead);
            if (lead > 1 && !dense) continue;
            if (at < low - 1e-9 || at > high + 1e-9) continue;
            const double value = base == 2 ? std::ldexp(1.0, power) : std::pow(10.0, at) * shown;
            scale.ticks.push_back({at - low, tickLabel(value, value)});
        }
}

AxisScale logScale(AxisRange values, double shown, bool room, int base)
{
    constexpr double kLeastRoom = 0.3, kLeastPart = 1e-9; // decades
    const double least = std::numeric_limits<double>::min();
    if (!(values.low > 0) || !(values.high > 0)) values = {0.1, 1}; // there was nothing that it can show
    double low = std::log10(std::max(values.low, least)),
           high = std::max(std::log10(std::max(values.high, least)), low + (room ? kLeastRoom : kLeastPart));
    const double margin = room ? 0.03 * (high - low) : 0;
    low -= margin;
    high += margin;
    AxisScale scale;
    scale.logarithmic = true;
    scale.origin = low;
    scale.shown = {0, high - low};
    if (high - low < (base == 2 ? 2 * std::log10(2.0) : 0.75)) { // hardly a power in it: as on a linear axis
        const AxisRange all{std::pow(10.0, low) * shown, std::pow(10.0, high) * shown};
        addTicks(scale, niceScale(all, true), shown);
    } else {
        addPowers(scale, base, low, high, shown);
    }
    return scale;
}

/// Memory comes in powers of two.
int baseOf(const Axis& axis)
{
    static constexpr std::array kOfTwo{"B", "KiB", "MiB", "GiB"};
    const bool two = std::ranges::any_of(kOfTwo, [unit = axis.unit.english()](const char* name) { return unit == name; });
    return two && !axis.percent ? 2 : 10;
}

} // namespace

AxisScale axisScale(const Axis& axis, AxisRange values, bool roundEnds)
{
    const double shown = axis.percent ? 100 : 1; // what is written beside a value
    const bool fixed =
        axis.range && std::isfinite(axis.range->low) && std::isfinite(axis.range->high) && axis.range->high > axis.range->low;
    if (axis.logarithmic) {
        if (fixed) values = axis.range->low > 0 ? *axis.range : AxisRange{values.low, std::max(axis.range->high, values.low)};
        return logScale(values, shown, !fixed && roundEnds, baseOf(axis));
    }
    if (fixed) values = *axis.range;
    const NiceScale nice = niceScale({shown * values.low, shown * values.high}, fixed || !roundEnds);
    AxisScale scale;
    const double span = nice.high - nice.low, largest = std::max(std::abs(nice.low), std::abs(nice.high));
    scale.factor = shown;
    // Qt Charts compares ranges with 12 digits and multiplies without looking.
    if (largest > 1e30 || span < 1e-30 || span < 1e-7 * largest) {
        scale.origin = nice.low <= 0 && nice.high >= 0 ? 0 : nice.low / shown;
        scale.factor = shown / span;
    }
    scale.shown = {scale.position(nice.low / shown), scale.position(nice.high / shown)};
    addTicks(scale, nice, shown);
    return scale;
}

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
    const auto ends = [&](qsizetype i) { return i < 0 || i >= line.size() || isGap(line[i]); };
    const double dash = 0.005 * (x.high - x.low);
    for (qsizetype i = 0; i < line.size(); ++i) {
        if (!isGap(line[i]) && ends(i - 1) && ends(i + 1)) {
            QPointF a = line[i] - QPointF(dash, 0), b = line[i] + QPointF(dash, 0);
            if (!clipSegment(a, b, x, y)) continue;
            if (!out.isEmpty()) out.append(QPointF(kNaN, kNaN));
            out.append({a, b});
        }
        if (i == 0) continue;
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
