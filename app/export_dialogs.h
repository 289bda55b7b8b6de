#pragma once

#include "engine/experiment/figure.h"

#include <QWidget>

namespace bitstill {

/// Asks where to, then writes. Errors come back as a sentence; an empty one means done or cancelled.
QString exportOne(QWidget* parent, const Figure& figure, const std::string& provenance, const QString& format, QString& folder);
/// All figures in one folder, in the formats chosen.
QString exportAll(QWidget* parent, const std::vector<FigurePointer>& figures, const std::string& provenance, QString& folder);
/// The figure's data as a table in a window of its own.
void showAsTable(QWidget* parent, const Figure& figure);
/// The figure alone, large.
void enlarge(QWidget* parent, FigurePointer figure, bool dark);

} // namespace bitstill
