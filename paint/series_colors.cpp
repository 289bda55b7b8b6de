#include "paint/series_colors.h"

#include "paint/figure_kinds.h"
#include "paint/translate.h"

#include <algorithm>

namespace bitstill {

SeriesColors::SeriesColors(const Figure& figure, const Theme& theme)
{
    const Overloads addAll{
        [&](const OneOf<Curves, Bars> auto& f) {
            for (const auto& s : f.series) add(plain(s.name), s.role, theme.colorOf(s.role), theme);
        },
        [&](const Histogram& f) {
            for (const HistogramSeries& s : f.series) add(plain(s.name), s.role, theme.colorOf(s.role), theme);
            for (const Marker& m : f.markers) add(plain(m.name), m.role, theme.colorOf(m), theme);
        },
        [&](const Scatter& f) {
            for (const ScatterPoint& p : f.points) add({}, p.role, theme.colorOf(p.role), theme);
        },
        [](const Painted auto&) {},
    };
    std::visit(addAll, figure.body);
}

void SeriesColors::add(const QString& name, Role role, const QColor& wanted, const Theme& theme)
{
    const auto same = [&](const Entry& e) { return e.name == name && e.role == role; };
    if (std::ranges::any_of(m_entries, same)) return;
    m_entries.push_back({name, role, freeOne(wanted, theme)});
}

bool SeriesColors::isTaken(const QColor& color) const
{
    return std::ranges::any_of(m_entries, [&color](const Entry& e) { return e.color == color; });
}

/// Those that no role has come first, then other roles', then shades; with more series than that names have to do.
QColor SeriesColors::freeOne(QColor wanted, const Theme& theme) const
{
    std::vector<QColor> colors{wanted, theme.more[0], theme.more[1], theme.train, theme.teacher, theme.before, theme.alone, theme.accent};
    const std::size_t hues = colors.size();
    for (const int shade : {150, 200})
        for (std::size_t i = 0; i < hues; ++i) colors.push_back(theme.dark ? colors[i].lighter(shade) : colors[i].darker(shade));
    const auto found = std::ranges::find_if(colors, [this](const QColor& c) { return !isTaken(c); });
    return found == colors.end() ? wanted : *found;
}

QColor SeriesColors::of(const QString& name, Role role) const
{
    const auto exact = std::ranges::find_if(m_entries, [&](const Entry& e) { return e.name == name && e.role == role; });
    if (exact != m_entries.end()) return exact->color;
    const auto like = std::ranges::find_if(m_entries, [role](const Entry& e) { return e.role == role; });
    return like == m_entries.end() ? QColor() : like->color;
}

QColor SeriesColors::of(const Text& name, Role role) const { return of(plain(name), role); }

} // namespace bitstill
