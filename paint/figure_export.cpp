#include "paint/figure_export.h"

#include "engine/core/error.h"
#include "engine/experiment/record.h"
#include "engine/io/files.h"
#include "paint/chart_parts.h"
#include "paint/figure_chart.h"
#include "paint/figure_header.h"
#include "paint/figure_kinds.h"
#include "paint/file_metadata.h"
#include "paint/outline_painter.h"
#include "paint/painted_figure.h"
#include "paint/table_parts.h"
#include "paint/translate.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QFontMetricsF>
#include <QGraphicsScene>
#include <QMimeData>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>
#include <new>

namespace bitstill {

namespace {

constexpr qreal kPadding = 16, kFooter = 16, kLeastChart = 220, kMostChart = 6000;
constexpr double kMm = 96 / 25.4; ///< pixels at 96 per inch
/// Print is looked at from nearer than a screen, a slide from farther. The smallest letters, 11 pixels, are 6.6 points in print, 6 in
/// tables that would not fit, and 5 where width and height are both given and leave no room for more.
constexpr double kPrint = 0.8, kSlide = 1.6, kLeastPrint = 0.73, kLeastOfAll = 5 / (11 * 0.75);
constexpr double kLeastLetters = 8; ///< 6 points

/// Everything that is in a file. It is laid out in pixels of the screen, which are then larger or smaller.
class Sheet {
public:
    Sheet(const Figure& figure, const std::string& provenance, const ExportOptions& options) :
        m_figure(figure), m_provenance(plain(QString::fromStdString(provenance))),
        m_theme(options.dark ? Theme::darkTheme() : Theme::light())
    {
        layOut(options);
    }

    const QSizeF& size() const { return m_size; } ///< it is laid out in
    QSizeF millimeters() const { return m_size * m_scale / kMm; }

    void paint(QPainter& painter, bool vector) const
    {
        const QRectF page(QPointF(0, 0), m_size), inner = page.adjusted(kPadding, kPadding, -kPadding, -kPadding);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(page, m_theme.card);
        const FigureHeader header(m_figure, m_theme);
        header.paint(painter, inner);
        const QRectF body = inner.adjusted(0, header.height(inner.width()) + 4, 0, -kFooter);
        if (isChart(m_figure))
            paintChart(painter, body, vector);
        else
            paintParts(painter, body);
        QFont small = Theme::axis();
        small.setPixelSize(static_cast<int>(std::max(9.0, std::ceil(kLeastLetters / m_scale))));
        painter.setFont(small);
        painter.setPen(m_theme.muted);
        const QRectF foot(inner.left(), inner.bottom() - kFooter + 4, inner.width(), kFooter);
        painter.drawText(foot, Qt::AlignLeft | Qt::AlignBottom | Qt::TextSingleLine,
            QFontMetricsF(small).elidedText(m_provenance, Qt::ElideRight, foot.width()));
    }

private:
    static constexpr double kUsual = 440.0 / 720; ///< height of width

