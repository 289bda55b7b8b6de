#pragma once

#include "engine/experiment/figure.h"
#include "widgets/theme.h"

#include <QSize>

class QMimeData;

namespace bitstill {

struct ExportOptions {
    QSize size{720, 440}; ///< in pixels at 96 per inch
    double scale = 2; ///< PNG: pixels per pixel (192 dpi)
    bool dark = false;
};

/// "png", "svg", "pdf", "csv".
const QStringList& exportFormats();

/// The figure as a file of one of the formats, with header, legend, axes and provenance. The picture is the one on screen: the
/// same header, the same chart. Throws Error for an unknown format.
std::string figureBytes(const Figure& figure, const std::string& provenance, const QString& format, const ExportOptions& options = {});

/// Writes it, by rename; the name's ending says the format. Throws Error when the file cannot be written, too.
void exportFigure(const Figure& figure, const std::string& provenance, const QString& file, const ExportOptions& options = {});

/// Picture, SVG and table of the figure, for the clipboard. The caller owns it.
QMimeData* clipboardData(const Figure& figure, const std::string& provenance);

/// "histogram" or "weights.dense1": the file's name without its ending. Letters, digits, dots, dashes and underscores, never more
/// than 120; where the figure's id has anything else in it, a number made of the id keeps two of them apart.
QString fileNameOf(const Figure& figure);

} // namespace bitstill
