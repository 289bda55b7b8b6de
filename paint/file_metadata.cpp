#include "paint/file_metadata.h"

#include <QFont>
#include <QFontInfo>

namespace bitstill {

namespace {

/// As UTF-16 in hexadecimal, which needs no escapes.
QByteArray pdfString(const QString& s)
{
    QByteArray hex = "<FEFF";
    for (const QChar c : s) hex += QByteArray::number(c.unicode(), 16).rightJustified(4, '0').toUpper();
    return hex + '>';
}

/// The number behind the last `key`; −1 when there is none.
qsizetype numberBehind(const QByteArray& pdf, const QByteArray& key)
{
    const qsizetype at = pdf.lastIndexOf(key);
    if (at < 0) return -1;
    qsizetype begin = at + key.size(), end = begin;
    while (end < pdf.size() && pdf[end] >= '0' && pdf[end] <= '9') ++end;
    return begin == end ? -1 : pdf.mid(begin, end - begin).toLongLong();
}

} // namespace

QByteArray withPdfInfo(QByteArray pdf, const QString& author, const QString& subject, const QStringList& keywords)
{
    const qsizetype info = numberBehind(pdf, "/Info "), table = numberBehind(pdf, "startxref\n");
    const QByteArray head = QByteArray::number(info) + " 0 obj";
    const qsizetype object = pdf.lastIndexOf('\n' + head) + 1, closes = pdf.lastIndexOf(">>", pdf.indexOf("endobj", object));
    const qsizetype trailer = pdf.lastIndexOf("trailer"), trailerCloses = pdf.lastIndexOf(">>", pdf.lastIndexOf("startxref"));
    if (info < 0 || table < 0 || object <= 0 || closes < object || trailer < 0 || trailerCloses < trailer) return pdf;
    const QByteArray said = "/Author " + pdfString(author) + "\n/Subject " + pdfString(subject) + "\n/Keywords "
        + pdfString(keywords.join(QStringLiteral(", "))) + '\n';
    const QByteArray newObject = pdf.mid(object, closes - object) + said + ">>\nendobj\n";
    const QByteArray newTrailer = pdf.mid(trailer, trailerCloses - trailer) + "/Prev " + QByteArray::number(table) + "\n>>\n";
    const QByteArray at = QByteArray::number(pdf.size()), newTable = QByteArray::number(pdf.size() + newObject.size());
    return pdf + newObject + "xref\n" + QByteArray::number(info) + " 1\n" + at.rightJustified(10, '0') + " 00000 n \n" + newTrailer
        + "startxref\n" + newTable + "\n%%EOF\n";
}

QByteArray withFontFallbacks(QByteArray svg, const QStringList& families)
{
    QStringList all{QFontInfo(QFont(families)).family()};
    all += families;
    all.removeDuplicates();
    QByteArray list;
    for (const QString& family : all) list += '\'' + family.toHtmlEscaped().toUtf8() + "', ";
    list += "sans-serif";
    static const QByteArray kKey = "font-family=\"";
    for (qsizetype at = svg.indexOf(kKey); at >= 0; at = svg.indexOf(kKey, at + kKey.size())) {
        const qsizetype begin = at + kKey.size(), end = svg.indexOf('"', begin);
        svg.replace(begin, end - begin, list);
    }
    return svg;
}

} // namespace bitstill
