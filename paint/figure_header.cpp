#include "paint/figure_header.h"

#include "paint/figure_kinds.h"
#include "paint/series_colors.h"
#include "paint/translate.h"
#include "paint/wrapped.h"

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

QPen keptPen(const Theme& theme, qsizetype number)
{
    static constexpr Qt::PenStyle kStyles[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine};
    return QPen(theme.text, 1.3, kStyles[static_cast<std::size_t>(number) % std::size(kStyles)]);
}

std::vector<FigureHeader::Entry> FigureHeader::legend() const
{
    std::vector<Entry> entries;
    const SeriesColors colors(m_figure, m_theme);
    const auto add = [&](const Text& name, Role role, Entry::Mark mark) {
        const QString text = plain(name);
        const QColor color = colors.of(name, role);
        const auto same = [&](const Entry& e) { return e.name == text && e.color == color && e.mark == mark; };
        if (text.isEmpty() || entries.size() > kMostEntries || std::any_of(entries.begin(), entries.end(), same)) return;
        entries.push_back({entries.size() == kMostEntries ? QStringLiteral("…") : text, color, mark});
    };
    const Overloads addAll{
        [&](const Curves& f) {
            for (const CurveSeries& s : f.series) {
                const bool points = s.style == CurveSeries::Style::Points, dashed = s.style == CurveSeries::Style::Dashed;
                add(s.name, s.role, points ? Entry::Mark::Dot : dashed ? Entry::Mark::Dashes : Entry::Mark::Line);
            }
        },
        [&](const Histogram& f) {
            for (const HistogramSeries& s : f.series) add(s.name, s.role, Entry::Mark::Box);
            for (const Marker& m : f.markers) add(m.name, m.role, m.theory ? Entry::Mark::Dots : Entry::Mark::Dashes);
        },
        [&](const Bars& f) {
            for (const BarSeries& s : f.series) add(s.name, s.role, Entry::Mark::Box);
        },
        [&](const Scatter& f) {
            for (const ScatterPoint& p : f.points) add(p.name, p.role, Entry::Mark::Dot);
        },
        [](const Painted auto&) {}, // their words stand in them
    };
    std::visit(addAll, m_figure.body);
    for (qsizetype i = 0; i < m_kept.size(); ++i) {
        const QPen pen = keptPen(m_theme, i);
        const bool dashes = pen.style() == Qt::DashLine, dots = pen.style() == Qt::DotLine;
        entries.push_back({m_kept[i], pen.color(), dashes ? Entry::Mark::Dashes : dots ? Entry::Mark::Dots : Entry::Mark::Line});
    }
    return entries.size() > 1 || !m_kept.isEmpty() ? entries : std::vector<Entry>{};
}

qreal FigureHeader::height(qreal width, qreal reserved) const { return layout(nullptr, {0, 0, width, 0}, reserved); }
void FigureHeader::paint(QPainter& painter, const QRectF& area, qreal reserved) const { layout(&painter, area, reserved); }

std::vector<std::pair<QString, QRectF>> FigureHeader::entries(const QRectF& area, qreal reserved) const
{
    Found found;
    layout(nullptr, area, reserved, &found);
    return found;
}

qreal FigureHeader::layout(QPainter* painter, const QRectF& area, qreal reserved, Found* found) const
{
    const QFontMetricsF titleMetrics(Theme::cardTitle()), smallMetrics(Theme::small());
    std::vector<Entry> entries = legend();
    for (Entry& e : entries) e.shown = smallMetrics.elidedText(e.name, Qt::ElideRight, area.width() - kSwatch - kGap);
    qreal legendWidth = 0;
    for (const Entry& e : entries) legendWidth += kSwatch + kGap + smallMetrics.horizontalAdvance(e.shown) + kEntryGap;
    const QString caption = wrappable(m_figure.caption);
    const qreal room = area.width() - reserved;
    const QStringList title = wrapped(plain(m_figure.title).left(kMostLetters), Theme::cardTitle(), room, 2);
    const bool sameLine = title.size() <= 1 && titleMetrics.horizontalAdvance(title.join(QString())) + kEntryGap + legendWidth <= room;

    qreal y = area.top();
    const qreal titleY = y;
    for (const QString& line : title) {
        if (painter) {
            painter->setFont(Theme::cardTitle());
            painter->setPen(m_theme.text);
            painter->drawText(QPointF(area.left(), y + titleMetrics.ascent()), line);
        }
        y += titleMetrics.height();
    }
    y += 3;
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
        const qreal entryWidth = kSwatch + kGap + smallMetrics.horizontalAdvance(e.shown);
        if (!sameLine && x > area.left() && x + entryWidth > area.right()) {
            x = area.left();
            legendY += smallMetrics.height() + 2;
        }
        if (painter) paintEntry(*painter, e, {x, legendY});
        if (found) found->emplace_back(e.name, QRectF(x, legendY, entryWidth, smallMetrics.height()));
        x += entryWidth + kEntryGap;
    }
    return sameLine ? y - area.top() : legendY + smallMetrics.height() + 2 - area.top();
}

void FigureHeader::paintEntry(QPainter& painter, const Entry& e, QPointF at) const
{
    const QFontMetricsF metrics(Theme::small());
    const QRectF box(at.x(), at.y() + (metrics.height() - kSwatch) / 2, kSwatch, kSwatch);
    const bool hidden = m_hidden.contains(e.name);
    painter.save(); // Qt Charts fills dashed lines with whatever brush there is
    painter.setRenderHint(QPainter::Antialiasing);
    if (hidden) painter.setOpacity(0.25);
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
    QFont font = Theme::small();
    font.setStrikeOut(hidden);
    painter.setOpacity(1);
    painter.setPen(m_theme.muted);
    painter.setFont(font);
    painter.drawText(QPointF(at.x() + kSwatch + kGap, at.y() + metrics.ascent()), e.shown);
    painter.restore();
}

} // namespace bitstill
