#pragma once

#include "engine/experiment/figure.h"
#include "widgets/axis_scale.h"
#include "widgets/chart_frame.h"
#include "widgets/theme.h"

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
    void setFigure(const Figure& figure);
    /// Lines as one path each; for vector files, where Qt would write an element for every segment.
    void drawLinesAsPaths(bool on) { m_asPaths = on; }

    /// Between values of the x axis and pixels of the chart.
    double pixelOf(double x) const;
    double valueAt(const QPointF& pixel) const;

private:
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
    /// Only what is inside the plot.
    void putDots(QScatterSeries* dots, const QList<QPointF>& points) const;
    QPen pen(QColor color, qreal width, Qt::PenStyle style) const;

    Theme m_theme;
    QChart* m_chart;
    std::unique_ptr<ChartFrame> m_frame;
    AxisScale m_x, m_y;
    std::string m_signature; ///< of the series that are there
    std::vector<QLineSeries*> m_lines;
    std::vector<QScatterSeries*> m_dots;
    std::vector<QLineSeries*> m_upper; ///< outlines of areas; areas own nothing themselves
    QHorizontalBarSeries* m_bars = nullptr;
    bool m_asPaths = false;
};

/// What a chart needs to name everything in it: bars want a line each.
qreal leastChartHeight(const Figure& figure);

} // namespace bitstill
