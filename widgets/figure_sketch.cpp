#include "widgets/figure_sketch.h"

#include "engine/core/overloads.h"
#include "paint/translate.h"

#include <QPainter>
#include <QPainterPath>
#include <array>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kPadding = 16, kTitle = 22;
constexpr double kWidest = 2.2; ///< times as wide as high

/// Draws in a square of side 1, (0, 0) at its lower left.
class Outline {
public:
    Outline(QPainter& painter, const QRectF& area, const Theme& theme) : m_painter(painter), m_area(area), m_theme(theme)
    {
        m_painter.setPen(QPen(m_theme.line, 1.5));
        m_painter.setBrush(m_theme.grid);
    }

    void axes()
    {
        line(0, 0, 1, 0);
        line(0, 0, 0, 1);
    }
    void line(double x1, double y1, double x2, double y2) { m_painter.drawLine(at(x1, y1), at(x2, y2)); }
    void box(double x, double y, double width, double height) { m_painter.drawRect(QRectF(at(x, y + height), at(x + width, y))); }
    void dot(double x, double y) { m_painter.drawEllipse(at(x, y), 5, 5); }
    void curve(double y1, double y2, double y3, Qt::PenStyle style)
    {
        QPainterPath path(at(0.03, y1));
        path.cubicTo(at(0.2, y2), at(0.45, y3), at(0.97, y3));
        m_painter.save();
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(m_theme.muted, 1.5, style));
        m_painter.drawPath(path);
        m_painter.restore();
    }
    /// Darker with `share`.
    void cell(double x, double y, double width, double height, double share)
    {
        m_painter.save();
        QColor fill = m_theme.muted;
        fill.setAlphaF(static_cast<float>(0.08 + 0.22 * share));
        m_painter.setPen(QPen(m_theme.card, 2));
        m_painter.setBrush(fill);
        box(x, y, width, height);
        m_painter.restore();
    }

private:
    QPointF at(double x, double y) const { return {m_area.left() + x * m_area.width(), m_area.bottom() - y * m_area.height()}; }

    QPainter& m_painter;
    QRectF m_area;
    const Theme& m_theme;
};

void draw(Outline& o, const Curves&)
{
    o.axes();
    o.curve(0.1, 0.65, 0.85, Qt::SolidLine);
    o.curve(0.06, 0.4, 0.6, Qt::DashLine);
}

void draw(Outline& o, const Histogram&)
{
    constexpr int kBins = 13;
    for (int i = 0; i < kBins; ++i) {
        const double far = (2 * i + 1 - kBins) / 6.0;
        o.box(0.03 + 0.94 * i / kBins, 0, 0.94 / kBins, 0.04 + 0.85 * std::exp(-far * far / 2));
    }
    o.axes();
}

void draw(Outline& o, const Bars&)
{
    constexpr std::array kHeights{0.85, 0.7, 0.55, 0.3};
    for (std::size_t i = 0; i < kHeights.size(); ++i) {
        const double x = 0.08 + 0.23 * static_cast<double>(i);
        o.box(x, 0, 0.07, kHeights[i]);
        o.box(x + 0.08, 0, 0.07, kHeights[i] * 0.8);
    }
    o.axes();
}

void draw(Outline& o, const Heatmap&)
{
    constexpr int kColumns = 6, kRows = 4;
    for (int r = 0; r < kRows; ++r)
        for (int c = 0; c < kColumns; ++c)
            o.cell(static_cast<double>(c) / kColumns, static_cast<double>(r) / kRows, 1.0 / kColumns, 1.0 / kRows,
                static_cast<double>((3 * r + 5 * c) % 8) / 8);
}

void draw(Outline& o, const Scatter&)
{
    for (int i = 0; i < 7; ++i) o.dot(0.12 + 0.12 * i, 0.2 + 0.08 * ((5 * i) % 9));
    o.axes();
}

void draw(Outline& o, const Images&)
{
    for (int r = 0; r < 2; ++r)
        for (int c = 0; c < 4; ++c) o.box(0.02 + 0.25 * c, 0.04 + 0.5 * r, 0.2, 0.42);
}

void draw(Outline& o, const Table&)
{
    constexpr int kRows = 5;
    o.box(0, 0.82, 1, 0.16);
    for (int r = 0; r < kRows; ++r) o.line(0, 0.82 * r / kRows, 1, 0.82 * r / kRows);
    for (const double x : {0.4, 0.7}) o.line(x, 0, x, 0.98);
}

void draw(Outline& o, const Readout&)
{
    constexpr int kItems = 4;
    for (int i = 0; i < kItems; ++i) {
        const double y = 0.85 - 0.25 * i;
        o.box(0, y - 0.03, 0.3 + 0.06 * (i % 2), 0.07);
        o.box(0.7, y - 0.05, 0.28, 0.11);
    }
}

void draw(Outline& o, const NetworkMap&)
{
    o.line(0.2, 0.5, 0.8, 0.5);
    o.line(0.5, 0.5, 0.5, 0.15);
    o.line(0.5, 0.15, 0.8, 0.15);
    for (const double x : {0.02, 0.39, 0.76}) o.box(x, 0.38, 0.22, 0.24);
    o.box(0.76, 0.03, 0.22, 0.24);
}

} // namespace

FigureSketch::FigureSketch(const ExpectedFigure& figure, const Theme& theme, QWidget* parent) :
    QWidget(parent), m_figure(figure), m_theme(theme)
{
    setObjectName(QStringLiteral("expected.") + QString::fromStdString(figure.id));
    setAccessibleName(plain(figure.title));
    setAccessibleDescription(tr("Not there yet. It will be: %1.").arg(kind()));
}

QString FigureSketch::kind() const
{
    return std::visit(Overloads{[](const Curves&) { return tr("curves"); }, [](const Histogram&) { return tr("a histogram"); },
                          [](const Bars&) { return tr("bars"); }, [](const Heatmap&) { return tr("a map of colours"); },
                          [](const Scatter&) { return tr("dots"); }, [](const Images&) { return tr("images"); },
                          [](const Table&) { return tr("a table"); }, [](const Readout&) { return tr("numbers"); },
                          [](const NetworkMap&) { return tr("a map of the network"); }},
        m_figure.kind);
}

void FigureSketch::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme.line, 1, Qt::DashLine));
    painter.setBrush(m_theme.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    const QRect inner = rect().adjusted(kPadding, kPadding - 4, -kPadding, -kPadding);
    painter.setFont(Theme::cardTitle());
    painter.setPen(m_theme.muted);
    const QRect line(inner.left(), inner.top(), inner.width(), kTitle);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
        painter.fontMetrics().elidedText(plain(m_figure.title), Qt::ElideRight, line.width()));
    const QRectF room = QRectF(inner).adjusted(0, kTitle + 12, 0, 0);
    const double width = std::min(room.width(), kWidest * room.height());
    if (width <= 0) return;
    Outline outline(painter, QRectF(room.center().x() - width / 2, room.top(), width, room.height()), m_theme);
    std::visit([&outline](const auto& kind) { draw(outline, kind); }, m_figure.kind);
}

} // namespace bitstill
