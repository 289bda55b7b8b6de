#include "widgets/painted_figure.h"

#include "widgets/axis_scale.h"
#include "widgets/translate.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr qreal kRow = 26;
constexpr std::size_t kMostRows = 200; ///< a card or a page has an end; all of them are in the CSV

std::size_t shownRows(const Table& f) { return std::min(f.rows.size(), kMostRows); }

/// Empty when all are shown.
QString moreRows(const Table& f)
{
    const std::size_t more = f.rows.size() - shownRows(f);
    return more > 0 ? toQString(text("and %1 more rows; all are in the CSV", std::to_string(more))) : QString();
}

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
        for (const QString& word : plain(f.columns[k]).split(QLatin1Char(' '))) w = std::max(w, head.horizontalAdvance(word) + 14);
        for (std::size_t r = 0; r < shownRows(f); ++r)
            if (k < f.rows[r].size()) w = std::max(w, cell.horizontalAdvance(plain(f.rows[r][k])) + 14);
        total += w;
    }
    const qreal stretch = total > width ? width / total : 1;
    const qreal spare = std::max(0.0, (width - total) / static_cast<qreal>(columns));
    for (qreal& w : layout.widths) w = w * stretch + spare;
    for (std::size_t k = 0; k < columns; ++k)
        layout.headHeight = std::max(
            layout.headHeight, head.boundingRect(QRectF(0, 0, layout.widths[k] - 8, 100), Qt::TextWordWrap, plain(f.columns[k])).height());
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
    const QFont usual = figures(Theme::body()), strong = figures(Theme::body(), true);
    qreal x = c.area.left(), y = c.area.top();
    c.painter.setFont(Theme::small());
    for (std::size_t k = 0; k < columns; ++k) {
        c.painter.setPen(c.theme.muted);
        c.painter.drawText(QRectF(x, y, widths[k] - 8, headHeight),
            (k == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignBottom | Qt::TextWordWrap, plain(f.columns[k]));
        x += widths[k];
    }
    y += headHeight + 4;
    for (std::size_t r = 0; r < shownRows(f) && y + kRow <= c.area.bottom() + 1; ++r, y += kRow) {
        c.painter.setPen(QPen(c.theme.grid, 1));
        c.painter.drawLine(QLineF(c.area.left(), y, c.area.right(), y));
        x = c.area.left();
        for (std::size_t k = 0; k < columns && k < f.rows[r].size(); ++k) {
            const bool last = static_cast<int>(k) == f.result;
            const QColor color = k == 0 ? c.theme.muted : last ? c.theme.accent : c.theme.text;
            const QRectF box(x, y, widths[k] - 8, kRow);
            const int flags = (k == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter;
            const QString cell = plain(f.rows[r][k]);
            if (fits)
                c.whole(box, flags, cell, color, last ? strong : usual);
            else
                c.text(box, flags, cell, color, last ? strong : usual);
            x += widths[k];
        }
    }
    if (y + kRow <= c.area.bottom() + 1)
        c.text({c.area.left(), y, c.area.width(), kRow}, Qt::AlignLeft | Qt::AlignVCenter, moreRows(f), c.theme.muted, Theme::small());
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
        const qreal label = QFontMetricsF(Theme::body()).horizontalAdvance(plain(item.label)) + 16;
        while (big.pixelSize() > 14 && label + QFontMetricsF(big).horizontalAdvance(plain(item.value)) > row.width())
            big.setPixelSize(big.pixelSize() - 1);
        const QFont font = item.emphasis ? big : figures(Theme::body());
        const qreal valueWidth = std::min(QFontMetricsF(font).horizontalAdvance(plain(item.value)) + 4, 0.7 * row.width());
        c.text(row.adjusted(0, 0, -valueWidth - 8, 0), Qt::AlignLeft | Qt::AlignVCenter, plain(item.label), c.theme.muted, Theme::body());
        c.text(QRectF(row.right() - valueWidth, y, valueWidth, height), Qt::AlignRight | Qt::AlignVCenter, plain(item.value),
            item.emphasis ? c.theme.accent : c.theme.text, font);
        y += height;
        c.painter.setPen(QPen(c.theme.grid, 1));
        c.painter.drawLine(QLineF(row.left(), y - 0.5, row.right(), y - 0.5));
    }
}

/// Of the two colours for words the one that can be read on `fill`.
QColor readable(const QColor& fill, const Theme& theme)
{
    const auto distance = [&fill](const QColor& c) { return std::abs(qGray(c.rgb()) - qGray(fill.rgb())); };
    return distance(theme.text) > distance(theme.onAccent) ? theme.text : theme.onAccent;
}

