#include "engine/experiment/shared_axes.h"

#include "engine/core/overloads.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

/// What an axis must hold.
class Span {
public:
    void hold(double v)
    {
        if (!std::isfinite(v)) return;
        m_low = std::min(m_low, v);
        m_high = std::max(m_high, v);
    }
    void hold(const std::vector<double>& values)
    {
        for (const double v : values) hold(v);
    }
    void hold(const AxisRange& range)
    {
        hold(range.low);
        hold(range.high);
    }
    bool isEmpty() const { return m_low > m_high; }
    AxisRange range() const { return {m_low, m_high}; }

private:
    double m_low = std::numeric_limits<double>::infinity(), m_high = -m_low;
};

/// What one axis shows at all moments.
struct Seen {
    Span fixed, values;
    bool isFixed = true; ///< at every moment

    void add(const Axis& axis)
    {
        if (axis.range)
            fixed.hold(*axis.range);
        else
            isFixed = false;
    }
    /// `base`: bars stand on 0.
    void give(Axis& axis, bool base = false) const
    {
        if (isFixed) {
            if (!fixed.isEmpty()) axis.range = fixed.range();
            return;
        }
        Span all = values;
        if (!fixed.isEmpty()) all.hold(fixed.range());
        if (base) all.hold(0);
        if (all.isEmpty()) return;
        const AxisRange r = all.range();
        if (axis.logarithmic) { // nothing at or below 0 is on it
            if (r.low > 0) axis.range = AxisRange{r.low / 1.2, r.high * 1.2};
            return;
        }
        const double room = r.high > r.low ? 0.04 * (r.high - r.low) : 0.5;
        axis.range = AxisRange{base && r.low == 0 ? 0 : r.low - room, base && r.high == 0 ? 0 : r.high + room};
    }
};

std::vector<const Axis*> axesOf(const Curves& c) { return {&c.x, &c.y}; }
std::vector<const Axis*> axesOf(const Histogram& h) { return {&h.x, &h.y}; }
std::vector<const Axis*> axesOf(const Bars& b) { return {&b.value}; }
std::vector<const Axis*> axesOf(const Scatter& s) { return {&s.x, &s.y}; }
std::vector<const Axis*> axesOf(const Heatmap&) { return {}; }
std::vector<const Axis*> axesOf(const NetworkMap& n) { return {&n.value}; }

/// Not so where a histogram shows shares at one mark and densities at another, or a network bytes and SQNR.
template <class Body> bool measureTheSame(const Body& one, const Body& other)
{
    return std::ranges::equal(axesOf(one), axesOf(other),
        [](const Axis* a, const Axis* b) { return a->title == b->title && a->unit == b->unit && a->percent == b->percent; });
}

/// get_if, whatever the kind: a figure that was of another kind at a mark, or measured something else, has no axes to share.
template <class Body, class Each> void forAll(const Body& shown, const std::string& id, const std::vector<Mark>& marks, const Each& each)
{
    each(shown);
    for (const Mark& m : marks)
        for (const FigurePointer& f : m.figures)
            if (f->id == id)
                if (const Body* body = std::get_if<Body>(&f->body); body && measureTheSame(shown, *body)) each(*body);
}

void share(Curves& shown, const std::string& id, const std::vector<Mark>& marks)
{
    Seen x, y;
    forAll(shown, id, marks, [&](const Curves& c) {
        x.add(c.x);
        y.add(c.y);
        for (const CurveSeries& s : c.series) {
            x.values.hold(s.x);
            y.values.hold(s.y);
        }
    });
    x.give(shown.x);
    y.give(shown.y);
}

void share(Histogram& shown, const std::string& id, const std::vector<Mark>& marks)
{
    Seen x, y;
    forAll(shown, id, marks, [&](const Histogram& h) {
        x.add(h.x);
        y.add(h.y);
        for (const HistogramSeries& s : h.series) {
            x.values.hold(s.low);
            x.values.hold(s.low + s.width * static_cast<double>(s.y.size()));
            y.values.hold(s.y);
        }
    });
    x.give(shown.x);
    y.give(shown.y, true);
}

void share(Bars& shown, const std::string& id, const std::vector<Mark>& marks)
{
    Seen value;
    forAll(shown, id, marks, [&](const Bars& b) {
        value.add(b.value);
        if (b.guide) value.values.hold(*b.guide);
        for (const BarSeries& s : b.series) {
            value.values.hold(s.values);
            for (const AxisRange& i : s.intervals) value.values.hold(i);
        }
    });
    value.give(shown.value, true);
}

void share(Scatter& shown, const std::string& id, const std::vector<Mark>& marks)
{
    Seen x, y;
    forAll(shown, id, marks, [&](const Scatter& s) {
        x.add(s.x);
        y.add(s.y);
        for (const ScatterPoint& p : s.points) {
            x.values.hold(p.x);
            y.values.hold(p.y);
            if (p.interval) y.values.hold(*p.interval);
        }
    });
    x.give(shown.x);
    y.give(shown.y);
}

/// The range of a heat map is what its darkest colour means: its ends may stand either way round, so the widest is taken.
void share(Heatmap& shown, const std::string& id, const std::vector<Mark>& marks)
{
    if (!shown.range) return;
    forAll(shown, id, marks, [&](const Heatmap& h) {
        if (h.range && std::abs(h.range->high - h.range->low) > std::abs(shown.range->high - shown.range->low)) shown.range = h.range;
    });
}

/// Colours need no room at their ends.
void share(NetworkMap& shown, const std::string& id, const std::vector<Mark>& marks)
{
    Span all;
    forAll(shown, id, marks, [&](const NetworkMap& n) {
        if (n.value.range) return all.hold(*n.value.range);
        for (const NetworkMap::Node& node : n.nodes)
            if (!n.value.logarithmic || node.value > 0) all.hold(node.value);
    });
    if (!all.isEmpty()) shown.value.range = all.range();
}

} // namespace

Figure withSharedAxes(const Figure& figure, const std::vector<Mark>& marks)
{
    Figure shared = figure;
    const Overloads shareAxes{
        [&](OneOf<Curves, Histogram, Bars, Heatmap, Scatter, NetworkMap> auto& body) { share(body, shared.id, marks); },
        [](const OneOf<Images, Table, Readout> auto&) {}, // they have none
    };
    std::visit(shareAxes, shared.body);
    return shared;
}

} // namespace bitstill
