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

/// Writes the figure with header, legend, axes and provenance, by rename. The picture is the one on screen: the same
/// header, the same chart. Throws Error for an unknown format or a file that cannot be written.
void exportFigure(const Figure& figure, const std::string& provenance, const QString& file, const ExportOptions& options = {});

/// Picture, SVG and table of the figure, for the clipboard. The caller owns it.
QMimeData* clipboardData(const Figure& figure, const std::string& provenance);

/// "histogram" or "weights.dense1": the file's name without its ending.
QString fileNameOf(const Figure& figure);

} // namespace bitstill
