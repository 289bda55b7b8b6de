#pragma once

#include "engine/experiment/figure.h"
#include "paint/export_options.h"
#include "paint/theme.h"

#include <array>
#include <functional>

class QMimeData;

namespace bitstill {

inline constexpr std::array kExportFormats{"png", "svg", "pdf", "csv"};
const QStringList& exportFormats();

/// The figure as a file of one of the formats, with header, legend, axes and provenance. The picture is the one on screen: the
/// same header, the same chart. Throws Error for an unknown format, for a PNG of too many pixels, and where letters would be smaller than
/// 5 points.
std::string figureBytes(const Figure& figure, const std::string& provenance, const QString& format, const ExportOptions& options = {});

/// The same in two parts: draws the figure here, on the window's thread, and leaves what needs no window (compression, a table's text) to
/// whoever calls what it returns, on any thread while the figure lives.
std::function<std::string()> drawFigure(
    const Figure& figure, const std::string& provenance, const QString& format, const ExportOptions& options = {});

/// Writes it, by rename; the name's ending says the format. Throws Error when the file cannot be written, too.
void exportFigure(const Figure& figure, const std::string& provenance, const QString& file, const ExportOptions& options = {});

/// Picture, SVG and table of the figure, for the clipboard. The caller owns it.
QMimeData* clipboardData(const Figure& figure, const std::string& provenance);

} // namespace bitstill
