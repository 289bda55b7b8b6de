#include "widgets/painted_figure.h"

#include "widgets/axis_scale.h"
#include "widgets/translate.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr qreal kRow = 26;

qreal readoutRow(const Readout::Item& item) { return item.emphasis ? 46 : kRow; }

struct Canvas {
    QPainter& painter;
    QRectF area;
    const Theme& theme;

    void text(const QRectF& box, int flags, const QString& s, const QColor& color, const QFont& font) const
    {
        whole(box, flags, QFontMetricsF(font).elidedText(s, Qt::ElideRight, box.width() + 1), color, font);
    }
    /// What is known to fit: measuring costs as much as drawing.
    void whole(const QRectF& box, int flags, const QString& s, const QColor& color, const QFont& font) const
    {
        painter.setFont(font);
        painter.setPen(color);
        painter.drawText(box, flags | Qt::TextDontClip, s);
    }
};

QFont figures(const QFont& base, bool strong = false)
{
    QFont font = base;
    if (strong) font.setWeight(QFont::DemiBold);
    return font;
}

struct TableLayout {
    std::vector<qreal> widths;
    qreal least = 0; ///< all of them together, as narrow as they can be
    qreal headHeight = 0; ///< headings wrap when they are longer than their column
};

TableLayout layoutOf(const Table& f, qreal width)
{
    const std::size_t columns = f.columns.size();
    TableLayout layout{std::vector<qreal>(columns, 0)};
    const QFontMetricsF head(Theme::small()), cell(figures(Theme::body(), true));
    qreal& total = layout.least;
    for (std::size_t k = 0; k < columns; ++k) {
        qreal& w = layout.widths[k];
        for (const QString& word : toQString(f.columns[k]).split(QLatin1Char(' '))) w = std::max(w, head.horizontalAdvance(word) + 14);
        for (const auto& row : f.rows)
            if (k < row.size()) w = std::max(w, cell.horizontalAdvance(toQString(row[k])) + 14);
        total += w;
    }
    const qreal stretch = total > width ? width / total : 1;
    const qreal spare = std::max(0.0, (width - total) / static_cast<qreal>(columns));
    for (qreal& w : layout.widths) w = w * stretch + spare;
    for (std::size_t k = 0; k < columns; ++k)
        layout.headHeight = std::max(layout.headHeight,
            head.boundingRect(QRectF(0, 0, layout.widths[k] - 8, 100), Qt::TextWordWrap, toQString(f.columns[k])).height());
    return layout;
}

void paint(const Canvas& c, const Table& f)
{
    const std::size_t columns = f.columns.size();
    if (columns == 0) return;
    const TableLayout layout = layoutOf(f, c.area.width());
    const std::vector<qreal>& widths = layout.widths;
    const qreal headHeight = layout.headHeight;
    const bool fits = layout.least <= c.area.width();
    const QFont plain = figures(Theme::body()), strong = figures(Theme::body(), true);
    qreal x = c.area.left(), y = c.area.top();
    c.painter.setFont(Theme::small());
    for (std::size_t k = 0; k < columns; ++k) {
        c.painter.setPen(c.theme.muted);
        c.painter.drawText(QRectF(x, y, widths[k] - 8, headHeight),
            (k == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignBottom | Qt::TextWordWrap, toQString(f.columns[k]));
        x += widths[k];
    }
    y += headHeight + 4;
    for (std::size_t r = 0; r < f.rows.size() && y + kRow <= c.area.bottom() + 1; ++r, y += kRow) {
        c.painter.setPen(QPen(c.theme.grid, 1));
        c.painter.drawLine(QLineF(c.area.left(), y, c.area.right(), y));
        x = c.area.left();
        for (std::size_t k = 0; k < columns && k < f.rows[r].size(); ++k) {
            const bool last = static_cast<int>(k) == f.result;
            const QColor color = k == 0 ? c.theme.muted : last ? c.theme.accent : c.theme.text;
            const QRectF box(x, y, widths[k] - 8, kRow);
            const int flags = (k == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter;
            if (fits)
                c.whole(box, flags, toQString(f.rows[r][k]), color, last ? strong : plain);
            else
                c.text(box, flags, toQString(f.rows[r][k]), color, last ? strong : plain);
            x += widths[k];
        }
    }
}

void paint(const Canvas& c, const Readout& f)
{
    qreal y = c.area.top();
    for (const Readout::Item& item : f.items) {
        const qreal height = readoutRow(item);
        if (y + height > c.area.bottom() + 1) return;
        const QRectF row(c.area.left(), y, c.area.width(), height);
        QFont big = figures(Theme::pageTitle(), true);
        big.setPixelSize(24);
        const qreal label = QFontMetricsF(Theme::body()).horizontalAdvance(toQString(item.label)) + 16;
        while (big.pixelSize() > 14 && label + QFontMetricsF(big).horizontalAdvance(toQString(item.value)) > row.width())
            big.setPixelSize(big.pixelSize() - 1);
        const QFont font = item.emphasis ? big : figures(Theme::body());
        const qreal valueWidth = std::min(QFontMetricsF(font).horizontalAdvance(toQString(item.value)) + 4, 0.7 * row.width());
        c.text(
            row.adjusted(0, 0, -valueWidth - 8, 0), Qt::AlignLeft | Qt::AlignVCenter, toQString(item.label), c.theme.muted, Theme::body());
        c.text(QRectF(row.right() - valueWidth, y, valueWidth, height), Qt::AlignRight | Qt::AlignVCenter, toQString(item.value),
            item.emphasis ? c.theme.accent : c.theme.text, font);
        y += height;
        c.painter.setPen(QPen(c.theme.grid, 1));
        c.painter.drawLine(QLineF(row.left(), y - 0.5, row.right(), y - 0.5));
    }
}

void paint(const Canvas& c, const Heatmap& f)
{
    if (f.rows.empty() || f.columns.empty()) return;
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    qreal left = 0;
    for (const Text& r : f.rows) left = std::max(left, metrics.horizontalAdvance(toQString(r)) + 8);
    left = std::min(left, c.area.width() / 3);
    const QRectF grid = c.area.adjusted(left, 0, 0, -metrics.height() - 6);
    const qreal w = grid.width() / static_cast<qreal>(f.columns.size()), h = grid.height() / static_cast<qreal>(f.rows.size());
    const AxisRange range = f.range ? *f.range : rangeOf(f.values);
    for (std::size_t r = 0; r < f.rows.size(); ++r)
        for (std::size_t k = 0; k < f.columns.size(); ++k) {
            const double v = f.values[r * f.columns.size() + k];
            const double share = std::isfinite(v) ? (v - range.low) / (range.high - range.low) : 0;
            const QRectF cell(grid.left() + static_cast<qreal>(k) * w, grid.top() + static_cast<qreal>(r) * h, w, h);
            c.painter.fillRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), c.theme.heat(share));
            if (w > 34 && h > 14)
                c.whole(
                    cell, Qt::AlignCenter, QString::fromStdString(significant(v, 2)), share > 0.55 ? c.theme.onAccent : c.theme.text, font);
        }
    for (std::size_t r = 0; r < f.rows.size(); ++r)
        c.text({c.area.left(), grid.top() + static_cast<qreal>(r) * h, left - 6, h}, Qt::AlignRight | Qt::AlignVCenter,
            toQString(f.rows[r]), c.theme.muted, Theme::axis());
    for (std::size_t k = 0; k < f.columns.size(); ++k)
        c.text({grid.left() + static_cast<qreal>(k) * w, grid.bottom() + 3, w, metrics.height()}, Qt::AlignCenter, toQString(f.columns[k]),
            c.theme.muted, Theme::axis());
}

