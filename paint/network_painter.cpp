#include "paint/network_painter.h"

#include "paint/axis_scale.h"
#include "paint/network_layout.h"
#include "paint/reading.h"
#include "paint/translate.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr std::size_t kMostNodes = 2000; ///< a card has an end
constexpr qreal kAbove = 2, kScale = 26, kSwatchWidth = 110, kSwatchHeight = 8, kSpace = 8; ///< of the colours
constexpr qreal kLeastHeight = 64, kLine = 15, kPadding = 5, kLeastName = 30;
constexpr qsizetype kLeastLetters = 5; ///< what is left of less says nothing
constexpr qreal kWanted = 540; ///< of a network that is no longer than a few layers

std::size_t shownNodes(const NetworkMap& f) { return std::min(f.nodes.size(), kMostNodes); }

NodeInputs inputsOf(const NetworkMap& f)
{
    NodeInputs inputs;
    for (std::size_t i = 0; i < shownNodes(f); ++i) inputs.push_back(f.nodes[i].inputs);
    return inputs;
}

QRectF boxesIn(const QRectF& area) { return area.adjusted(0, kAbove, 0, -kScale); }

NetworkLayout layoutIn(const NetworkMap& f, const QRectF& area)
{
    const QRectF room = boxesIn(area);
    NetworkLayout layout = layoutNetwork(inputsOf(f), room.size());
    for (QRectF& box : layout.boxes) box.translate(room.topLeft());
    for (QRectF& row : layout.nameRows) row.translate(room.topLeft());
    for (NetworkLayout::Edge& edge : layout.edges)
        for (QPointF& point : edge.points) point += room.topLeft();
    return layout;
}

/// What the colours mean.
class Colors {
public:
    Colors(const NetworkMap& f, const Theme& theme) : m_theme(theme), m_highIsBad(f.highIsBad)
    {
        std::vector<double> values;
        for (const NetworkMap::Node& n : f.nodes) values.push_back(n.value);
        m_scale = axisScale(f.value, rangeOn(f.value, values), false);
        for (const double v : values) (std::isnan(m_scale.position(v)) ? hasNone : hasSome) = true;
    }

    /// 0: nothing to see here. 1: look at this. NaN without a value.
    double alarm(double value) const
    {
        const double share = (m_scale.position(value) - m_scale.shown.low) / (m_scale.shown.high - m_scale.shown.low);
        return m_highIsBad ? share : 1 - share;
    }
    QColor fill(double value) const
    {
        const double share = alarm(value);
        return std::isnan(share) ? m_theme.page : m_theme.warmth(share);
    }
    double low() const { return m_scale.value(m_scale.shown.low); }
    double high() const { return m_scale.value(m_scale.shown.high); }
    QColor end(bool high) const { return m_theme.warmth(high == m_highIsBad ? 1 : 0); }

    bool hasNone = false, hasSome = false;

private:
    const Theme& m_theme;
    bool m_highIsBad;
    AxisScale m_scale;
};

class NetworkPainter {
public:
    NetworkPainter(QPainter& painter, const QRectF& area, const NetworkMap& f, const Theme& theme) :
        m_painter(painter), m_area(area), m_map(f), m_theme(theme), m_colors(f, theme), m_layout(layoutIn(f, area))
    {
    }

    void paint()
    {
        paintLines();
        for (std::size_t i = 0; i < m_layout.boxes.size(); ++i) paintBox(i);
        paintNamesAbove();
        for (std::size_t i = 0; i < m_layout.boxes.size(); ++i)
            if (!m_map.chosen.empty() && m_map.nodes[i].choice == m_map.chosen) frame(i, m_theme.accent, 2.5, Qt::SolidLine);
        paintScale();
    }

private:
    void paintLines();
    void paintBox(std::size_t node);
    void paintNamesAbove();
    void paintScale();
    void frame(std::size_t node, const QColor& color, qreal width, Qt::PenStyle style);
    /// As much of it as there is room for, or nothing; true when there was.
    bool write(const QRectF& box, int flags, const QString& words, const QColor& color, const QFont& font, Qt::TextElideMode elide);

    QPainter& m_painter;
    QRectF m_area;
    const NetworkMap& m_map;
    const Theme& m_theme;
    Colors m_colors;
    NetworkLayout m_layout;
};

