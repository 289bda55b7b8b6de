#pragma once

#include "engine/experiment/figure.h"
#include "paint/axis_scale.h"
#include "paint/chart_frame.h"
#include "paint/chart_zoom.h"
#include "paint/series_colors.h"
#include "paint/theme.h"

#include <QChart>
#include <memory>

class QHorizontalBarSeries;
class QLineSeries;
class QScatterSeries;

namespace bitstill {

/// A QChart that shows curves, a histogram, bars or a scatter. The only class that touches Qt Charts' series: it hands them
/// positions inside the plot (an SVG has no clipping, and each kind of series does something else with NaN), replaces points in
/// place while the series stay the same ones, and rebuilds only when their number or kind changes. The chart belongs to whoever
/// takes it from here (a view or a scene).
class FigureChart {
public:
    explicit FigureChart(const Theme& theme);
    ~FigureChart();

    QChart* chart() const { return m_chart; }
    void setFigure(const Figure& figure) { setFigure(figure, {figure, m_theme}); }
    /// In colours of which some may be those of series that are left out.
    void setFigure(const Figure& figure, SeriesColors colors);
    /// Pictures of other moments, over the next one that is set as thin lines.
    struct Past {
        FigurePointer figure;
        QColor color;
        Qt::PenStyle style;
    };
    void setPast(std::vector<Past> past) { m_past = std::move(past); }
    /// Lines as one path each; for vector files, where Qt would write an element for every segment.
    void drawLinesAsPaths(bool on) { m_asPaths = on; }

    /// Between values of the x axis and pixels of the chart.
    double pixelOf(double x) const;
    QPointF pixelOf(const QPointF& point) const;
    double valueAt(const QPointF& pixel) const;

    QRectF plot() const;

    /// Of some a part can be shown (`canZoom`), until `showAll`. It stays when the figure does something new.
    bool isZoomed() const { return m_zoom.isOn(); }
    void zoomTo(const QRectF& pixels, const Figure& figure);
    /// Below 1 closer; what is at the pixel stays there. Heights of histograms stay: they stand on 0.
    void zoomAbout(const QPointF& pixel, double factor, const Figure& figure);
    void pan(const QPointF& pixels, const Figure& figure);
    void showAll(const Figure& figure);
    /// Another figure comes.
    void forgetPart() { m_zoom.reset(); }
    ChartZoom::Part part() const { return m_zoom.part(); }
    void showPart(const ChartZoom::Part& part, const Figure& figure);

    /// By place (`placesIn`): lines without width for what stands along x. Not valid: it is outside of the plot.
    std::vector<QRectF> places(const Figure& figure) const;

private:
    void update(const Figure& figure);
    void rebuild(const Figure& figure);
    void add(const Curves& f);
    void add(const Histogram& f);
    void add(const Bars& f);
    void add(const Scatter& f);
    void set(const Curves& f);
    void set(const Histogram& f);
    void set(const Bars& f);
    void set(const Scatter& f);
    void setAxes(const Axis& x, AxisScale xScale, const Axis& y, AxisScale yScale, QString note = {});
    void setRanges();
    QLineSeries* addLine(QColor color, qreal width, Qt::PenStyle style);
    QScatterSeries* addDots(QColor color, qreal size);
    QPointF positionOf(double x, double y) const { return {m_x.position(x), m_y.position(y)}; }
    QList<QPointF> stairsOf(const Scatter& f) const;
    /// Only what is inside the plot.
    void putDots(QScatterSeries* dots, const QList<QPointF>& points) const;
    QPen pen(QColor color, qreal width, Qt::PenStyle style) const;

    Theme m_theme;
    QChart* m_chart;
    std::unique_ptr<ChartFrame> m_frame;
    AxisScale m_x, m_y;
    ChartZoom m_zoom;
    SeriesColors m_colors;
    std::vector<Past> m_past;
    std::string m_signature; ///< of the series that are there
    std::vector<QLineSeries*> m_lines;
    std::vector<QScatterSeries*> m_dots;
    std::vector<QLineSeries*> m_upper; ///< outlines of areas; areas own nothing themselves
    QHorizontalBarSeries* m_bars = nullptr;
    bool m_asPaths = false;
};

} // namespace bitstill
