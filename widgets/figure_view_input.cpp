// Pointer and keyboard of a figure.

#include "paint/chart_parts.h"
#include "paint/figure_kinds.h"
#include "paint/translate.h"
#include "widgets/figure_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <algorithm>
#include <cmath>
#include <span>

namespace bitstill {

namespace {

constexpr double kZoomStep = 0.8;

/// Some of them can be dragged.
std::span<const Marker> markersOf(const Figure& figure)
{
    static constexpr Overloads kMarkers{
        [](const Histogram& f) { return std::span<const Marker>(f.markers); },
        [](const OneOf<Curves, Bars, Scatter> auto&) { return std::span<const Marker>(); },
        [](const Painted auto&) { return std::span<const Marker>(); },
    };
    return std::visit(kMarkers, figure.body);
}

/// What a click on a place sets.
struct Choice {
    std::string field, value;
};

std::optional<Choice> choiceAt(const Figure& figure, std::size_t place)
{
    const auto of = [](const std::string& field, const std::string& value) {
        return field.empty() || value.empty() ? std::nullopt : std::optional(Choice{field, value});
    };
    const Overloads choices{
        [&](const Bars& f) { return place < f.choices.size() ? of(f.field, f.choices[place]) : std::nullopt; },
        [&](const NetworkMap& f) { return place < f.nodes.size() ? of(f.field, f.nodes[place].choice) : std::nullopt; },
        [](const OneOf<Curves, Histogram, Scatter, Heatmap, Images, Table, Readout> auto&) { return std::optional<Choice>(); },
    };
    return std::visit(choices, figure.body);
}

} // namespace

int FigureView::markerAt(const QPointF& position) const
{
    constexpr qreal kReach = 8;
    int nearest = -1;
    qreal distance = kReach;
    const std::span<const Marker> markers = markersOf(*m_figure);
    for (std::size_t i = 0; i < markers.size(); ++i) {
        if (markers[i].field.empty()) continue;
        const qreal x = m_chart->pixelOf(markers[i].position);
        if (!(std::abs(x - position.x()) < distance)) continue;
        distance = std::abs(x - position.x());
        nearest = static_cast<int>(i);
    }
    return nearest;
}

void FigureView::dragMarker(const QPointF& position)
{
    const std::span<const Marker> markers = markersOf(*m_figure);
    if (m_dragged >= static_cast<int>(markers.size())) return;
    const Marker& marker = markers[static_cast<std::size_t>(m_dragged)];
    const double value = m_chart->valueAt(position) / marker.unit;
    // The figure may have become another one under the pointer.
    if (marker.field.empty() || !std::isfinite(value)) return;
    Q_EMIT fieldChosen(QString::fromStdString(marker.field), Value(value));
}

void FigureView::choose(std::optional<std::size_t> place)
{
    if (!place) return;
    const std::optional<Choice> choice = choiceAt(*m_figure, *place);
    if (choice) Q_EMIT fieldChosen(QString::fromStdString(choice->field), Value(choice->value));
    // With some series hidden, places count otherwise.
    if (const std::optional<std::size_t> same = samePlace(*m_figure, *place, *m_whole)) Q_EMIT placeChosen(*same);
}

bool FigureView::leads(std::size_t place) const { return m_leading || choiceAt(*m_figure, place); }

void FigureView::mousePressEvent(QMouseEvent* event)
{
    event->ignore(); // the card's context menu still wants to see it
    if (!m_figure || event->button() == Qt::RightButton) return;
    m_clicked = true;
    m_from = event->position();
    m_dragged = event->button() == Qt::LeftButton ? markerAt(m_from) : -1;
    const bool zooms = m_chart && canZoom(*m_figure) && m_chart->plot().contains(m_from);
    if (m_dragged >= 0) {
        m_drag = Drag::Marker;
        Q_EMIT fieldHeld(true);
    } else if (zooms && (event->button() == Qt::MiddleButton || event->modifiers() & Qt::ShiftModifier)) {
        m_drag = Drag::Part;
    } else if (zooms && event->button() == Qt::LeftButton) {
        m_drag = Drag::Box;
    }
    if (m_drag != Drag::Nothing) return event->accept();
    if (event->button() == Qt::LeftButton) choose(placeAt(m_from));
}

/// A box that is hardly higher than a line is one of all heights, and so is a narrow one.
std::optional<QRectF> FigureView::boxTo(const QPointF& position) const
{
    constexpr qreal kThin = 12, kLeast = 6;
    const QRectF plot = m_chart->plot();
    QRectF box = QRectF(m_from, position).normalized().intersected(plot);
    if (std::max(box.width(), box.height()) < kLeast) return {};
    if (box.height() < kThin || standsOnZero(*m_figure)) box = {box.left(), plot.top(), box.width(), plot.height()};
    if (box.width() < kThin) box = {plot.left(), box.top(), plot.width(), box.height()};
    return box;
}

void FigureView::drag(const QPointF& position)
{
    if (m_drag == Drag::Marker) dragMarker(position);
    if (m_drag == Drag::Box) m_overlay->setBand(boxTo(position));
    if (m_drag != Drag::Part) return;
    zoom([&](FigureChart& chart) { chart.pan(position - m_from, *m_figure); });
    m_from = position;
}

void FigureView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_figure) return;
    m_pointer = event->position();
    if (m_drag != Drag::Nothing) drag(*m_pointer);
    tellOf(m_drag == Drag::Nothing ? placeAt(*m_pointer) : std::nullopt);
    const bool onMarker = m_drag == Drag::Marker || (m_drag == Drag::Nothing && markerAt(*m_pointer) >= 0);
    setCursor(onMarker                   ? Qt::SizeHorCursor
            : m_drag == Drag::Part       ? Qt::ClosedHandCursor
            : m_place && leads(*m_place) ? Qt::PointingHandCursor
                                         : Qt::ArrowCursor);
}