void paintCells(const Canvas& c, const Heatmap& f, const QRectF& grid)
{
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const qreal w = grid.width() / static_cast<qreal>(f.columns.size()), h = grid.height() / static_cast<qreal>(f.rows.size());
    const AxisRange own = rangeOf(f.values), range = f.range && f.range->high > f.range->low ? *f.range : own;
    for (std::size_t r = 0; r < f.rows.size(); ++r)
        for (std::size_t k = 0; k < f.columns.size(); ++k) {
            const double v = f.at(r, k);
            const QRectF cell(grid.left() + static_cast<qreal>(k) * w, grid.top() + static_cast<qreal>(r) * h, w, h);
            // Halves, so that no difference is beyond the doubles. Without a value it has no colour of the scale.
            const double share = (v / 2 - range.low / 2) / (range.high / 2 - range.low / 2);
            const QColor fill = std::isnan(share) ? c.theme.page : c.theme.heat(share);
            c.painter.fillRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), fill);
            const QString words = QString::fromStdString(significant(v, 2));
            if (h > 14 && w > (std::isnan(v) ? 12 : 34) && metrics.horizontalAdvance(words) < w)
                c.whole(cell, Qt::AlignCenter, words, std::isnan(v) ? c.theme.muted : readable(fill, c.theme), font);
        }
}

void paint(const Canvas& c, const Heatmap& f)
{
    if (f.rows.empty() || f.columns.empty()) return;
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const qreal line = metrics.height() + 3;
    const QString xTitle = plain(f.x.title), yTitle = plain(f.y.title);
    qreal label = 0;
    for (const Text& r : f.rows) label = std::max(label, metrics.horizontalAdvance(plain(r)) + 8);
    label = std::min(label, c.area.width() / 3);
    const qreal left = label + (yTitle.isEmpty() ? 0 : line);
    const QRectF grid = c.area.adjusted(left, 0, 0, -line - 3 - (xTitle.isEmpty() ? 0 : line));
    const qreal w = grid.width() / static_cast<qreal>(f.columns.size()), h = grid.height() / static_cast<qreal>(f.rows.size());
    if (w <= 0 || h <= 0) return;
    paintCells(c, f, grid);
    // Where rows or columns are narrower than their names, every second or third has one.
    const auto everyR = static_cast<std::size_t>(std::ceil(std::min(1000.0, metrics.height() / h)));
    const auto everyC = static_cast<std::size_t>(std::ceil(std::min(1000.0, 16 / w)));
    for (std::size_t r = 0; r < f.rows.size(); r += everyR)
        c.text({c.area.left() + left - label, grid.top() + static_cast<qreal>(r) * h, label - 6, h}, Qt::AlignRight | Qt::AlignVCenter,
            plain(f.rows[r]), c.theme.muted, font);
    for (std::size_t k = 0; k < f.columns.size(); k += everyC)
        c.text({grid.left() + static_cast<qreal>(k) * w, grid.bottom() + 3, static_cast<qreal>(everyC) * w, metrics.height()},
            Qt::AlignCenter, plain(f.columns[k]), c.theme.muted, font);
    c.text({grid.left(), grid.bottom() + 3 + line, grid.width(), metrics.height()}, Qt::AlignCenter, xTitle, c.theme.muted, font);
    if (yTitle.isEmpty()) return;
    c.painter.save();
    c.painter.translate(c.area.left(), grid.center().y());
    c.painter.rotate(-90);
    c.text({-grid.height() / 2, 0, grid.height(), metrics.height()}, Qt::AlignCenter, yTitle, c.theme.muted, font);
    c.painter.restore();
}

/// Null when the tile says another size than it has.
QImage imageOf(const ImageTile& t)
{
    const bool known = t.channels == 1 || t.channels == 3;
    if (!known || t.width <= 0 || t.height <= 0) return {};
    const auto expected = static_cast<std::size_t>(t.width) * static_cast<std::size_t>(t.height) * static_cast<std::size_t>(t.channels);
    if (t.pixels.size() != expected) return {};
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
    if (side <= 0) return;
    for (int i = 0; i < count; ++i) {
        const ImageTile& tile = f.tiles[static_cast<std::size_t>(i)];
        const QRectF box(
            QPointF(c.area.left() + (i % columns) * (side + 6), c.area.top() + (i / columns) * (side + 6 + label)), QSizeF(side, side));
        const QImage image = imageOf(tile);
        if (image.isNull()) {
            c.painter.fillRect(box, c.theme.page);
            c.text(box, Qt::AlignCenter, QStringLiteral("—"), c.theme.muted, Theme::axis());
        } else {
            QSizeF shown = image.size();
            shown.scale(box.size(), Qt::KeepAspectRatio);
            QRectF at(QPointF(0, 0), shown);
            at.moveCenter(box.center());
            c.painter.drawImage(at, image);
        }
        c.text({box.left(), box.bottom(), side, label}, Qt::AlignCenter, plain(tile.label), c.theme.muted, Theme::axis());
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
        return layoutOf(*f, width).headHeight + 8 + kRow * static_cast<qreal>(shownRows(*f) + (moreRows(*f).isEmpty() ? 0 : 1));
    if (const auto* f = std::get_if<Readout>(&figure.body)) {
        qreal height = 4;
        for (const Readout::Item& item : f->items) height += readoutRow(item);
        return height;
    }
    return 0;
}

} // namespace bitstill