QImage imageOf(const ImageTile& t)
{
    const QImage::Format format = t.channels == 3 ? QImage::Format_RGB888 : QImage::Format_Grayscale8;
    return QImage(t.pixels.data(), t.width, t.height, t.width * t.channels, format).copy();
}

void paint(const Canvas& c, const Images& f)
{
    if (f.tiles.empty()) return;
    const QFontMetricsF metrics(Theme::axis());
    const qreal label = metrics.height() + 4;
    // As many columns as make the tiles largest.
    qreal side = 0;
    int columns = 1;
    const int count = static_cast<int>(f.tiles.size());
    for (int k = 1; k <= count; ++k) {
        const int rows = (count + k - 1) / k;
        const qreal s = std::min(c.area.width() / k, c.area.height() / rows - label) - 6;
        if (s > side) {
            side = s;
            columns = k;
        }
    }
    for (int i = 0; i < count; ++i) {
        const QPointF at(c.area.left() + (i % columns) * (side + 6), c.area.top() + (i / columns) * (side + 6 + label));
        c.painter.drawImage(QRectF(at, QSizeF(side, side)), imageOf(f.tiles[static_cast<std::size_t>(i)]));
        c.text({at.x(), at.y() + side, side, label}, Qt::AlignCenter, toQString(f.tiles[static_cast<std::size_t>(i)].label), c.theme.muted,
            Theme::axis());
    }
}

} // namespace

void paintBody(QPainter& painter, const QRectF& area, const Figure& figure, const Theme& theme)
{
    const Canvas canvas{painter, area, theme};
    painter.setRenderHint(QPainter::Antialiasing);
    if (const auto* f = std::get_if<Table>(&figure.body)) paint(canvas, *f);
    if (const auto* f = std::get_if<Readout>(&figure.body)) paint(canvas, *f);
    if (const auto* f = std::get_if<Heatmap>(&figure.body)) paint(canvas, *f);
    if (const auto* f = std::get_if<Images>(&figure.body)) paint(canvas, *f);
}

qreal leastWidth(const Figure& figure)
{
    const auto* f = std::get_if<Table>(&figure.body);
    return f ? layoutOf(*f, 0).least : 0;
}

qreal bodyHeight(const Figure& figure, qreal width)
{
    if (const auto* f = std::get_if<Table>(&figure.body))
        return layoutOf(*f, width).headHeight + 8 + kRow * static_cast<qreal>(f->rows.size());
    if (const auto* f = std::get_if<Readout>(&figure.body)) {
        qreal height = 4;
        for (const Readout::Item& item : f->items) height += readoutRow(item);
        return height;
    }
    return 0;
}

} // namespace bitstill
