#pragma once

#include "app/export_dialogs.h"

namespace bitstill {

/// Why no network of the document's run can be exported now; empty when one can.
Text whyNoModelExport(const Document& document);

/// Asks for a network that the run has kept, how it is rounded, for which runtime and where to; then writes it as ONNX in the background,
/// reads it back, and says what came of that. Runs event loops of its own.
void exportModel(QWidget* parent, Document& document, QString& folder, const Say& say);

} // namespace bitstill