    /// 0 when any height will do.
    qreal bodyWithin(qreal width) const
    {
        qreal height = -kPadding;
        for (const Figure& part : partsWithin(m_figure, width)) height += bodyHeight(part, width) + kPadding;
        return height;
    }
    /// As a card does: what has many bars or rows, or a long header, is taller.
    qreal leastHeight(qreal width) const
    {
        const qreal inside = width - 2 * kPadding, body = bodyWithin(inside);
        const qreal least = std::clamp(leastBodyHeight(m_figure, inside), kLeastChart, kMostChart);
        return std::ceil(FigureHeader(m_figure, m_theme).height(inside) + 2 * kPadding + kFooter + 4 + (body > 0 ? body : least));
    }
    void layOut(const ExportOptions& options)
    {
        using Size = ExportOptions::Size;
        switch (options.size) {
        case Size::Screen: return layOut(options.screen.width(), 1, options.screen.height() / options.screen.width());
        case Size::Column: return layOut(85 * kMm, kPrint);
        case Size::TwoColumns: return layOut(170 * kMm, kPrint);
        case Size::Slide: return fitInto({1280, 720}, kSlide);
        case Size::Own: return fitInto(options.own * kMm, kPrint);
        }
    }
    /// The width is given, the height what it needs. Narrow tables may have smaller letters than the rest.
    void layOut(qreal width, double scale, double heightOfWidth = kUsual)
    {
        const qreal wanted = leastWidth(m_figure) + 2 * kPadding, most = width / std::min(scale, kLeastPrint);
        const qreal laidOut = scale < 1 && wanted <= most ? std::max(wanted, width / scale) : width / scale;
        m_scale = width / laidOut;
        const qreal least = leastHeight(laidOut);
        const bool any = bodyWithin(laidOut - 2 * kPadding) <= 0; // height will do
        m_size = {laidOut, any ? std::max(least, std::round(laidOut * heightOfWidth)) : least};
    }
    /// Both are given: where there is more than fits, everything gets smaller, as long as it can be read.
    void fitInto(const QSizeF& page, double scale)
    {
        constexpr double kStep = 1.04;
        const double ratio = page.height() / page.width();
        const qreal widest = page.width() / kLeastOfAll;
        qreal width = page.width() / scale;
        while (leastHeight(width) > width * ratio && width < widest) width = std::min(width * kStep, widest);
        if (const qreal height = leastHeight(width); height > width * ratio) {
            const auto inMm = [](qreal pixels) { return fixed(std::ceil(pixels / kMm), 0); };
            throw Error("export", text("\"%1\" does not fit into this size: its letters would be smaller than 5 points", m_figure.title),
                text("choose a size of %1 by %2 mm or more", inMm(page.width()), inMm(height * kLeastOfAll)));
        }
        m_scale = page.width() / width;
        m_size = {width, width * ratio};
    }

    void paintParts(QPainter& painter, QRectF area) const
    {
        for (const Figure& part : partsWithin(m_figure, area.width())) {
            paintBody(painter, area, part, m_theme);
            area.setTop(area.top() + bodyHeight(part, area.width()) + kPadding);
        }
    }
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
    QSizeF m_size;
    double m_scale = 1;
};

QString authorOf() { return QStringLiteral("Bitstill ") + QString::fromStdString(versionText()); }
QStringList keywordsOf(const Figure& figure)
{
    return {QStringLiteral("Bitstill"), QStringLiteral("neural network"), QStringLiteral("quantization"),
        QStringLiteral("knowledge distillation"), plain(QString::fromStdString(figure.id))};
}

QImage toImage(const Sheet& sheet, int dpi, const Figure& figure, const std::string& provenance)
{
    constexpr double kMostPixels = 1e8;
    const QSizeF pixels = sheet.millimeters() * dpi / 25.4;
    if (pixels.width() * pixels.height() > kMostPixels)
        throw Error("export", text("an image of %1 by %2 pixels is too large", fixed(pixels.width(), 0), fixed(pixels.height(), 0)),
            text("choose fewer DPI, or SVG or PDF"));
    QImage image(pixels.toSize(), QImage::Format_ARGB32_Premultiplied);
    if (image.isNull()) throw std::bad_alloc();
    const int perMeter = static_cast<int>(std::lround(dpi / 0.0254));
    image.setDotsPerMeterX(perMeter);
    image.setDotsPerMeterY(perMeter);
    image.setText(QStringLiteral("Title"), plain(figure.title));
    image.setText(QStringLiteral("Author"), authorOf());
    image.setText(QStringLiteral("Description"), plain(figure.description));
    image.setText(QStringLiteral("Software"), authorOf());
    image.setText(QStringLiteral("Source"), plain(QString::fromStdString(provenance)));
    QPainter painter(&image);
    painter.scale(image.width() / sheet.size().width(), image.height() / sheet.size().height());
    sheet.paint(painter, false);
    return image;
}

std::string toPng(const QImage& image)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG"))
        throw Error("export", text("there is not enough memory for an image of this size"), text("choose SVG or PDF"));
    return bytes.toStdString();
}

void paintVector(const Sheet& sheet, QPainter& painter, bool outlines)
{
    if (!outlines) return sheet.paint(painter, true);
    OutlineDevice device(painter);
    QPainter shapes(&device);
    sheet.paint(shapes, true);
}

std::string toSvg(const Sheet& sheet, const Figure& figure, const std::string& provenance, bool outlines)
{
    constexpr int kDpi = 2540; // sizes are whole pixels: hundredths of a millimeter
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator svg;
    svg.setOutputDevice(&buffer);
    svg.setResolution(kDpi);
    svg.setSize((sheet.millimeters() * 100).toSize());
    svg.setViewBox(QRectF(QPointF(0, 0), sheet.size()));
    // Qt escapes what is drawn, but not these.
    svg.setTitle(plain(figure.title).toHtmlEscaped());
    svg.setDescription((plain(figure.description) + QLatin1Char(' ') + plain(QString::fromStdString(provenance))).toHtmlEscaped());
    QPainter painter(&svg);
    paintVector(sheet, painter, outlines);
    painter.end();
    return withFontFallbacks(std::move(bytes), Theme::body().families()).toStdString();
}

std::string toPdf(const Sheet& sheet, const Figure& figure, const std::string& provenance, bool outlines)
{
    constexpr int kDpi = 1200;
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter pdf(&buffer);
    const QSizeF page = sheet.millimeters();
    pdf.setPageSize(QPageSize(page / 25.4 * 72, QPageSize::Point, QString(), QPageSize::ExactMatch));
    pdf.setPageMargins(QMarginsF(0, 0, 0, 0));
    pdf.setResolution(kDpi);
    pdf.setTitle(plain(figure.title));
    pdf.setCreator(plain(QString::fromStdString(provenance)));
    pdf.addFileAttachment(QString::fromStdString(fileNameOf(figure) + ".csv"), QByteArray::fromStdString(toCsv(figure, provenance)),
        QStringLiteral("text/csv"));
    QPainter painter(&pdf);
    const double scale = page.width() / 25.4 * kDpi / sheet.size().width();
    painter.scale(scale, scale);
    paintVector(sheet, painter, outlines);
    painter.end();
    return withPdfInfo(std::move(bytes), authorOf(), plain(figure.description), keywordsOf(figure)).toStdString();
}

} // namespace

