#pragma once

#include <QString>

namespace bitstill {

/// Version, machine, licence, and what others wrote that is in it, as Markdown.
QString aboutMarkdown();

} // namespace bitstill
