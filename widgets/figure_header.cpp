#include "widgets/figure_header.h"

#include "widgets/translate.h"

#include <QFontMetricsF>
#include <algorithm>

namespace bitstill {

namespace {

constexpr qreal kSwatch = 12, kGap = 6, kEntryGap = 14;
constexpr std::size_t kMostEntries = 30; ///< a longer legend is no help
constexpr qsizetype kMostLetters = 600, kLongWord = 40;

/// A sentence that can be wrapped: names in it may be longer than any line.
QString wrappable(const Text& sentence)
{
    QString s = plain(sentence);
    if (s.size() > kMostLetters) s = s.left(kMostLetters) + QChar(0x2026);
    for (qsizetype i = 0, word = 0; i < s.size(); ++i) {
        word = s[i].isSpace() ? 0 : word + 1;
        if (word % kLongWord == 0 && word > 0 && !s[i].isHighSurrogate()) s.insert(++i, QChar(0x200B));
    }
    return s;
}

} // namespace

std::vector<FigureHeader::Entry> FigureHeader::legend() const
{
    std::vector<Entry> entries;
    const auto add = [&](const Text& name, const auto& colored, Entry::Mark mark) {
        const QString text = plain(name);
        const QColor color = m_theme.colorOf(colored);
        const auto same = [&](const Entry& e) { return e.name == text && e.color == color && e.mark == mark; };
        if (text.isEmpty() || entries.size() > kMostEntries || std::any_of(entries.begin(), entries.end(), same)) return;
        entries.push_back({entries.size() == kMostEntries ? QStringLiteral("…") : text, color, mark});
    };
    if (const auto* f = std::get_if<Curves>(&m_figure.body))
        for (const CurveSeries& s : f->series)
            add(s.name, s.role,
                s.style == CurveSeries::Style::Points       ? Entry::Mark::Dot
                    : s.style == CurveSeries::Style::Dashed ? Entry::Mark::Dashes
                                                            : Entry::Mark::Line);
    if (const auto* f = std::get_if<Histogram>(&m_figure.body)) {
        for (const HistogramSeries& s : f->series) add(s.name, s.role, Entry::Mark::Box);
        for (const Marker& m : f->markers) add(m.name, m, m.theory ? Entry::Mark::Dots : Entry::Mark::Dashes);
    }
    if (const auto* f = std::get_if<Bars>(&m_figure.body); f && f->series.size() > 1)
        for (const BarSeries& s : f->series) add(s.name, s.role, Entry::Mark::Box);
    if (const auto* f = std::get_if<Scatter>(&m_figure.body))
        for (const ScatterPoint& p : f->points) add(p.name, p.role, Entry::Mark::Dot);
    return entries.size() > 1 ? entries : std::vector<Entry>{};
}

qreal FigureHeader::height(qreal width, qreal reserved) const { return layout(nullptr, {0, 0, width, 0}, reserved); }
void FigureHeader::paint(QPainter& painter, const QRectF& area, qreal reserved) const { layout(&painter, area, reserved); }

qreal FigureHeader::layout(QPainter* painter, const QRectF& area, qreal reserved) const
{
    const QFontMetricsF titleMetrics(Theme::cardTitle()), smallMetrics(Theme::small());
    std::vector<Entry> entries = legend();
    for (Entry& e : entries) e.name = smallMetrics.elidedText(e.name, Qt::ElideRight, area.width() - kSwatch - kGap);
    qreal legendWidth = 0;
    for (const Entry& e : entries) legendWidth += kSwatch + kGap + smallMetrics.horizontalAdvance(e.name) + kEntryGap;
    const QString title = plain(m_figure.title), caption = wrappable(m_figure.caption);
    const qreal room = area.width() - reserved, titleWidth = titleMetrics.horizontalAdvance(title);
    const bool sameLine = titleWidth + kEntryGap + legendWidth <= room;

    qreal y = area.top();
    if (painter) {
        painter->setFont(Theme::cardTitle());
        painter->setPen(m_theme.text);
        painter->drawText(QPointF(area.left(), y + titleMetrics.ascent()), titleMetrics.elidedText(title, Qt::ElideRight, room));
    }
    const qreal titleY = y;
    y += titleMetrics.height() + 3;
    if (!caption.isEmpty()) {
        const QRectF wrapped = smallMetrics.boundingRect(QRectF(0, 0, area.width(), 1000), Qt::TextWordWrap, caption);
        if (painter) {
            painter->setFont(Theme::small());
            painter->setPen(m_theme.muted);
            painter->drawText(QRectF(area.left(), y, area.width(), wrapped.height() + 2), Qt::TextWordWrap, caption);
        }
        y += wrapped.height() + 4;
    }
    if (entries.empty()) return y - area.top();

    qreal x = sameLine ? area.left() + room - legendWidth + kEntryGap : area.left();
    qreal legendY = sameLine ? titleY + titleMetrics.ascent() - smallMetrics.ascent() : y;
    for (const Entry& e : entries) {
        const qreal entryWidth = kSwatch + kGap + smallMetrics.horizontalAdvance(e.name);
        if (!sameLine && x > area.left() && x + entryWidth > area.right()) {
            x = area.left();
            legendY += smallMetrics.height() + 2;
        }
        if (painter) paintEntry(*painter, e, {x, legendY});
        x += entryWidth + kEntryGap;
    }
    return sameLine ? y - area.top() : legendY + smallMetrics.height() + 2 - area.top();
}

void FigureHeader::paintEntry(QPainter& painter, const Entry& e, QPointF at) const
{
    const QFontMetricsF metrics(Theme::small());
    const QRectF box(at.x(), at.y() + (metrics.height() - kSwatch) / 2, kSwatch, kSwatch);
    painter.setRenderHint(QPainter::Antialiasing);
    if (e.mark == Entry::Mark::Box) painter.fillRect(box.adjusted(1, 1, -1, -1), e.color);
    if (e.mark == Entry::Mark::Dot) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(e.color);
        painter.drawEllipse(box.adjusted(2, 2, -2, -2));
    }
    if (e.mark == Entry::Mark::Line || e.mark == Entry::Mark::Dashes || e.mark == Entry::Mark::Dots) {
        QPen pen(e.color, 2, e.mark == Entry::Mark::Dots ? Qt::DotLine : Qt::SolidLine, Qt::FlatCap);
        if (e.mark == Entry::Mark::Dashes) pen.setDashPattern({2.25, 1.5}); // two of them
        painter.setPen(pen);
        painter.drawLine(QLineF(box.left(), box.center().y(), box.right(), box.center().y()));
    }
    painter.setPen(m_theme.muted);
    painter.setFont(Theme::small());
    painter.drawText(QPointF(at.x() + kSwatch + kGap, at.y() + metrics.ascent()), e.name);
}

} // namespace bitstill