/// Of "128×128×1×1, 16,384 weights" the last part where both are too wide.
QString fitting(const QString& words, const QFont& font, qreal width)
{
    const qsizetype last = words.lastIndexOf(QLatin1String(", "));
    return last < 0 || QFontMetricsF(font).horizontalAdvance(words) <= width ? words : words.mid(last + 2);
}

bool NetworkPainter::write(
    const QRectF& box, int flags, const QString& words, const QColor& color, const QFont& font, Qt::TextElideMode elide)
{
    const QString shown = QFontMetricsF(font).elidedText(words, elide, box.width());
    if (shown != words && shown.size() < kLeastLetters) return false;
    m_painter.setFont(font);
    m_painter.setPen(color);
    m_painter.drawText(box, flags | Qt::TextDontClip | Qt::TextSingleLine, shown);
    return true;
}

void NetworkPainter::paintLines()
{
    m_painter.setPen(QPen(m_theme.muted, 1)); // opaque: where lines share their way they are one
    for (const NetworkLayout::Edge& edge : m_layout.edges) m_painter.drawPolyline(edge.points.data(), static_cast<int>(edge.points.size()));
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(m_theme.muted);
    for (const NetworkLayout::Edge& edge : m_layout.edges) {
        const QPointF tip = edge.points.back();
        if (m_layout.boxes[edge.to].height() < kLine) continue;
        m_painter.drawPolygon(QPolygonF{tip, tip + QPointF(-4, -2.5), tip + QPointF(-4, 2.5)});
    }
    m_painter.setBrush(Qt::NoBrush);
}

void NetworkPainter::paintBox(std::size_t node)
{
    const NetworkMap::Node& n = m_map.nodes[node];
    const QRectF& box = m_layout.boxes[node];
    const QColor fill = m_colors.fill(n.value);
    const qreal corner = std::min({4.0, box.width() / 4, box.height() / 4});
    m_painter.setPen(QPen(m_theme.line, 1));
    m_painter.setBrush(fill);
    m_painter.drawRoundedRect(box, corner, corner);
    m_painter.setBrush(Qt::NoBrush);
    const QRectF inner = box.adjusted(kPadding, 0, -kPadding, 0);
    if (box.height() < kLine || inner.width() < kLeastName) return;
    const QColor words = m_theme.on(fill);
    const QString second = plain(n.detail.empty() ? Text(n.op) : n.detail);
    const bool two = box.height() >= 2 * kLine + 4 && !second.isEmpty();
    const qreal middle = box.center().y();
    // Names of large networks differ at their ends: "layers/block3/conv1".
    const QRectF first = two ? QRectF(inner.left(), middle - kLine, inner.width(), kLine) : inner;
    write(first, Qt::AlignLeft | Qt::AlignVCenter, plain(n.name), words, Theme::small(), Qt::ElideLeft);
    if (!two) return;
    const QRectF below(inner.left(), middle, inner.width(), kLine);
    write(below, Qt::AlignLeft | Qt::AlignVCenter, fitting(second, Theme::axis(), below.width()), words, Theme::axis(), Qt::ElideRight);
}

/// Where boxes are too narrow for their names, those that stand out have theirs above them, as far as there is room.
void NetworkPainter::paintNamesAbove()
{
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < m_layout.boxes.size(); ++i) {
        const QRectF& row = m_layout.nameRows[m_layout.rowOf[i]];
        const bool onTop = m_layout.boxes[i].top() < row.bottom() + 1;
        if (row.height() >= metrics.height() - 1 && onTop && !std::isnan(m_colors.alarm(m_map.nodes[i].value))) nodes.push_back(i);
    }
    std::stable_sort(nodes.begin(), nodes.end(),
        [this](std::size_t a, std::size_t b) { return m_colors.alarm(m_map.nodes[a].value) > m_colors.alarm(m_map.nodes[b].value); });
    constexpr qreal kWidest = 96;
    std::vector<std::vector<QRectF>> taken(m_layout.nameRows.size());
    for (const std::size_t i : nodes) {
        const QRectF& row = m_layout.nameRows[m_layout.rowOf[i]];
        const QString name = plain(m_map.nodes[i].name);
        const qreal width = std::min(metrics.horizontalAdvance(name) + 2, kWidest);
        const qreal left = std::clamp(m_layout.boxes[i].center().x() - width / 2, row.left(), std::max(row.left(), row.right() - width));
        const QRectF words(left, row.top(), width, row.height());
        std::vector<QRectF>& others = taken[m_layout.rowOf[i]];
        const QRectF room = words.adjusted(-kSpace, 0, kSpace, 0);
        if (name.isEmpty() || std::any_of(others.begin(), others.end(), [&](const QRectF& other) { return other.intersects(room); }))
            continue;
        if (write(words, Qt::AlignCenter, name, m_theme.muted, font, Qt::ElideLeft)) others.push_back(words);
    }
}

