#pragma once

#include "engine/experiment/figure.h"
#include "widgets/axis_scale.h"
#include "widgets/theme.h"

#include <QChart>
#include <memory>

class QAbstractSeries;
class QLineSeries;
class QValueAxis;

namespace bitstill {

/// A QChart that shows curves, a histogram, bars or a scatter. The only class that touches Qt Charts' series: it clips
/// the data itself (an SVG has no clipping), replaces points in place while the series stay the same ones, and rebuilds
/// only when their number or kind changes. The chart belongs to whoever takes it from here (a view or a scene).
class FigureChart {
public:
    explicit FigureChart(const Theme& theme);
    ~FigureChart();

    QChart* chart() const { return m_chart; }
    void setFigure(const Figure& figure);
    /// Lines as one path each; for vector files, where Qt would write an element for every segment.
    void drawLinesAsPaths(bool on) { m_asPaths = on; }

private:
    struct Axes {
        AxisRange x, y;
    };
    void rebuild(const Figure& figure);
    void style();
    void setCurves(const Curves& f);
    void setHistogram(const Histogram& f);
    void setBars(const Bars& f);
    void setScatter(const Scatter& f);
    Axes setValueAxes(const Axis& x, AxisRange xData, const Axis& y, AxisRange yData, bool yFromZero);
    void setAxis(QAbstractAxis* axis, const Axis& description, const NiceScale& scale);
    QLineSeries* addLine(QColor color, qreal width, Qt::PenStyle style);
    void putLine(std::size_t index, const QList<QPointF>& points);
    QPen pen(QColor color, qreal width, Qt::PenStyle style) const;

    Theme m_theme;
    QChart* m_chart;
    std::string m_signature; ///< of the series that are there
    std::vector<QLineSeries*> m_lines;
    std::vector<QLineSeries*> m_upper; ///< outlines of areas; areas own nothing themselves
    bool m_asPaths = false;
};

/// What a chart needs to name everything in it: bars want a line each.
qreal leastChartHeight(const Figure& figure);

} // namespace bitstill
