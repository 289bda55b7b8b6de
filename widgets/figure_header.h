#pragma once

#include "engine/experiment/figure.h"
#include "widgets/theme.h"

#include <QPainter>

namespace bitstill {

/// Title, caption and legend of a figure, above its body: the same on screen and in every export.
class FigureHeader {
public:
    FigureHeader(const Figure& figure, const Theme& theme) : m_figure(figure), m_theme(theme) { }

    /// Height needed at this width; `reserved` pixels at the right of the title belong to somebody else (the menu).
    qreal height(qreal width, qreal reserved = 0) const;
    void paint(QPainter& painter, const QRectF& area, qreal reserved = 0) const;

private:
    struct Entry {
        QString name;
        QColor color;
        enum class Mark { Box, Line, Dashes, Dots, Dot } mark;
    };
    std::vector<Entry> legend() const;
    void paintEntry(QPainter& painter, const Entry& entry, QPointF at) const;
    /// Lays out, and paints when there is a painter; returns the height.
    qreal layout(QPainter* painter, const QRectF& area, qreal reserved) const;

    const Figure& m_figure;
    const Theme& m_theme;
};

} // namespace bitstill
