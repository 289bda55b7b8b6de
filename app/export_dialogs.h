#pragma once

#include "app/document.h"

#include <QWidget>

namespace bitstill {

// These run event loops of their own: what they are given is theirs, not a reference into a run that goes on meanwhile.

/// Asks where to, then writes, and says what came of it; nothing when it was cancelled.
std::optional<Notice> exportOne(
    QWidget* parent, FigurePointer figure, const std::string& provenance, const QString& format, QString& folder);
/// All figures in one folder, in the formats chosen.
std::optional<Notice> exportAll(
    QWidget* parent, std::vector<FigurePointer> figures, const std::string& provenance, QString& folder);
/// The figure's data as a table in a window of its own.
void showAsTable(QWidget* parent, const Figure& figure);

} // namespace bitstill
