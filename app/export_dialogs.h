#pragma once

#include "app/document.h"
#include "app/settings.h"

#include <QWidget>
#include <functional>

namespace bitstill {

using Say = std::function<void(const Notice&)>;

// These run event loops of their own: what they are given is theirs, not a reference into a run that goes on meanwhile.

/// Where a file of this name and ending ("onnx") is to be; asks about what would be replaced. Empty when it was cancelled. Remembers the
/// folder.
QString askWhereTo(QWidget* parent, const QString& title, QString& folder, const QString& name, const QString& ending);
/// Asks how it is to look, for a picture, and where to, then writes in the background, and says at the end what came of it; nothing when it
/// was cancelled. Remembers the answers.
void exportOne(
    QWidget* parent, FigurePointer figure, const std::string& provenance, const QString& format, Settings& settings, const Say& say);
/// All figures in one folder, in the formats chosen. Asks once when there are files of those names.
void exportAll(
    QWidget* parent, const std::vector<FigurePointer>& figures, const std::string& provenance, Settings& settings, const Say& say);
/// The figure's data as a table in a window of its own.
void showAsTable(QWidget* parent, const Figure& figure);

} // namespace bitstill
