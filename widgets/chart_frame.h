#pragma once

#include "widgets/axis_scale.h"
#include "widgets/theme.h"

#include <QPointer>
#include <QRectF>

class QChart;
class QGraphicsItem;
class QPainter;

namespace bitstill {

/// Grid, ticks, titles and labels of a chart, drawn by us: Qt Charts takes every text for HTML ("T<300 K" becomes "T"), drops
/// categories that are called alike, rounds what stands at ticks and gives logarithmic axes too few of them. It leaves room for
/// all that around the plot. Belongs to the chart, as an item of it.
class ChartFrame {
public:
    /// One side of the plot. Categories are ticks without lines.
    struct Side {
        QString title;
        AxisScale scale;
        bool lines = true;
    };
    /// Words at a place in the plot, to the right of it or to its left.
    struct Label {
        QPointF at; ///< positions
        QString words;
        bool left = false;
    };

    ChartFrame(QChart* chart, const Theme& theme);
    ChartFrame(const ChartFrame&) = delete;
    ChartFrame& operator=(const ChartFrame&) = delete;
    ~ChartFrame();

    void set(Side x, Side y, std::vector<Label> labels = {}, QString note = {});

private:
    void arrange();
    void paintBehind(QPainter& painter) const;
    void paintAbove(QPainter& painter) const;
    QPointF place(QPointF position) const;

    QPointer<QChart> m_chart;
    Theme m_theme;
    Side m_x, m_y;
    std::vector<Label> m_labels;
    QString m_note;
    qreal m_widest = 0; ///< of the labels at the left
    QRectF m_plot;
    QGraphicsItem *m_behind = nullptr, *m_above = nullptr;
    QMetaObject::Connection m_resized;
};

} // namespace bitstill
