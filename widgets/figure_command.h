#pragma once

namespace bitstill {

/// What the menu of a figure asks of whoever shows it.
enum class FigureCommand { Copy, ExportPng, ExportSvg, ExportPdf, ExportCsv, ShowTable, Enlarge };

} // namespace bitstill
