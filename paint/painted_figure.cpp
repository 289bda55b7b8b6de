#include "paint/painted_figure.h"

#include "paint/canvas.h"
#include "paint/chart_parts.h"
#include "paint/figure_kinds.h"
#include "paint/heatmap_painter.h"
#include "paint/network_painter.h"
#include "paint/translate.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

constexpr qreal kRow = 26, kLeastNames = 96, kLeastScale = 0.75;
constexpr std::size_t kMostRows = 200; ///< a card or a page has an end; all of them are in the CSV

std::size_t shownRows(const Table& f) { return std::min(f.rows.size(), kMostRows); }

/// Empty when all are shown.
QString moreRows(const Table& f)
{
    const std::size_t more = f.rows.size() - shownRows(f);
    return more > 0 ? toQString(text("and %1 more rows; all are in the CSV", std::to_string(more))) : QString();
}

qreal readoutRow(const Readout::Item& item) { return item.emphasis ? 46 : kRow; }

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
    qreal scale = 1; ///< of its letters
};

QFont scaled(QFont font, qreal scale)
{
    if (font.pixelSize() > 0)
        font.setPixelSize(static_cast<int>(font.pixelSize() * scale));
    else
        font.setPointSizeF(font.pointSizeF() * scale);
    return font;
}

/// Whole columns go, the last of those that are neither names nor result first: what is left of a number is another number.
void leaveOut(std::vector<qreal>& widths, int result, qreal width)
{
    qreal taken = std::accumulate(widths.begin(), widths.end(), 0.0);
    for (std::size_t k = widths.size(); k-- > 1 && taken > width;) {
        if (static_cast<int>(k) == result) continue;
        taken -= widths[k];
        widths[k] = 0;
    }
}

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
    // What is left of a name still says which row it is; what is left of a number is another number.
    qreal taken = total;
    if (columns > 0 && taken > width) {
        const qreal names = std::max(std::min(layout.widths[0], kLeastNames), layout.widths[0] - (taken - width));
        taken -= layout.widths[0] - names;
        layout.widths[0] = names;
    }
    if (taken > width) layout.scale = std::max(kLeastScale, width / taken);
    const qreal spare = std::max(0.0, (width - total) / static_cast<qreal>(columns));
    for (qreal& w : layout.widths) w = w * layout.scale + spare;
    if (taken * layout.scale > width + 1) leaveOut(layout.widths, f.result, width);
    const QFontMetricsF smaller(scaled(Theme::small(), layout.scale));
    for (std::size_t k = 0; k < columns; ++k)
        if (layout.widths[k] > 0)
            layout.headHeight = std::max(layout.headHeight,
                smaller.boundingRect(QRectF(0, 0, layout.widths[k] - 8, 100), Qt::TextWordWrap, plain(f.columns[k])).height());
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
    const QFont usual = scaled(figures(Theme::body()), layout.scale), strong = scaled(figures(Theme::body(), true), layout.scale);
    qreal x = c.area.left(), y = c.area.top();
    c.painter.setFont(scaled(Theme::small(), layout.scale));
    for (std::size_t k = 0; k < columns; ++k) {
        if (widths[k] == 0) continue;
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
            if (widths[k] == 0) continue;
            const bool last = static_cast<int>(k) == f.result;
            const QColor color = k == 0 ? c.theme.muted : last ? c.theme.accent : c.theme.text;
            const QRectF box(x, y, widths[k] - 8, kRow);
            const int flags = (k == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter;
            const QString cell = plain(f.rows[r][k]);
            if (fits || k > 0)
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
        const qreal valueWidth =
            std::min(QFontMetricsF(font).horizontalAdvance(plain(item.value)) + 4, std::max(0.7 * row.width(), row.width() - label + 8));
        c.text(row.adjusted(0, 0, -valueWidth - 8, 0), Qt::AlignLeft | Qt::AlignVCenter, plain(item.label), c.theme.muted, Theme::body());
        c.text(QRectF(row.right() - valueWidth, y, valueWidth, height), Qt::AlignRight | Qt::AlignVCenter, plain(item.value),
            item.emphasis ? c.theme.accent : c.theme.text, font);
        y += height;
        c.painter.setPen(QPen(c.theme.grid, 1));
        c.painter.drawLine(QLineF(row.left(), y - 0.5, row.right(), y - 0.5));
    }
}

qreal imageLabel() { return QFontMetricsF(Theme::axis()).height() + 4; }

constexpr qreal kTileGap = 6;

} // namespace

QImage imageOf(const ImageTile& t)
{
    const bool known = t.channels == 1 || t.channels == 3;
    if (!known || t.width <= 0 || t.height <= 0) return {};
    const auto expected = static_cast<std::size_t>(t.width) * static_cast<std::size_t>(t.height) * static_cast<std::size_t>(t.channels);
    if (t.pixels.size() != expected) return {};
    const QImage::Format format = t.channels == 3 ? QImage::Format_RGB888 : QImage::Format_Grayscale8;
    return QImage(t.pixels.data(), t.width, t.height, t.width * t.channels, format).copy();
}

