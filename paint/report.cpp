#include "paint/report.h"

#include "engine/core/order.h"
#include "engine/experiment/catalogue.h"
#include "paint/translate.h"

#include <QBuffer>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QTextDocument>
#include <QUrl>
#include <algorithm>
#include <cctype>
#include <cstring>
#include <functional>

namespace bitstill {

namespace {

const char* const kStyle = "body{max-width:60rem;margin:2rem auto;padding:0 1.5rem;font:16px/1.5 sans-serif;color:#1d2430;background:#fff}"
                           "h1{margin:0}h2{margin:2rem 0 .5rem;border-bottom:1px solid #d5dae2}"
                           "table{border-collapse:collapse}td,th{padding:.2rem .9rem .2rem 0;text-align:left;vertical-align:top}"
                           "figure{margin:1.2rem 0;break-inside:avoid}img{max-width:100%;height:auto}"
                           "pre{white-space:pre-wrap;background:#f3f5f8;padding:.7rem}.headline{font-size:1.15rem}"
                           "@media print{body{margin:0;max-width:none}}";

QString escaped(const QString& words) { return plain(words).toHtmlEscaped(); }
QString escaped(const Text& words) { return escaped(toQString(words)); }
QString escaped(const std::string& data) { return escaped(QString::fromStdString(data)); }

QString element(const char* name, const QString& content)
{
    return QStringLiteral("<%1>").arg(QLatin1String(name)) + content + QStringLiteral("</%1>\n").arg(QLatin1String(name));
}
QString heading(const Text& words) { return element("h2", escaped(words)); }

using Rows = std::vector<QStringList>; ///< escaped; the first one has the heads

QString table(const Rows& rows)
{
    QString all;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        QString row;
        for (const QString& cell : rows[r]) row += element(r == 0 ? "th" : "td", cell);
        all += element("tr", row);
    }
    return element("table", all);
}

QString settings(const Spec& spec)
{
    Rows rows{{escaped(text("setting")), escaped(text("value")), escaped(text("default"))}};
    for (const Field& f : experimentInfo(spec.experiment).fields)
        if (const auto found = spec.values.find(f.key); found != spec.values.end() && !(found->second == f.initial))
            rows.push_back({escaped(f.label) + QStringLiteral(" <code>") + escaped(f.key) + QStringLiteral("</code>"),
                escaped(describe(found->second)), escaped(describe(f.initial))});
    return rows.size() == 1 ? element("p", escaped(text("All settings are at their defaults."))) : table(rows);
}

/// Title and caption of what the experiment shows first are what it found.
QString headline(const Record& record)
{
    QString all;
    if (!record.message.empty()) all += QStringLiteral("<p class=\"headline\">") + escaped(record.message) + QStringLiteral("</p>\n");
    for (const FigurePointer& f : record.figures) {
        if (f->caption.empty()) continue;
        return all + QStringLiteral("<p class=\"headline\"><b>") + escaped(f->title) + QStringLiteral("</b> ") + escaped(f->caption)
            + QStringLiteral("</p>\n");
    }
    return all;
}

QString figures(const Record& record, const std::function<QString(std::size_t)>& source)
{
    QString all;
    for (std::size_t i = 0; i < record.figures.size(); ++i) {
        const Figure& f = *record.figures[i];
        const QString address = source(i);
        const QString picture = address.isEmpty() ? element("p", escaped(text("This figure could not be drawn.")))
                                                  : QStringLiteral("<img src=\"%1\" alt=\"").arg(address) + escaped(f.title)
                + QStringLiteral(": ") + escaped(f.description) + QStringLiteral("\">\n");
        all += element("figure", picture); // in which title and caption are
    }
    return all;
}

QString metrics(const Record& record)
{
    Rows rows{{escaped(text("metric")), escaped(text("value"))}};
    for (const auto& [name, value] : record.metrics)
        rows.push_back({escaped(name), escaped(isWhole(value) ? shortest(value) : significant(value, 6))});
    return rows.size() == 1 ? QString() : heading(text("Metrics")) + table(rows);
}

QString lesson(const QString& markdown)
{
    if (markdown.isEmpty()) return {};
    QTextDocument document;
    document.setMarkdown(withoutItems(markdown));
    const QString html = document.toHtml();
    const qsizetype body = html.indexOf(QLatin1String("<body")), from = html.indexOf(QLatin1Char('>'), body) + 1;
    return heading(text("What it explains")) + html.mid(from, html.indexOf(QLatin1String("</body>")) - from);
}

/// "eda1f2a3b4c5d6e7@2 (trained in float), quant.bits=2"
std::string branchWords(const Record& record)
{
    std::string words = record.branch->parent + "@" + std::to_string(record.branch->mark);
    if (!record.branch->label.empty()) words += " (" + record.branch->label + ")";
    for (const KnobChange& k : record.knobs)
        if (k.mark > 0) words += ", " + k.field + "=" + describe(k.value);
    return words;
}

QString origin(const Record& record)
{
    Rows rows{{escaped(text("made by")), escaped("Bitstill " + record.version + " (" + record.build + ")")},
        {escaped(text("CPU")), escaped(record.cpu)}, {escaped(text("threads")), escaped(std::to_string(record.threads))},
        {escaped(text("seconds")), escaped(fixed(record.seconds, 1))}, {escaped(text("seed")), escaped(std::to_string(record.spec.seed))},
        {escaped(text("hash of the settings")), escaped(specHash(record.spec))},
        {escaped(text("outcome")), escaped(std::string(nameOf(record.outcome)))}};
    std::string command = commandOf(record.spec);
    QString again = element("p", escaped(text("The same settings give the same numbers:")));
    if (record.branch) {
        rows.push_back({escaped(text("branch of")), escaped(branchWords(record))});
        command += " --replay record.json";
        again = element("p", escaped(text("The settings of its parent, with the record (or this report) for what the branch changed:")));
    }
    again += element("pre", escaped(command));
    const auto isLive = [](const KnobChange& k) { return k.mark == 0; };
    if (!record.branch && std::ranges::any_of(record.knobs, isLive))
        again += element("p", escaped(text("Live fields were changed while it ran; add --replay with the record to repeat that.")));
    return heading(text("How it was made")) + table(rows) + heading(text("How to make it again")) + again;
}

QString body(const Record& record, const ReportParts& parts, const std::function<QString(std::size_t)>& source)
{
    const ExperimentInfo& info = experimentInfo(record.spec.experiment);
    return element("h1", escaped(info.title)) + element("p", escaped(info.question)) + headline(record)
        + heading(text("Settings that differ from their defaults")) + settings(settingsAtEnd(record)) + heading(text("Figures"))
        + figures(record, source) + metrics(record) + lesson(parts.lesson) + origin(record);
}

std::string htmlOf(const Record& record, const std::vector<std::string>& pictures, const ReportParts& parts)
{
    const auto inside = [&pictures](std::size_t i) {
        if (i >= pictures.size() || pictures[i].empty()) return QString();
        return QStringLiteral("data:image/svg+xml;base64,") + QString::fromLatin1(QByteArray::fromStdString(pictures[i]).toBase64());
    };
    const QString title = escaped(experimentInfo(record.spec.experiment).title);
    return ("<!DOCTYPE html>\n<html lang=\"" + parts.language.toHtmlEscaped() + "\"><head><meta charset=\"utf-8\"><title>Bitstill: " + title
               + "</title><style>" + QLatin1String(kStyle) + "</style></head>\n<body>\n" + body(record, parts, inside))
               .toStdString()
        + parts.carried + "\n</body></html>\n";
}

std::string pdfOf(const Record& record, const std::vector<std::string>& pictures, const ReportParts& parts)
{
    constexpr int kMargin = 18, kPictureWidth = 620;
    constexpr double kPerMillimeter = 96 / 25.4; // of the document's units, in which letters and pictures are measured
    const QSizeF page = QPageSize(QPageSize::A4).size(QPageSize::Millimeter) - QSizeF(2 * kMargin, 2 * kMargin);
    QTextDocument document;
    document.setDocumentMargin(0);
    document.setPageSize(page * kPerMillimeter); // without a size, print() would add margins of its own
    const auto beside = [&](std::size_t i) {
        const QImage image = i < pictures.size() ? QImage::fromData(QByteArray::fromStdString(pictures[i])) : QImage();
        if (image.isNull()) return QString();
        const QString address = QStringLiteral("figure:%1").arg(i);
        document.addResource(QTextDocument::ImageResource, QUrl(address), image);
        return address + QStringLiteral("\" width=\"%1").arg(std::min(image.width(), kPictureWidth));
    };
    document.setDefaultStyleSheet(QStringLiteral("td,th{padding-right:12px}"));
    document.setHtml(body(record, parts, beside));
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter pdf(&buffer);
    pdf.setPageSize(QPageSize(QPageSize::A4));
    pdf.setPageMargins(QMarginsF(kMargin, kMargin, kMargin, kMargin), QPageLayout::Millimeter);
    pdf.setTitle(plain(experimentInfo(record.spec.experiment).title));
    pdf.setCreator(QString::fromStdString(provenance(record)));
    document.print(&pdf);
    return bytes.toStdString();
}

/// As one word of a shell, whatever is in it.
std::string quoted(const std::string& word)
{
    const bool isSafe =
        std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0 || std::strchr("-_=.,/+:", c); });
    if (isSafe && !word.empty()) return word;
    std::string all = "'";
    for (const char c : word) all += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return all + "'";
}

} // namespace

QString withoutItems(QString lesson)
{
    static const QRegularExpression item(QStringLiteral("\\[([^\\[\\]]*)\\]\\(try:[^)\\s]*\\)"));
    return lesson.replace(item, QStringLiteral("\\1"));
}

QString reportPictures(const QString& ending) { return ending == QLatin1String("pdf") ? QStringLiteral("png") : QStringLiteral("svg"); }

std::string reportBytes(const Record& record, const QString& ending, const std::vector<std::string>& pictures, const ReportParts& parts)
{
    return ending == QLatin1String("pdf") ? pdfOf(record, pictures, parts) : htmlOf(record, pictures, parts);
}

std::string commandOf(const Spec& spec)
{
    std::string command = "bitstill-cli run " + spec.experiment + " --seed " + std::to_string(spec.seed);
    for (const Field& f : experimentInfo(spec.experiment).fields)
        if (const auto found = spec.values.find(f.key); found != spec.values.end() && !(found->second == f.initial))
            command += " --set " + quoted(f.key + "=" + describe(found->second));
    return command;
}

} // namespace bitstill