const QStringList& exportFormats()
{
    static const QStringList formats(kExportFormats.begin(), kExportFormats.end());
    return formats;
}

std::string figureBytes(const Figure& figure, const std::string& provenance, const QString& format, const ExportOptions& options)
{
    return drawFigure(figure, provenance, format, options)();
}

std::function<std::string()> drawFigure(
    const Figure& figure, const std::string& provenance, const QString& format, const ExportOptions& options)
{
    if (format == QLatin1String("csv")) return [&figure, provenance] { return toCsv(figure, provenance); };
    const Sheet sheet(figure, provenance, options);
    if (format == QLatin1String("png")) return [image = toImage(sheet, dpiOf(options), figure, provenance)] { return toPng(image); };
    const auto drawn = [](std::string bytes) { return [bytes = std::move(bytes)] { return bytes; }; };
    if (format == QLatin1String("svg")) return drawn(toSvg(sheet, figure, provenance, options.outlines));
    if (format == QLatin1String("pdf")) return drawn(toPdf(sheet, figure, provenance, options.outlines));
    throw Error(
        "export", text("\"%1\" is not a figure format", format.toStdString()), text("choose a name that ends in .png, .svg, .pdf or .csv"));
}

void exportFigure(const Figure& figure, const std::string& provenance, const QString& file, const ExportOptions& options)
{
    writeFile(QFile::encodeName(file).toStdString(), figureBytes(figure, provenance, QFileInfo(file).suffix().toLower(), options));
}

QMimeData* clipboardData(const Figure& figure, const std::string& provenance)
{
    const Sheet sheet(figure, provenance, {});
    auto* data = new QMimeData;
    data->setImageData(toImage(sheet, 192, figure, provenance));
    data->setData(QStringLiteral("image/svg+xml"), QByteArray::fromStdString(toSvg(sheet, figure, provenance, false)));
    data->setText(QString::fromStdString(toCsv(figure, provenance)));
    return data;
}

} // namespace bitstill
