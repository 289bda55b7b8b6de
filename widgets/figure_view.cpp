#include "widgets/figure_view.h"

#include "widgets/painted_figure.h"
#include "widgets/translate.h"

#include <QMouseEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace bitstill {

bool isChart(const Figure& figure)
{
    return std::holds_alternative<Curves>(figure.body) || std::holds_alternative<Histogram>(figure.body)
        || std::holds_alternative<Bars>(figure.body) || std::holds_alternative<Scatter>(figure.body);
}

FigureView::FigureView(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) { }

void FigureView::setFigure(FigurePointer figure)
{
    if (m_figure == figure) return;
    m_figure = std::move(figure);
    setAccessibleName(plain(m_figure->title));
    setAccessibleDescription(plain(m_figure->description));
    m_dirty = true;
    if (isVisible()) apply();
}

void FigureView::apply()
{
    m_dirty = false;
    if (m_view) m_view->setVisible(isChart(*m_figure));
    if (!isChart(*m_figure)) {
        update();
        return;
    }
    if (!m_chart) {
        m_chart = std::make_unique<FigureChart>(m_theme);
        m_view = new QChartView(m_chart->chart(), this);
        m_view->setRenderHint(QPainter::Antialiasing);
        m_view->setFrameShape(QFrame::NoFrame);
        m_view->setBackgroundBrush(Qt::NoBrush);
        m_view->setStyleSheet(QStringLiteral("background: transparent"));
        // Qt Charts 6.4 crashes on some clicks and swallows the wheel; nothing here needs its own interaction.
        m_view->setInteractive(false);
        m_view->viewport()->installEventFilter(this);
        m_view->viewport()->setMouseTracking(true);
        m_view->setFocusPolicy(Qt::NoFocus);
        m_view->setGeometry(rect());
        m_view->show();
    }
    m_view->setAccessibleName(accessibleName());
    m_view->setAccessibleDescription(accessibleDescription());
    m_chart->setFigure(*m_figure);
}

void FigureView::paintEvent(QPaintEvent*)
{
    if (!m_figure || isChart(*m_figure)) return;
    QPainter painter(this);
    paintBody(painter, rect(), *m_figure, m_theme);
}

void FigureView::resizeEvent(QResizeEvent*)
{
    if (m_view) m_view->setGeometry(rect());
}

void FigureView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_dirty) apply();
}

int FigureView::markerAt(const QPointF& position) const
{
    const auto* histogram = std::get_if<Histogram>(&m_figure->body);
    if (!histogram) return -1;
    constexpr qreal kReach = 8;
    int nearest = -1;
    qreal distance = kReach;
    for (std::size_t i = 0; i < histogram->markers.size(); ++i) {
        if (histogram->markers[i].field.empty()) continue;
        const qreal x = m_chart->pixelOf(histogram->markers[i].position);
        if (!(std::abs(x - position.x()) < distance)) continue;
        distance = std::abs(x - position.x());
        nearest = static_cast<int>(i);
    }
    return nearest;
}

int FigureView::categoryAt(const QPointF& position) const
{
    const auto* bars = std::get_if<Bars>(&m_figure->body);
    if (!bars || bars->field.empty() || !m_view->chart()->plotArea().adjusted(-200, 0, 0, 0).contains(position)) return -1;
    const double height = m_view->chart()->mapToValue(position, m_view->chart()->series().front()).y();
    if (!(std::abs(height) < 1e6)) return -1;
    const auto index = static_cast<int>(bars->categories.size()) - 1 - static_cast<int>(std::lround(height));
    return index >= 0 && index < static_cast<int>(bars->choices.size()) ? index : -1;
}

void FigureView::drag(const QPointF& position)
{
    const auto* histogram = std::get_if<Histogram>(&m_figure->body);
    if (!histogram || m_dragged >= static_cast<int>(histogram->markers.size())) return;
    const Marker& marker = histogram->markers[static_cast<std::size_t>(m_dragged)];
    const double value = m_chart->valueAt(position) / marker.unit;
    // The figure may have become another one under the pointer.
    if (marker.field.empty() || !std::isfinite(value)) return;
    Q_EMIT fieldChosen(QString::fromStdString(marker.field), Value(value));
}

bool FigureView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Wheel) {
        event->ignore();
        return true;
    }
    if (!m_chart || watched != m_view->viewport()) return false;
    const bool isMouse =
        event->type() == QEvent::MouseButtonPress || event->type() == QEvent::MouseMove || event->type() == QEvent::MouseButtonRelease;
    if (!isMouse) return false;
    auto* mouse = static_cast<QMouseEvent*>(event);
    if (event->type() == QEvent::MouseButtonPress && mouse->button() == Qt::LeftButton) {
        m_dragged = markerAt(mouse->position());
        if (const int category = categoryAt(mouse->position()); category >= 0) {
            const auto& bars = std::get<Bars>(m_figure->body);
            Q_EMIT fieldChosen(QString::fromStdString(bars.field), Value(bars.choices[static_cast<std::size_t>(category)]));
        }
    }
    if (event->type() == QEvent::MouseButtonRelease) m_dragged = -1;
    if (event->type() == QEvent::MouseMove) {
        if (m_dragged >= 0) drag(mouse->position());
        const bool onMarker = m_dragged >= 0 || markerAt(mouse->position()) >= 0;
        m_view->viewport()->setCursor(onMarker       ? Qt::SizeHorCursor
                : categoryAt(mouse->position()) >= 0 ? Qt::PointingHandCursor
                                                     : Qt::ArrowCursor);
    }
    event->ignore(); // the card's context menu still wants to see it
    return m_dragged >= 0;
}

} // namespace bitstill
