#pragma once

#include "paint/axis_scale.h"
#include "paint/theme.h"

#include <QImage>
#include <QPen>
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
        std::vector<QImage> pictures{}; ///< of the y side: empty, or one between each tick's label and the plot
    };
    /// Words at the end of a bar, on the side that it points to; where those do not fit at the left, to the right of where it begins.
    struct Label {
        QPointF at; ///< positions
        QString words;
        qreal from = 0; ///< where the bar begins, a position
    };

    ChartFrame(QChart* chart, const Theme& theme);
    ChartFrame(const ChartFrame&) = delete;
    ChartFrame& operator=(const ChartFrame&) = delete;
    ~ChartFrame();

    struct PlacedLabel {
        QRectF box;
        QString words;
    };

    /// A line in positions over the plot; NaN parts it.
    struct Outline {
        QList<QPointF> line;
        QPen pen;
    };
    void setOutlines(std::vector<Outline> outlines);

    void set(Side x, Side y, std::vector<Label> labels = {}, QString note = {});

    const QRectF& plot() const { return m_plot; }
    /// Where there is room: of labels that would lie over each other, the first.
    std::vector<PlacedLabel> placedLabels() const;
    /// Between positions and pixels of the chart.
    QPointF place(QPointF position) const;
    QPointF positionAt(QPointF pixel) const;

private:
    void arrange();
    /// What pictures take of the room at the left.
    qreal pictureRoom() const;
    void paintPicture(QPainter& painter, const QImage& picture, qreal y) const;
    void paintBehind(QPainter& painter) const;
    void paintAbove(QPainter& painter) const;
    void paintOutlines(QPainter& painter) const;

    QPointer<QChart> m_chart;
    Theme m_theme;
    Side m_x, m_y;
    std::vector<Label> m_labels;
    std::vector<Outline> m_outlines;
    QString m_note;
    qreal m_widest = 0; ///< of the labels at the left
    QRectF m_plot;
    QGraphicsItem *m_behind = nullptr, *m_above = nullptr;
    QMetaObject::Connection m_resized;
};

} // namespace bitstill
