#pragma once

#include "app/export_dialogs.h"

namespace bitstill {

/// Why no report of the document's run can be written now; empty when one can.
Text whyNoReport(const Document& document);

/// Asks where to, then writes a report of the document's run in the background: `ending` is "html", which carries the record and is opened
/// again like one, or "pdf". Runs an event loop of its own. Remembers the folder.
void exportReport(
    QWidget* parent, const Document& document, const QString& ending, const QString& language, QString& folder, const Say& say);

} // namespace bitstill
