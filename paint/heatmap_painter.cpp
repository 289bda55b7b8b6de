#include "paint/heatmap_painter.h"

#include "paint/axis_scale.h"
#include "paint/translate.h"
#include "paint/wrapped.h"

#include <QLinearGradient>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr qreal kStrip = 10, kStripGap = 12;

/// What the palest and the strongest colour stand for; either way round.
AxisRange colorsOf(const Heatmap& f) { return f.range && std::abs(f.range->high - f.range->low) > 0 ? *f.range : rangeOf(f.values); }

/// Beside the scale of the colours: what its end stands for, and whether there is more beyond.
QString endOf(const Heatmap& f, bool strong)
{
    const AxisRange range = colorsOf(f);
    const double end = strong ? range.high : range.low;
    const bool above = strong == (range.high > range.low);
    const bool beyond = std::ranges::any_of(f.values, [&](double v) { return above ? v > end : v < end; });
    const QString words = QString::fromStdString(significant(end, 2));
    return beyond ? (above ? QStringLiteral("≥ ") : QStringLiteral("≤ ")) + words : words;
}

/// Room for that scale, right of the cells; none where it would say nothing.
qreal stripWidth(const Heatmap& f)
{
    const AxisRange own = rangeOf(f.values);
    const bool any = std::ranges::any_of(f.values, [](double v) { return std::isfinite(v); });
    if (!any || (!f.range && own.low == own.high)) return 0;
    const QFontMetricsF metrics(Theme::axis());
    return kStripGap + kStrip + 4 + std::max(metrics.horizontalAdvance(endOf(f, false)), metrics.horizontalAdvance(endOf(f, true)));
}

/// How the names of the columns stand under them.
struct ColumnNames {
    std::size_t every = 1; ///< where columns are narrower than names, every second or third has one
    int lines = 1;
    bool turned = false; ///< going up
    qreal height = 0;
};

ColumnNames columnNames(const Heatmap& f, qreal gridWidth, qreal most)
{
    constexpr qreal kLeast = 16, kBetween = 4;
    constexpr int kMostLines = 4;
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const qreal column = std::max(gridWidth, 1.0) / static_cast<qreal>(f.columns.size());
    const auto every = [column](qreal least) { return static_cast<std::size_t>(std::ceil(std::min(1000.0, least / column))); };
    ColumnNames names{.every = every(kLeast), .height = metrics.height()};
    const qreal room = static_cast<qreal>(names.every) * column;
    qreal longest = 0, word = 0;
    for (std::size_t k = 0; k < f.columns.size(); k += names.every) {
        const QString name = plain(f.columns[k]);
        const qreal width = metrics.horizontalAdvance(name);
        longest = std::max(longest, width);
        if (width <= room) continue;
        static const QRegularExpression kBreaks(QStringLiteral("(?<=[ -])"));
        for (const QString& w : name.split(kBreaks)) word = std::max(word, metrics.horizontalAdvance(w.trimmed()));
        names.lines = std::max(names.lines, static_cast<int>(wrapped(name, font, room - kBetween, kMostLines + 1).size()));
    }
    if (longest <= room) return names;
    if (word <= room - kBetween && names.lines <= kMostLines) {
        names.height *= names.lines;
        return names;
    }
    return {.every = every(metrics.height()), .turned = true, .height = std::min(longest + 1, most)};
}

/// Where its cells are, and how much is left for the names of the rows.
struct Grid {
    QRectF cells;
    qreal rowNames = 0;
    ColumnNames columns{};
};

Grid gridOf(const Heatmap& f, const QRectF& area)
{
    const QFontMetricsF metrics(Theme::axis());
    const qreal line = metrics.height() + 3;
    qreal label = 0;
    for (const Text& r : f.rows) label = std::max(label, metrics.horizontalAdvance(plain(r)) + 8);
    label = std::min(label, area.width() / 3);
    const qreal strip = std::min(stripWidth(f), area.width() / 4), left = label + (f.y.title.empty() ? 0 : line);
    const ColumnNames columns = columnNames(f, area.width() - left - strip, area.height() / 3);
    return {area.adjusted(left, 0, -strip, -columns.height - 6 - (f.x.title.empty() ? 0 : line)), label, columns};
}

QRectF cellOf(const Heatmap& f, const QRectF& grid, std::size_t row, std::size_t column)
{
    const qreal w = grid.width() / static_cast<qreal>(f.columns.size()), h = grid.height() / static_cast<qreal>(f.rows.size());
    return {grid.left() + static_cast<qreal>(column) * w, grid.top() + static_cast<qreal>(row) * h, w, h};
}

/// Two digits, but nothing finer than a thousandth of what the colours span: beside 70, 0.0083 is 0.01.
QString wordsOf(double v, const AxisRange& range)
{
    const double finest = std::abs(range.high / 2 - range.low / 2) / 500;
    const bool usual = finest > 1e-12 && finest < 1e12; // others are written with powers of ten
    const int decimals = usual ? std::max(0, static_cast<int>(std::ceil(-std::log10(finest)))) : 0;
    const bool finer = usual && std::abs(v) < std::pow(10, 1 - decimals);
    return QString::fromStdString(finer ? fixed(v, decimals) : significant(v, 2));
}

