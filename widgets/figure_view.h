#pragma once

#include "engine/experiment/field.h"
#include "engine/experiment/figure.h"
#include "paint/figure_chart.h"
#include "paint/shown_as.h"
#include "widgets/reading_overlay.h"

#include <QChartView>
#include <QWidget>

namespace bitstill {

/// Shows the body of one figure and follows it as it changes. The place under the pointer, or the one that arrow keys have come to, is told
/// of beside it; the latter to a screen reader, too.
/// The wheel (after a click, or with Ctrl), a dragged box and keys show a part of a chart; a double click shows all of it again.
class FigureView : public QWidget {
    Q_OBJECT
public:
    explicit FigureView(const Theme& theme, QWidget* parent = nullptr);

    /// The figure may be another one of the same kind and id. Views that cannot be seen, hidden or scrolled away, keep it and draw when
    /// they can.
    void setFigure(FigurePointer figure);
    const FigurePointer& figure() const { return m_whole; }
    /// As somebody wants to see it; what cannot be so stays as it is.
    void showAs(const ShownAs& as);
    /// While it is held, the picture as of now stays as a thin outline over those that come.
    void hold(bool held);
    /// Outlines that stay until others are set.
    void keep(std::vector<KeptFigure> kept);
    /// A click on a place leads somewhere.
    void setLeading(bool leading) { m_leading = leading; }
    /// The part of a chart that is shown.
    ChartZoom::Part part() const { return m_chart ? m_chart->part() : ChartZoom::Part(); }
    void showPart(const ChartZoom::Part& part);
    /// Of what is told now; empty when nothing is.
    QString told() const;
    /// By place (`placesIn`); not valid where it cannot be seen.
    std::vector<QRectF> places() const;

Q_SIGNALS:
    /// A marker was dragged, or a bar or a node clicked: the live field it belongs to should have this value.
    void fieldChosen(const QString& field, const bitstill::Value& value);
    /// A place of figure() was clicked, or Enter pressed on it.
    void placeChosen(std::size_t place);
    /// A marker is being dragged, or is so no longer.
    void fieldHeld(bool held);
    /// Somebody chose another part of it.
    void partChosen();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void showWanted();
    void apply();
    bool isSeen() const;
    std::vector<FigureChart::Past> past() const;
    FigurePointer asWanted(const FigurePointer& figure) const;
    void makeChart();
    QPixmap picture();
    int markerAt(const QPointF& position) const;
    void dragMarker(const QPointF& position);
    void drag(const QPointF& position);
    std::optional<QRectF> boxTo(const QPointF& position) const;
    void zoom(const std::function<void(FigureChart&)>& how);
    bool zoomByKey(const QKeyEvent& event);
    std::optional<std::size_t> placeAt(const QPointF& position) const;
    /// Nothing: what was told is told no more.
    void tellOf(std::optional<std::size_t> place);
    void step(long by);
    void reach(std::size_t place);
    void leave();
    void choose(std::optional<std::size_t> place);
    bool leads(std::size_t place) const;

    Theme m_theme;
    FigurePointer m_whole, m_figure; ///< as it came, and as it is wanted
    ShownAs m_as;
    SeriesColors m_colors; ///< of all series
    FigurePointer m_held;
    std::vector<KeptFigure> m_kept;
    bool m_dirty = false;
    std::unique_ptr<FigureChart> m_chart; ///< when the figure is a chart
    QChartView* m_view = nullptr;
    ReadingOverlay* m_overlay;
    int m_dragged = -1; ///< marker
    enum class Drag { Nothing, Marker, Box, Part } m_drag = Drag::Nothing;
    QPointF m_from; ///< where the box began, or the part was last
    bool m_leading = false;
    bool m_clicked = false; ///< since the pointer came: the wheel is for the figure
    std::optional<std::size_t> m_place; ///< that is told of
    std::optional<QPointF> m_pointer; ///< it is told of because this is there; otherwise because of keys
};

} // namespace bitstill
