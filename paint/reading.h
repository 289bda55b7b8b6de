#pragma once

#include "engine/experiment/figure.h"

#include <QPointF>
#include <QString>
#include <optional>
#include <vector>

namespace bitstill {

/// What is told of one place of a figure: to a pointer, at the keyboard and by a screen reader, in the same words.
struct Reading {
    struct Value {
        QString name;
        QString value;
        std::optional<Role> role{}; ///< of the series
        std::optional<QPointF> at{}; ///< x and y, where it is a point of a curve
    };
    QString where;
    std::vector<Value> values;

    QString spoken() const; ///< on one line
};

/// A figure's places are counted, and keys step from one to the next: every x of curves, the middle of every bin, categories, dots, cells
/// row by row, images, rows, nodes.
std::size_t placesIn(const Figure& figure);

/// For a place that is there.
Reading readingAt(const Figure& figure, std::size_t place);

/// Places beside each other, where keys go up and down too; otherwise 1.
std::size_t placesInARow(const Figure& figure);

/// By place, its x: of curves and histograms. Empty for other kinds.
std::vector<double> stopsOf(const Figure& figure);

/// The place of `now`, the same figure at another moment, that is what `place` was before: at the same x, or the same in number.
std::optional<std::size_t> samePlace(const Figure& before, std::size_t place, const Figure& now);

/// Of a cell: its number, or that it has none.
QString cellWords(const Heatmap& f, std::size_t row, std::size_t column);

/// As an axis has it: "89.5 %", "20 dB", "12,345".
QString written(const Axis& axis, double value, int digits = 4);

} // namespace bitstill
