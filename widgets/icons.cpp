#include "widgets/icons.h"

#include <QFile>
#include <QPainter>
#include <QPixmap>
#include <QSvgRenderer>

/// Resources of a static library are found only after this; it must stand outside any namespace.
static void useResources() { Q_INIT_RESOURCE(bitstill); }

namespace bitstill {

void initializeResources() { useResources(); }

QIcon icon(const QString& name, const QColor& color)
{
    QFile file(QStringLiteral(":/icons/") + name + QStringLiteral(".svg"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    QByteArray svg = file.readAll();
    svg.replace("currentColor", color.name().toLatin1());
    QSvgRenderer renderer(svg);
    QIcon result;
    for (const int scale : {1, 2, 3}) {
        QPixmap pixmap(16 * scale, 16 * scale);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        renderer.render(&painter);
        painter.end();
        pixmap.setDevicePixelRatio(scale);
        result.addPixmap(pixmap);
        result.addPixmap(pixmap, QIcon::Disabled); // the caller chooses the colour, not the style
    }
    return result;
}

} // namespace bitstill
