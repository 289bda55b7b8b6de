#pragma once

#include <QWidget>

namespace bitstill {

/// What runtimes do otherwise than an exported file says; beside the window, to be read while one exports.
void showRuntimes(QWidget* parent, const QString& language);

} // namespace bitstill
