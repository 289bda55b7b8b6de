#include "paint/chart_frame.h"

#include "paint/wrapped.h"

#include <QChart>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <functional>

namespace bitstill {

namespace {

constexpr qreal kGap = 5, kRight = 14, kTop = 8, kPicture = 22;

class PaintedItem : public QGraphicsItem {
public:
    PaintedItem(QChart* chart, qreal z, std::function<void(QPainter&)> paint) : QGraphicsItem(chart), m_paint(std::move(paint))
    {
        setZValue(z);
        setAcceptedMouseButtons(Qt::NoButton);
    }
    void setArea(const QRectF& area)
    {
        if (area == m_area) return;
        prepareGeometryChange();
        m_area = area;
    }
    QRectF boundingRect() const override { return m_area; }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override { m_paint(*painter); }

private:
    std::function<void(QPainter&)> m_paint;
    QRectF m_area;
};

} // namespace

ChartFrame::ChartFrame(QChart* chart, const Theme& theme) : m_chart(chart), m_theme(theme)
{
    // Above the bars and lines, whose layers Qt Charts keeps below a hundred.
    m_behind = new PaintedItem(chart, 0, [this](QPainter& p) { paintBehind(p); });
    m_above = new PaintedItem(chart, 1000, [this](QPainter& p) { paintAbove(p); });
    m_resized = QObject::connect(chart, &QGraphicsWidget::geometryChanged, chart, [this] { arrange(); });
}

ChartFrame::~ChartFrame()
{
    if (!m_chart) return;
    QObject::disconnect(m_resized);
    delete m_behind;
    delete m_above;
}

void ChartFrame::set(Side x, Side y, std::vector<Label> labels, QString note)
{
    m_x = std::move(x);
    m_y = std::move(y);
    m_labels = std::move(labels);
    m_note = std::move(note);
    const QFontMetricsF metrics(Theme::axis());
    m_widest = 0;
    for (const AxisScale::Tick& tick : m_y.scale.ticks) m_widest = std::max(m_widest, metrics.horizontalAdvance(tick.label));
    arrange();
    m_behind->update();
    m_above->update();
}

void ChartFrame::setOutlines(std::vector<Outline> outlines)
{
    if (outlines.empty() && m_outlines.empty()) return;
    m_outlines = std::move(outlines);
    m_above->update();
}

qreal ChartFrame::pictureRoom() const { return m_y.pictures.empty() ? 0 : kPicture + kGap; }

/// As large as its row allows.
void ChartFrame::paintPicture(QPainter& painter, const QImage& picture, qreal y) const
{
    if (picture.isNull()) return;
    const AxisRange& ys = m_y.scale.shown;
    const qreal side = std::min(kPicture, m_plot.height() / (ys.high - ys.low) - 1);
    QSizeF size = picture.size();
    size.scale(side, side, Qt::KeepAspectRatio);
    QRectF box(QPointF(0, 0), size);
    box.moveCenter({m_plot.left() - kGap - kPicture / 2, y});
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(box, picture);
}

void ChartFrame::arrange()
{
    const QFontMetricsF metrics(Theme::axis());
    const QRectF whole(QPointF(0, 0), m_chart->size());
    const qreal line = metrics.height() + kGap,
                left = (m_y.title.isEmpty() ? 0 : line) + std::min(m_widest, 0.4 * whole.width()) + pictureRoom() + kGap + 2,
                bottom = line + (m_x.title.isEmpty() ? 0 : line);
    m_plot = whole.adjusted(left, kTop, -kRight, -bottom);
    m_plot.setSize(m_plot.size().expandedTo(QSizeF(8, 8)));
    static_cast<PaintedItem*>(m_behind)->setArea(whole);
    static_cast<PaintedItem*>(m_above)->setArea(whole);
    if (m_chart->plotArea() != m_plot) m_chart->setPlotArea(m_plot);
}

QPointF ChartFrame::place(QPointF position) const
{
    const AxisRange &x = m_x.scale.shown, &y = m_y.scale.shown;
    return {m_plot.left() + (position.x() - x.low) / (x.high - x.low) * m_plot.width(),
        m_plot.bottom() - (position.y() - y.low) / (y.high - y.low) * m_plot.height()};
}

QPointF ChartFrame::positionAt(QPointF pixel) const
{
    const AxisRange &x = m_x.scale.shown, &y = m_y.scale.shown;
    return {x.low + (pixel.x() - m_plot.left()) / m_plot.width() * (x.high - x.low),
        y.low + (m_plot.bottom() - pixel.y()) / m_plot.height() * (y.high - y.low)};
}

void ChartFrame::paintBehind(QPainter& painter) const
{
    const QFontMetricsF metrics(Theme::axis());
    const qreal height = metrics.height(), room = 0.4 * m_chart->size().width();
    const AxisRange &xs = m_x.scale.shown, &ys = m_y.scale.shown;
    painter.setFont(Theme::axis());
    painter.setBrush(Qt::NoBrush);
    const auto line = [&](QPointF a, QPointF b, QColor color) {
        painter.setPen(QPen(color, 1));
        painter.drawLine(a, b);
    };
    const auto words = [&](const QRectF& box, int flags, const QString& text) {
        painter.setPen(m_theme.muted);
        painter.drawText(box, flags | Qt::TextDontClip | Qt::TextSingleLine, text);
    };
    qreal free = -1e9; // labels never run into each other
    for (const AxisScale::Tick& tick : m_x.scale.ticks) {
        const qreal x = place({tick.at, ys.low}).x(), half = metrics.horizontalAdvance(tick.label) / 2;
        if (m_x.lines) line({x, m_plot.top()}, {x, m_plot.bottom()}, m_theme.grid);
        const qreal left = std::min(x - half, m_chart->size().width() - 2 * half - 1); // the last one stays in the picture
        if (left < free) continue;
        words({left, m_plot.bottom() + kGap, 2 * half, height}, Qt::AlignCenter, tick.label);
        free = left + 2 * half + 2 * kGap;
    }
    free = 1e9;
    const int lines = m_y.lines || m_plot.height() / (ys.high - ys.low) < 2 * height ? 1 : 2; // names of categories have room for
    for (std::size_t i = 0; i < m_y.pictures.size(); ++i)
        paintPicture(painter, m_y.pictures[i], place({xs.low, m_y.scale.ticks[i].at}).y());
    for (const AxisScale::Tick& tick : m_y.scale.ticks) {
        const qreal y = place({xs.low, tick.at}).y();
        if (m_y.lines) line({m_plot.left(), y}, {m_plot.right(), y}, m_theme.grid);
        if (y + height / 2 > free) continue;
        const QStringList label = m_widest > room ? wrapped(tick.label, Theme::axis(), room, lines) : QStringList{tick.label};
        QRectF box(m_plot.left() - kGap - pictureRoom() - room, y - static_cast<qreal>(label.size()) * height / 2, room, height);
        for (const QString& part : label) {
            words(box, Qt::AlignRight | Qt::AlignVCenter, part);
            box.translate(0, height);
        }
        free = y - height / 2;
    }
    line(m_plot.bottomLeft(), m_plot.bottomRight(), m_theme.line);
    line(m_plot.bottomLeft(), m_plot.topLeft(), m_theme.line);
    words({m_plot.left(), m_plot.bottom() + 2 * kGap + height - 2, m_plot.width(), height}, Qt::AlignCenter,
        metrics.elidedText(m_x.title, Qt::ElideRight, m_plot.width()));
    if (m_y.title.isEmpty()) return;
    painter.save();
    // A title longer than the plot may go on beside what is below it.
    const bool fits = metrics.horizontalAdvance(m_y.title) <= m_plot.height();
    const qreal length = fits ? m_plot.height() : m_chart->size().height();
    painter.translate(0, fits ? m_plot.center().y() : length / 2);
    painter.rotate(-90);
    words({-length / 2, 0, length, height}, Qt::AlignCenter, metrics.elidedText(m_y.title, Qt::ElideRight, length));
    painter.restore();
}

std::vector<ChartFrame::PlacedLabel> ChartFrame::placedLabels() const
{
    const QFontMetricsF metrics(Theme::axis());
    std::vector<PlacedLabel> placed;
    for (const Label& label : m_labels) {
        const QPointF at = place(label.at);
        const qreal width = metrics.horizontalAdvance(label.words);
        const qreal from = place({label.from, label.at.y()}).x(), before = at.x() - width - kGap;
        const bool left = at.x() < from && before >= m_plot.left(); // beyond are the names of the bars
        const QRectF box(left ? before : std::max(at.x(), from) + kGap, at.y() - metrics.ascent() / 2 - 1, width, metrics.ascent());
        if (std::ranges::none_of(placed, [&](const PlacedLabel& p) { return p.box.intersects(box); })) placed.push_back({box, label.words});
    }
    return placed;
}

void ChartFrame::paintOutlines(QPainter& painter) const
{
    painter.setBrush(Qt::NoBrush);
    for (const Outline& outline : m_outlines) {
        painter.setPen(outline.pen);
        QPolygonF piece;
        for (const QPointF& position : outline.line) {
            if (std::isfinite(position.x()) && std::isfinite(position.y())) {
                piece.append(place(position));
                continue;
            }
            painter.drawPolyline(piece);
            piece.clear();
        }
        painter.drawPolyline(piece);
    }
}

void ChartFrame::paintAbove(QPainter& painter) const
{
    paintOutlines(painter);
    const QFontMetricsF metrics(Theme::axis());
    painter.setFont(Theme::axis());
    painter.setPen(m_theme.muted);
    for (const PlacedLabel& label : placedLabels()) {
        painter.fillRect(label.box.adjusted(-1, 1, 1, 1), m_theme.card); // a line may run there
        painter.drawText(QPointF(label.box.left(), label.box.bottom()), label.words);
    }
    if (!m_note.isEmpty())
        painter.drawText(m_plot.adjusted(kGap, 2, 0, 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextSingleLine,
            metrics.elidedText(m_note, Qt::ElideRight, m_plot.width()));
}

} // namespace bitstill
