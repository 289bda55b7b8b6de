#pragma once

#include <QString>

class QMenuBar;

namespace bitstill {

/// All keys of these menus, by menu, as Markdown.
QString shortcutsMarkdown(const QMenuBar& menus);

} // namespace bitstill