void FigureView::mouseReleaseEvent(QMouseEvent* event)
{
    const std::optional<QRectF> box = m_drag == Drag::Box ? boxTo(event->position()) : std::nullopt;
    const bool clicked = m_drag == Drag::Box && !box;
    if (m_drag == Drag::Marker) Q_EMIT fieldHeld(false);
    m_drag = Drag::Nothing;
    m_dragged = -1;
    m_overlay->setBand({});
    if (box) zoom([&](FigureChart& chart) { chart.zoomTo(*box, *m_figure); });
    if (clicked) choose(placeAt(event->position()));
    event->ignore();
}

void FigureView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (m_chart && m_chart->isZoomed()) return zoom([this](FigureChart& chart) { chart.showAll(*m_figure); });
    mousePressEvent(event);
}

void FigureView::wheelEvent(QWheelEvent* event)
{
    const bool meant = (m_clicked && hasFocus()) || event->modifiers() & Qt::ControlModifier;
    const bool inPlot = meant && m_chart && canZoom(*m_figure) && m_chart->plot().contains(event->position());
    if (!inPlot) return event->ignore(); // the page scrolls
    event->accept();
    const QPointF at = event->position();
    zoom([&](FigureChart& chart) { chart.zoomAbout(at, std::pow(kZoomStep, event->angleDelta().y() / 120.0), *m_figure); });
}

/// What was told stands elsewhere now.
void FigureView::zoom(const std::function<void(FigureChart&)>& how)
{
    if (!m_chart || !canZoom(*m_figure)) return;
    const ChartZoom::Part before = m_chart->part();
    how(*m_chart);
    if (m_chart->part() != before) Q_EMIT partChosen();
    m_overlay->outdate();
    if (m_drag == Drag::Nothing) tellOf(m_pointer ? placeAt(*m_pointer) : m_place);
}

bool FigureView::zoomByKey(const QKeyEvent& event)
{
    if (!m_chart || !canZoom(*m_figure)) return false;
    const QRectF plot = m_chart->plot();
    const std::vector<QRectF> all = places();
    const bool told = m_place && *m_place < all.size() && all[*m_place].width() >= 0;
    const QPointF about = told ? all[*m_place].center() : plot.center();
    const auto closer = [&](double factor) { zoom([&](FigureChart& chart) { chart.zoomAbout(about, factor, *m_figure); }); };
    const auto pan = [&](double x, double y) {
        zoom([&](FigureChart& chart) { chart.pan({x * plot.width(), y * plot.height()}, *m_figure); });
    };
    constexpr double kPan = 0.2;
    const bool shift = event.modifiers() & Qt::ShiftModifier;
    switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: closer(kZoomStep); return true;
    case Qt::Key_Minus: closer(1 / kZoomStep); return true;
    case Qt::Key_0: zoom([this](FigureChart& chart) { chart.showAll(*m_figure); }); return true;
    case Qt::Key_Right:
        if (shift) pan(-kPan, 0);
        return shift;
    case Qt::Key_Left:
        if (shift) pan(kPan, 0);
        return shift;
    case Qt::Key_Up:
        if (shift) pan(0, kPan);
        return shift;
    case Qt::Key_Down:
        if (shift) pan(0, -kPan);
        return shift;
    default: return false;
    }
}

void FigureView::leaveEvent(QEvent*)
{
    m_clicked = false;
    if (m_pointer) leave();
}

void FigureView::leave()
{
    m_pointer.reset();
    tellOf({});
    if (m_figure) setAccessibleDescription(plain(m_figure->description));
}

void FigureView::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    if (m_dirty && m_figure) apply();
    if (parentWidget()) parentWidget()->update(); // its frame shows it
    if (event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason) reach(0); // it is seen where the keyboard is
}

void FigureView::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    if (parentWidget()) parentWidget()->update();
    if (!m_pointer) leave();
}

/// The first place that can be seen, from this one on.
void FigureView::reach(std::size_t place)
{
    const std::vector<QRectF> all = places();
    while (place < all.size() && all[place].width() < 0) ++place;
    if (place >= all.size()) return;
    m_pointer.reset();
    tellOf(place);
}

void FigureView::step(long by)
{
    const std::vector<QRectF> all = places();
    long at = m_place ? static_cast<long>(*m_place) + by : by > 0 ? 0 : static_cast<long>(all.size()) - 1;
    while (at >= 0 && at < static_cast<long>(all.size()) && all[static_cast<std::size_t>(at)].width() < 0) at += by > 0 ? 1 : -1;
    if (at >= 0 && at < static_cast<long>(all.size())) reach(static_cast<std::size_t>(at));
}

void FigureView::keyPressEvent(QKeyEvent* event)
{
    if (!m_figure) return QWidget::keyPressEvent(event);
    if (zoomByKey(*event)) return;
    const auto row = static_cast<long>(placesInARow(*m_figure));
    switch (event->key()) {
    case Qt::Key_Right: return step(1);
    case Qt::Key_Left: return step(-1);
    case Qt::Key_Down: return step(row);
    case Qt::Key_Up: return step(-row);
    case Qt::Key_Home: return reach(0);
    case Qt::Key_End: m_place.reset(); return step(-1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: return choose(m_place);
    case Qt::Key_Escape:
        if (m_place) return leave();
        return QWidget::keyPressEvent(event);
    default: return QWidget::keyPressEvent(event);
    }
}

} // namespace bitstill
