#include "widgets/figure_export.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "widgets/figure_chart.h"
#include "widgets/figure_header.h"
#include "widgets/figure_view.h"
#include "widgets/painted_figure.h"
#include "widgets/translate.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QGraphicsScene>
#include <QMimeData>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <algorithm>

namespace bitstill {

namespace {

constexpr qreal kPadding = 16, kFooter = 16;

/// Everything that is in a file, laid out in `options.size`.
class Sheet {
public:
    Sheet(const Figure& figure, const std::string& provenance, const ExportOptions& options) :
        m_figure(figure), m_provenance(QString::fromStdString(provenance)), m_theme(options.dark ? Theme::darkTheme() : Theme::light()),
        m_size(options.size)
    {
        const qreal body = bodyHeight(figure, m_size.width() - 2 * kPadding);
        const qreal header = FigureHeader(figure, m_theme).height(m_size.width() - 2 * kPadding);
        if (body > 0) m_size.setHeight(static_cast<int>(header + body + 2 * kPadding + kFooter));
    }

    QSize size() const { return m_size; }

    void paint(QPainter& painter, bool vector) const
    {
        const QRectF page(QPointF(0, 0), QSizeF(m_size)), inner = page.adjusted(kPadding, kPadding, -kPadding, -kPadding);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(page, m_theme.card);
        const FigureHeader header(m_figure, m_theme);
        header.paint(painter, inner);
        const QRectF body = inner.adjusted(0, header.height(inner.width()) + 4, 0, -kFooter);
        if (isChart(m_figure))
            paintChart(painter, body, vector);
        else
            paintBody(painter, body, m_figure, m_theme);
        QFont small = Theme::axis();
        small.setPixelSize(9);
        painter.setFont(small);
        painter.setPen(m_theme.muted);
        painter.drawText(
            QRectF(inner.left(), inner.bottom() - kFooter + 4, inner.width(), kFooter), Qt::AlignLeft | Qt::AlignBottom, m_provenance);
    }

private:
    void paintChart(QPainter& painter, const QRectF& body, bool vector) const
    {
        QGraphicsScene scene;
        FigureChart chart(m_theme);
        chart.drawLinesAsPaths(vector);
        scene.addItem(chart.chart());
        chart.setFigure(m_figure);
        chart.chart()->resize(body.size());
        scene.setSceneRect(QRectF(QPointF(0, 0), body.size()));
        // The chart lays itself out in posted events.
        QCoreApplication::sendPostedEvents();
        scene.render(&painter, body, scene.sceneRect());
    }

    const Figure& m_figure;
    QString m_provenance;
    Theme m_theme;
    QSize m_size;
};

QImage toImage(const Sheet& sheet, double scale, const Figure& figure, const std::string& provenance)
{
    QImage image(sheet.size() * scale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    const int perMeter = static_cast<int>(96 * scale / 0.0254);
    image.setDotsPerMeterX(perMeter);
    image.setDotsPerMeterY(perMeter);
    image.setText(QStringLiteral("Title"), toQString(figure.title));
    image.setText(QStringLiteral("Description"), toQString(figure.description));
    image.setText(QStringLiteral("Source"), QString::fromStdString(provenance));
    QPainter painter(&image);
    sheet.paint(painter, false);
    return image;
}

std::string toPng(const Sheet& sheet, double scale, const Figure& figure, const std::string& provenance)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    toImage(sheet, scale, figure, provenance).save(&buffer, "PNG");
    return bytes.toStdString();
}

std::string toSvg(const Sheet& sheet, const Figure& figure, const std::string& provenance)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator svg;
    svg.setOutputDevice(&buffer);
    svg.setResolution(96); // its default of 72 makes text a quarter too small
    svg.setSize(sheet.size());
    svg.setViewBox(QRect(QPoint(0, 0), sheet.size()));
    svg.setTitle(toQString(figure.title));
    svg.setDescription(toQString(figure.description) + QLatin1Char(' ') + QString::fromStdString(provenance));
    QPainter painter(&svg);
    sheet.paint(painter, true);
    painter.end();
    return bytes.toStdString();
}

std::string toPdf(const Sheet& sheet, const Figure& figure, const std::string& provenance)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter pdf(&buffer);
    pdf.setPageSize(QPageSize(QSizeF(sheet.size()) * 72.0 / 96.0, QPageSize::Point));
    pdf.setPageMargins(QMarginsF(0, 0, 0, 0));
    pdf.setResolution(96);
    pdf.setTitle(toQString(figure.title));
    pdf.setCreator(QString::fromStdString(provenance));
    pdf.addFileAttachment(
        fileNameOf(figure) + QStringLiteral(".csv"), QByteArray::fromStdString(toCsv(figure, provenance)), QStringLiteral("text/csv"));
    QPainter painter(&pdf);
    sheet.paint(painter, true);
    painter.end();
    return bytes.toStdString();
}

} // namespace

const QStringList& exportFormats()
{
    static const QStringList formats{QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf"), QStringLiteral("csv")};
    return formats;
}

QString fileNameOf(const Figure& figure) { return QString::fromStdString(figure.id); }

void exportFigure(const Figure& figure, const std::string& provenance, const QString& file, const ExportOptions& options)
{
    const QString format = QFileInfo(file).suffix().toLower();
    const std::string path = file.toStdString();
    if (format == QLatin1String("csv")) return writeFile(path, toCsv(figure, provenance));
    const Sheet sheet(figure, provenance, options);
    if (format == QLatin1String("png"))
        writeFile(path, toPng(sheet, options.scale, figure, provenance));
    else if (format == QLatin1String("svg"))
        writeFile(path, toSvg(sheet, figure, provenance));
    else if (format == QLatin1String("pdf"))
        writeFile(path, toPdf(sheet, figure, provenance));
    else
        throw Error("export", "\"" + format.toStdString() + "\" is not a format that figures are written in",
            "choose a name that ends in .png, .svg, .pdf or .csv");
}

QMimeData* clipboardData(const Figure& figure, const std::string& provenance)
{
    const Sheet sheet(figure, provenance, {});
    auto* data = new QMimeData;
    data->setImageData(toImage(sheet, 2, figure, provenance));
    data->setData(QStringLiteral("image/svg+xml"), QByteArray::fromStdString(toSvg(sheet, figure, provenance)));
    data->setText(QString::fromStdString(toCsv(figure, provenance)));
    return data;
}

} // namespace bitstill
