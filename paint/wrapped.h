#pragma once

#include <QFont>
#include <QStringList>

namespace bitstill {

/// Words as lines of this width, broken between words where that is possible; what does not fit into `most` lines is cut at the end of
/// the last one.
QStringList wrapped(const QString& words, const QFont& font, qreal width, int most);

} // namespace bitstill
