#pragma once

#include "paint/theme.h"

#include <QFontMetricsF>
#include <QPainter>

namespace bitstill {

/// Where a body is painted, and words on it.
struct Canvas {
    QPainter& painter;
    QRectF area;
    const Theme& theme;

    void text(const QRectF& box, int flags, const QString& s, const QColor& color, const QFont& font) const
    {
        whole(box, flags, QFontMetricsF(font).elidedText(s, Qt::ElideRight, box.width() + 1), color, font);
    }
    /// What is known to fit: measuring costs as much as drawing.
    void whole(const QRectF& box, int flags, const QString& s, const QColor& color, const QFont& font) const
    {
        painter.setFont(font);
        painter.setPen(color);
        painter.drawText(box, flags | Qt::TextDontClip, s);
    }
};

} // namespace bitstill
