#pragma once

#include "paint/reading.h"
#include "paint/theme.h"

#include <QPixmap>
#include <QWidget>
#include <functional>

namespace bitstill {

/// Over the body of a figure: a line or a frame at the place that is told of, and a box with the words. It paints them on a picture of the
/// body, so that what moves with the pointer never has the body painted again.
class ReadingOverlay : public QWidget {
public:
    struct Told {
        Reading reading;
        QRectF place; ///< without width: a line down the plot
        std::vector<QPointF> points; ///< by value of the reading: where it is on its curve; NaN: nowhere
        std::vector<QColor> colors; ///< by value of the reading: of its series; none for what is no series
        bool boxed = true; ///< with words; otherwise they stand there already
        bool operator==(const Told& other) const;
    };

    /// A name and, at the other end, its value. Where both are too long, what is left of the name still says which one it is.
    struct Row {
        QRectF name, value;
    };
    static Row rowIn(const QRectF& room, qreal nameWidth, qreal valueWidth);

    ReadingOverlay(const Theme& theme, std::function<QPixmap()> picture, QWidget* parent);

    /// Nothing: it goes away.
    void tell(std::optional<Told> told);
    const std::optional<Told>& told() const { return m_told; }
    /// The part that a drag is about to choose.
    void setBand(std::optional<QRectF> band);
    /// The body is another one now.
    void outdate();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void shownOrNot();
    void paintMark(QPainter& painter, const Told& told) const;
    void paintBox(QPainter& painter, const Told& told) const;
    QRectF boxBeside(const QRectF& place, QSizeF size) const;

    Theme m_theme;
    std::function<QPixmap()> m_picture;
    QPixmap m_taken;
    std::optional<Told> m_told;
    std::optional<QRectF> m_band;
};

} // namespace bitstill
