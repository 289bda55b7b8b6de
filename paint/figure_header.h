#pragma once

#include "engine/experiment/figure.h"
#include "paint/theme.h"

#include <QPainter>
#include <QPen>
#include <QStringList>
#include <vector>

namespace bitstill {

/// Of the outline of a picture that was kept: the first, the second...
QPen keptPen(const Theme& theme, qsizetype number);

/// Title, caption and legend of a figure, above its body: the same on screen and in every export.
class FigureHeader {
public:
    /// `hidden`: names whose entries are struck out; `kept`: those of outlines, after the others.
    FigureHeader(const Figure& figure, const Theme& theme, QStringList hidden = {}, QStringList kept = {}) :
        m_figure(figure), m_theme(theme), m_hidden(std::move(hidden)), m_kept(std::move(kept))
    {
    }

    /// Height needed at this width; `reserved` pixels at the right of the title belong to somebody else (the menu).
    qreal height(qreal width, qreal reserved = 0) const;
    void paint(QPainter& painter, const QRectF& area, qreal reserved = 0) const;
    /// Where each name of the legend stands when it is painted so.
    std::vector<std::pair<QString, QRectF>> entries(const QRectF& area, qreal reserved = 0) const;

private:
    struct Entry {
        QString name;
        QColor color;
        enum class Mark { Box, Line, Dashes, Dots, Dot } mark;
        QString shown{}; ///< of the name, as much as there is room for
    };
    using Found = std::vector<std::pair<QString, QRectF>>;
    std::vector<Entry> legend() const;
    void paintEntry(QPainter& painter, const Entry& entry, QPointF at) const;
    /// Lays out, and paints when there is a painter; returns the height.
    qreal layout(QPainter* painter, const QRectF& area, qreal reserved, Found* found = nullptr) const;

    const Figure& m_figure;
    const Theme& m_theme;
    QStringList m_hidden, m_kept;
};

} // namespace bitstill
