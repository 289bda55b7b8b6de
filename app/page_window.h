#pragma once

#include <QWidget>

namespace bitstill {

/// A page of Markdown to read beside the window; the one of that name that is open, where there is one.
void showPage(QWidget* parent, const QString& name, const QString& title, const QString& markdown);

} // namespace bitstill