void paintCells(const Canvas& c, const Heatmap& f, const QRectF& grid)
{
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const AxisRange range = colorsOf(f);
    for (std::size_t r = 0; r < f.rows.size(); ++r)
        for (std::size_t k = 0; k < f.columns.size(); ++k) {
            const double v = f.at(r, k);
            const QRectF cell = cellOf(f, grid, r, k);
            const qreal w = cell.width(), h = cell.height();
            // Halves, so that no difference is beyond the doubles. Without a value it has no colour of the scale.
            const double share = (v / 2 - range.low / 2) / (range.high / 2 - range.low / 2);
            const QColor fill = std::isnan(share) ? c.theme.page : c.theme.heat(share);
            c.painter.fillRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), fill);
            const QString words = wordsOf(v, range);
            if (h > 14 && w > 12 && metrics.horizontalAdvance(words) + 4 < w)
                c.whole(cell, Qt::AlignCenter, words, std::isnan(v) ? c.theme.muted : c.theme.on(fill), font);
        }
}

void paintStrip(const Canvas& c, const Heatmap& f, const QRectF& grid)
{
    if (stripWidth(f) == 0) return;
    const QFontMetricsF metrics(Theme::axis());
    const QRectF strip(grid.right() + kStripGap, grid.top(), kStrip, grid.height());
    QLinearGradient colors(strip.bottomLeft(), strip.topLeft());
    colors.setColorAt(0, c.theme.heat(0));
    colors.setColorAt(1, c.theme.heat(1));
    c.painter.save();
    c.painter.setPen(QPen(c.theme.line, 1));
    c.painter.setBrush(colors);
    c.painter.drawRect(strip);
    c.painter.restore();
    const QRectF words(strip.right() + 4, strip.top(), std::max(0.0, c.area.right() - strip.right() - 4), metrics.height());
    c.text(words, Qt::AlignLeft | Qt::AlignVCenter, endOf(f, true), c.theme.muted, Theme::axis());
    c.text(words.translated(0, strip.height() - metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, endOf(f, false), c.theme.muted,
        Theme::axis());
}

void paintRowNames(const Canvas& c, const Heatmap& f, const Grid& at)
{
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const qreal h = at.cells.height() / static_cast<qreal>(f.rows.size());
    const auto every = static_cast<std::size_t>(std::ceil(std::min(1000.0, metrics.height() / h)));
    const int lines = std::clamp(static_cast<int>(std::min(h, 1000.0) / metrics.lineSpacing()), 1, 2);
    for (std::size_t r = 0; r < f.rows.size(); r += every) {
        const QRectF box(at.cells.left() - at.rowNames, at.cells.top() + static_cast<qreal>(r) * h, at.rowNames - 6, h);
        c.whole(box, Qt::AlignRight | Qt::AlignVCenter, wrapped(plain(f.rows[r]), font, box.width() + 1, lines).join(QLatin1Char('\n')),
            c.theme.muted, font);
    }
}

void paintColumnNames(const Canvas& c, const Heatmap& f, const Grid& at)
{
    constexpr qreal kBelow = 3;
    const QFont font = Theme::axis();
    const qreal w = at.cells.width() / static_cast<qreal>(f.columns.size()), line = QFontMetricsF(font).height();
    const ColumnNames& names = at.columns;
    for (std::size_t k = 0; k < f.columns.size(); k += names.every) {
        const qreal left = at.cells.left() + static_cast<qreal>(k) * w, top = at.cells.bottom() + kBelow;
        const QString name = plain(f.columns[k]);
        if (!names.turned) {
            const qreal room = static_cast<qreal>(names.every) * w;
            const QString words = names.lines > 1 ? wrapped(name, font, room - 4, names.lines).join(QLatin1Char('\n')) : name;
            c.whole({left, top, room, names.height}, Qt::AlignHCenter | Qt::AlignTop, words, c.theme.muted, font);
            continue;
        }
        c.painter.save();
        c.painter.translate(left + w / 2, top + names.height);
        c.painter.rotate(-90);
        c.text({0, -line / 2, names.height, line}, Qt::AlignRight | Qt::AlignVCenter, name, c.theme.muted, font);
        c.painter.restore();
    }
}

} // namespace

void paintHeatmap(const Canvas& c, const Heatmap& f)
{
    if (f.rows.empty() || f.columns.empty()) return;
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const QString xTitle = plain(f.x.title), yTitle = plain(f.y.title);
    const Grid at = gridOf(f, c.area);
    const QRectF& grid = at.cells;
    if (grid.width() <= 0 || grid.height() <= 0) return;
    paintCells(c, f, grid);
    paintStrip(c, f, grid);
    paintRowNames(c, f, at);
    paintColumnNames(c, f, at);
    c.text(
        {grid.left(), grid.bottom() + at.columns.height + 6, grid.width(), metrics.height()}, Qt::AlignCenter, xTitle, c.theme.muted, font);
    if (yTitle.isEmpty()) return;
    c.painter.save();
    c.painter.translate(c.area.left(), grid.center().y());
    c.painter.rotate(-90);
    c.text({-grid.height() / 2, 0, grid.height(), metrics.height()}, Qt::AlignCenter, yTitle, c.theme.muted, font);
    c.painter.restore();
}

std::vector<QRectF> heatmapCells(const Heatmap& f, const QRectF& area)
{
    std::vector<QRectF> cells;
    if (f.rows.empty() || f.columns.empty()) return cells;
    const QRectF grid = gridOf(f, area).cells;
    for (std::size_t r = 0; r < f.rows.size(); ++r)
        for (std::size_t k = 0; k < f.columns.size(); ++k) cells.push_back(cellOf(f, grid, r, k));
    return cells;
}

} // namespace bitstill
