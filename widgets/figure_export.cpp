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

/// Everything that is in a file, laid out in `options.size`.
class Sheet {
public:
    Sheet(const Figure& figure, const std::string& provenance, const ExportOptions& options) :
        m_figure(figure), m_provenance(plain(QString::fromStdString(provenance))),
        m_theme(options.dark ? Theme::darkTheme() : Theme::light()), m_size(options.size)
    {
        const qreal body = bodyHeight(figure, m_size.width() - 2 * kPadding);
        const qreal header = FigureHeader(figure, m_theme).height(m_size.width() - 2 * kPadding);
        const qreal around = header + 2 * kPadding + kFooter + 4;
        if (body > 0) m_size.setHeight(static_cast<int>(std::ceil(around + body)));
        // As a card does: what has many bars, or a long header, is taller.
        const qreal least = std::min(isChart(figure) ? std::max(leastChartHeight(figure), kLeastChart) : kLeastChart, kMostChart);
        if (body <= 0) m_size.setHeight(std::max(m_size.height(), static_cast<int>(std::ceil(around + least))));
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
        const QRectF foot(inner.left(), inner.bottom() - kFooter + 4, inner.width(), kFooter);
        painter.drawText(foot, Qt::AlignLeft | Qt::AlignBottom | Qt::TextSingleLine,
            QFontMetricsF(small).elidedText(m_provenance, Qt::ElideRight, foot.width()));
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
    if (image.isNull()) throw std::bad_alloc();
    image.setDevicePixelRatio(scale);
    const int perMeter = static_cast<int>(96 * scale / 0.0254);
    image.setDotsPerMeterX(perMeter);
    image.setDotsPerMeterY(perMeter);
    image.setText(QStringLiteral("Title"), plain(figure.title));
    image.setText(QStringLiteral("Description"), plain(figure.description));
    image.setText(QStringLiteral("Source"), plain(QString::fromStdString(provenance)));
    QPainter painter(&image);
    sheet.paint(painter, false);
    return image;
}

std::string toPng(const Sheet& sheet, double scale, const Figure& figure, const std::string& provenance)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!toImage(sheet, scale, figure, provenance).save(&buffer, "PNG"))
        throw Error("export", text("there is not enough memory for a picture of this size"), text("choose SVG or PDF"));
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
    // Qt escapes what is drawn, but not these.
    svg.setTitle(plain(figure.title).toHtmlEscaped());
    svg.setDescription((plain(figure.description) + QLatin1Char(' ') + plain(QString::fromStdString(provenance))).toHtmlEscaped());
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
    pdf.setTitle(plain(figure.title));
    pdf.setCreator(plain(QString::fromStdString(provenance)));
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

QString fileNameOf(const Figure& figure)
{
    constexpr std::size_t kLongest = 120;
    std::string name;
    for (const char c : figure.id.substr(0, kLongest)) {
        const bool plainLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        name += plainLetter && !(c == '-' && name.empty()) ? c : c == '.' && !name.empty() ? c : '_';
    }
    if (name.empty() || name != figure.id) {
        std::uint32_t hash = 2166136261u; // FNV-1a
        for (const char c : figure.id) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
        name = name.substr(0, kLongest - 9) + '-' + QByteArray::number(hash, 16).rightJustified(8, '0').toStdString();
    }
    return QString::fromStdString(name);
}

std::string figureBytes(const Figure& figure, const std::string& provenance, const QString& format, const ExportOptions& options)
{
    if (format == QLatin1String("csv")) return toCsv(figure, provenance);
    const Sheet sheet(figure, provenance, options);
    if (format == QLatin1String("png")) return toPng(sheet, options.scale, figure, provenance);
    if (format == QLatin1String("svg")) return toSvg(sheet, figure, provenance);
    if (format == QLatin1String("pdf")) return toPdf(sheet, figure, provenance);
    throw Error("export", text("\"%1\" is not a format that figures are written in", format.toStdString()),
        text("choose a name that ends in .png, .svg, .pdf or .csv"));
}

void exportFigure(const Figure& figure, const std::string& provenance, const QString& file, const ExportOptions& options)
{
    writeFile(QFile::encodeName(file).toStdString(), figureBytes(figure, provenance, QFileInfo(file).suffix().toLower(), options));
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