void NetworkPainter::frame(std::size_t node, const QColor& color, qreal width, Qt::PenStyle style)
{
    if (node >= m_layout.boxes.size()) return;
    m_painter.setPen(QPen(color, width, style));
    m_painter.setBrush(Qt::NoBrush);
    m_painter.drawRoundedRect(m_layout.boxes[node].adjusted(-1, -1, 1, 1), 4, 4);
}

void NetworkPainter::paintScale()
{
    const QFont font = Theme::axis();
    const QFontMetricsF metrics(font);
    const QRectF line(m_area.left(), m_area.bottom() - metrics.height() - 2, m_area.width(), metrics.height() + 2);
    qreal x = line.left();
    const auto words = [&](const QString& s) {
        write({x, line.top(), std::max(0.0, line.right() - x), line.height()}, Qt::AlignLeft | Qt::AlignVCenter, s, m_theme.muted, font,
            Qt::ElideRight);
        x += metrics.horizontalAdvance(s) + kSpace;
    };
    const auto swatch = [&](qreal width, const QBrush& brush) {
        const QRectF box(x, line.center().y() - kSwatchHeight / 2, width, kSwatchHeight);
        if (box.right() > line.right()) return;
        m_painter.setPen(QPen(m_theme.line, 1));
        m_painter.setBrush(brush);
        m_painter.drawRect(box);
        m_painter.setBrush(Qt::NoBrush);
        x += width + kSpace;
    };
    if (m_colors.hasSome) {
        if (!m_map.value.title.empty()) words(plain(m_map.value.title));
        words(written(m_map.value, m_colors.low(), 3));
        QLinearGradient colors(x, 0, x + kSwatchWidth, 0);
        colors.setColorAt(0, m_colors.end(false));
        colors.setColorAt(1, m_colors.end(true));
        swatch(kSwatchWidth, colors);
        words(written(m_map.value, m_colors.high(), 3));
        x += kSpace;
    }
    if (m_colors.hasNone && m_colors.hasSome) {
        swatch(kSwatchHeight * 1.5, m_theme.page);
        words(toQString(text("no value")));
        x += kSpace;
    }
    const std::size_t more = m_map.nodes.size() - shownNodes(m_map);
    if (more > 0) words(toQString(text("and %1 more nodes; all are in the CSV", std::to_string(more))));
}

} // namespace

void paintNetwork(QPainter& painter, const QRectF& area, const NetworkMap& f, const Theme& theme)
{
    if (!f.nodes.empty()) NetworkPainter(painter, area, f, theme).paint();
}

std::vector<QRectF> networkBoxes(const NetworkMap& f, const QRectF& area) { return layoutIn(f, area).boxes; }

QStringList wordsOfNode(const NetworkMap& f, std::size_t node)
{
    const NetworkMap::Node& n = f.nodes[node];
    QStringList lines{plain(n.name)};
    if (!n.op.empty()) lines << plain(Text(n.op));
    if (!n.detail.empty()) lines << plain(n.detail);
    const QString title = plain(f.value.title), value = written(f.value, n.value, 3);
    if (!std::isnan(n.value)) lines << (title.isEmpty() ? value : title + QStringLiteral(": ") + value);
    return lines;
}

qreal networkHeight(const NetworkMap& f, qreal width)
{
    return std::max(kLeastHeight, networkHeight(inputsOf(f), width)) + kAbove + kScale;
}

qreal leastNetworkWidth(const NetworkMap& f)
{
    constexpr std::size_t kFew = 4;
    return f.nodes.size() > kFew ? kWanted : 0;
}

} // namespace bitstill
