#include "paint/wrapped.h"

#include <QFontMetricsF>
#include <QTextLayout>

namespace bitstill {

QStringList wrapped(const QString& words, const QFont& font, qreal width, int most)
{
    const QFontMetricsF metrics(font);
    if (metrics.horizontalAdvance(words) <= width) return {words};
    QTextLayout layout(words, font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    QStringList lines;
    layout.beginLayout();
    while (lines.size() + 1 < most) {
        QTextLine line = layout.createLine();
        if (!line.isValid()) break;
        line.setLineWidth(width);
        lines << words.mid(line.textStart(), line.textLength()).trimmed();
    }
    if (QTextLine last = layout.createLine(); last.isValid())
        lines << metrics.elidedText(words.mid(last.textStart()).trimmed(), Qt::ElideRight, width);
    layout.endLayout();
    return lines;
}

} // namespace bitstill