namespace {

/// As many columns as make the tiles largest; empty when there is no room for any.
std::vector<QRectF> tilesOf(const Images& f, const QRectF& area)
{
    const qreal label = imageLabel();
    qreal side = 0;
    int columns = 1;
    const int count = static_cast<int>(f.tiles.size());
    for (int k = 1; k <= count; ++k) {
        const int rows = (count + k - 1) / k;
        const qreal s = std::min(area.width() / k, area.height() / rows - label) - kTileGap;
        if (s > side) {
            side = s;
            columns = k;
        }
    }
    std::vector<QRectF> boxes;
    for (int i = 0; i < count && side > 0; ++i) {
        const int row = i / columns, column = i % columns;
        boxes.emplace_back(area.left() + column * (side + kTileGap), area.top() + row * (side + kTileGap + label), side, side);
    }
    return boxes;
}

void paint(const Canvas& c, const Images& f)
{
    const std::vector<QRectF> boxes = tilesOf(f, c.area);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const ImageTile& tile = f.tiles[i];
        const QRectF& box = boxes[i];
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
        c.text({box.left(), box.bottom(), box.width(), imageLabel()}, Qt::AlignCenter, plain(tile.label), c.theme.muted, Theme::axis());
    }
}

void paint(const Canvas& c, const Heatmap& f) { paintHeatmap(c, f); }
void paint(const Canvas& c, const NetworkMap& f) { paintNetwork(c.painter, c.area, f, c.theme); }

} // namespace

void paintBody(QPainter& painter, const QRectF& area, const Figure& figure, const Theme& theme)
{
    const Canvas canvas{painter, area, theme};
    painter.setRenderHint(QPainter::Antialiasing);
    const Overloads paintKind{[&canvas](const Painted auto& f) { paint(canvas, f); }, [](const Charted auto&) {}};
    std::visit(paintKind, figure.body);
}

namespace {

std::vector<QRectF> places(const Table& f, const QRectF& area)
{
    std::vector<QRectF> rows;
    qreal y = area.top() + layoutOf(f, area.width()).headHeight + 4;
    for (std::size_t r = 0; r < shownRows(f) && y + kRow <= area.bottom() + 1; ++r, y += kRow)
        rows.emplace_back(area.left(), y, area.width(), kRow);
    return rows;
}

std::vector<QRectF> places(const Readout& f, const QRectF& area)
{
    std::vector<QRectF> rows;
    qreal y = area.top();
    for (const Readout::Item& item : f.items) {
        if (y + readoutRow(item) > area.bottom() + 1) break;
        rows.emplace_back(area.left(), y, area.width(), readoutRow(item));
        y += readoutRow(item);
    }
    return rows;
}

} // namespace

std::vector<QRectF> paintedPlaces(const Figure& figure, const QRectF& area)
{
    const Overloads kPlaces{
        [&area](const OneOf<Table, Readout> auto& f) { return places(f, area); },
        [&area](const Heatmap& f) { return heatmapCells(f, area); },
        [&area](const Images& f) { return tilesOf(f, area); },
        [&area](const NetworkMap& f) { return networkBoxes(f, area); },
        [](const Charted auto&) { return std::vector<QRectF>(); },
    };
    return std::visit(kPlaces, figure.body);
}

qreal leastWidth(const Figure& figure)
{
    static constexpr Overloads kWidth{
        [](const Table& f) { return layoutOf(f, 0).least; },
        [](const NetworkMap& f) { return leastNetworkWidth(f); },
        [](const OneOf<Heatmap, Images, Readout> auto&) { return qreal(0); },
        [](const Charted auto&) { return qreal(0); },
    };
    return std::visit(kWidth, figure.body);
}

namespace {

/// Tiles as wide as their names; very long names are cut.
qreal leastHeight(const Images& f, qreal width)
{
    constexpr qreal kMostName = 96;
    const QFontMetricsF metrics(Theme::axis());
    qreal side = 0;
    for (const ImageTile& t : f.tiles) side = std::max(side, metrics.horizontalAdvance(plain(t.label)));
    if (side == 0) return 0;
    side = std::min(std::ceil(side), kMostName);
    const auto count = static_cast<qreal>(f.tiles.size());
    const qreal columns = std::clamp(std::floor(width / (side + kTileGap)), 1.0, count);
    return std::ceil(count / columns) * (side + kTileGap + imageLabel());
}

} // namespace

qreal leastBodyHeight(const Figure& figure, qreal width)
{
    const Overloads heightOf{
        [width](const Images& f) { return leastHeight(f, width); },
        [](const OneOf<Table, Readout, Heatmap, NetworkMap> auto&) { return qreal(0); },
        [&figure](const Charted auto&) { return leastChartHeight(figure); },
    };
    return std::visit(heightOf, figure.body);
}

qreal bodyHeight(const Figure& figure, qreal width)
{
    const Overloads heightOf{
        [width](const Table& f) {
            return layoutOf(f, width).headHeight + 8 + kRow * static_cast<qreal>(shownRows(f) + (moreRows(f).isEmpty() ? 0 : 1));
        },
        [](const Readout& f) {
            qreal height = 4;
            for (const Readout::Item& item : f.items) height += readoutRow(item);
            return height;
        },
        [width](const NetworkMap& f) { return networkHeight(f, width); },
        [](const OneOf<Heatmap, Images> auto&) { return qreal(0); },
        [](const Charted auto&) { return qreal(0); },
    };
    return std::visit(heightOf, figure.body);
}

} // namespace bitstill
