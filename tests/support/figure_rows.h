#pragma once

#include "tests/support/figures.h"

#include <QImage>
#include <QtTest>
#include <algorithm>

/// That of everyFigure() with this id.
inline bitstill::Figure named(const QString& id)
{
    for (const bitstill::Figure& f : everyFigure())
        if (f.id == id.toStdString()) return f;
    qFatal("no such figure");
}

/// A row for each kind of figure.
inline void kindRows()
{
    QTest::addColumn<QString>("kind");
    for (const bitstill::Figure& f : everyFigure()) QTest::newRow(f.id.c_str()) << QString::fromStdString(f.id);
}

/// Pixels that are not the most common colour.
inline int inkOf(const QImage& image)
{
    QHash<QRgb, int> counts;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) ++counts[image.pixel(x, y)];
    const QList<int> values = counts.values();
    return image.width() * image.height() - *std::max_element(values.begin(), values.end());
}
