#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace bitstill {

/// What Qt's writers leave out.

/// Adds to what a PDF says about itself (as an update at its end, PDF 32000-1, 7.5.6).
QByteArray withPdfInfo(QByteArray pdf, const QString& author, const QString& subject, const QStringList& keywords);

/// An SVG names one font for each text; here it names those that may take its place too, the one it was laid out with first.
QByteArray withFontFallbacks(QByteArray svg, const QStringList& families);

} // namespace bitstill
