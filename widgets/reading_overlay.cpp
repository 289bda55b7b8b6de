#include "widgets/reading_overlay.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr qreal kPadding = 8, kSwatch = 8, kGap = 6, kBeside = 10, kBeforeValue = 10;

QFont strong()
{
    QFont font = Theme::small();
    font.setWeight(QFont::DemiBold);
    return font;
}

} // namespace

bool ReadingOverlay::Told::operator==(const Told& other) const
{
    return place == other.place && boxed == other.boxed && colors == other.colors && reading.spoken() == other.reading.spoken();
}

ReadingOverlay::ReadingOverlay(const Theme& theme, std::function<QPixmap()> picture, QWidget* parent) :
    QWidget(parent), m_theme(theme), m_picture(std::move(picture))
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_OpaquePaintEvent); // then nothing below is painted with it
    hide();
}

void ReadingOverlay::tell(std::optional<Told> told)
{
    if (m_told == told) return;
    m_told = std::move(told);
    shownOrNot();
}

void ReadingOverlay::setBand(std::optional<QRectF> band)
{
    if (m_band == band) return;
    m_band = band;
    shownOrNot();
}

void ReadingOverlay::shownOrNot()
{
    if (!m_told && !m_band) {
        m_taken = {};
        return hide();
    }
    if (!isVisible()) {
        raise();
        show();
    }
    update();
}

void ReadingOverlay::outdate()
{
    m_taken = {};
    if (isVisible()) update();
}

void ReadingOverlay::paintEvent(QPaintEvent*)
{
    if (m_taken.isNull()) m_taken = m_picture();
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_taken);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_told) paintMark(painter, *m_told);
    if (m_told && m_told->boxed) paintBox(painter, *m_told);
    if (!m_band) return;
    QColor inside = m_theme.accent;
    inside.setAlphaF(0.12f);
    painter.setPen(QPen(m_theme.accent, 1));
    painter.setBrush(inside);
    painter.drawRect(*m_band);
}

void ReadingOverlay::paintMark(QPainter& painter, const Told& told) const
{
    painter.setBrush(Qt::NoBrush);
    if (told.place.width() == 0) {
        painter.setPen(QPen(m_theme.muted, 1));
        painter.drawLine(told.place.topLeft(), told.place.bottomLeft());
    } else {
        painter.setPen(QPen(m_theme.text, 1.5));
        painter.drawRoundedRect(told.place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }
    painter.setPen(QPen(m_theme.card, 1.5));
    for (std::size_t i = 0; i < told.points.size(); ++i) {
        if (!told.colors[i].isValid() || !std::isfinite(told.points[i].x()) || !std::isfinite(told.points[i].y())) continue;
        painter.setBrush(told.colors[i]);
        painter.drawEllipse(told.points[i], 4.5, 4.5);
    }
}

/// Right or left of the place; under or above it where it is too wide for that; always in the picture.
QRectF ReadingOverlay::boxBeside(const QRectF& place, QSizeF size) const
{
    const QRectF all(rect());
    QRectF box(QPointF(place.right() + kBeside, place.top() + 2), size);
    if (box.right() > all.right()) box.moveRight(place.left() - kBeside);
    if (box.left() < all.left()) {
        box.moveLeft(std::clamp(place.center().x() - size.width() / 2, all.left(), std::max(all.left(), all.right() - size.width())));
        box.moveTop(place.bottom() + 3);
        if (box.bottom() > all.bottom()) box.moveBottom(place.top() - 3);
    }
    box.moveTop(std::clamp(box.top(), all.top(), std::max(all.top(), all.bottom() - size.height())));
    return box;
}

ReadingOverlay::Row ReadingOverlay::rowIn(const QRectF& room, qreal nameWidth, qreal valueWidth)
{
    const qreal name = std::min(nameWidth, room.width() / 3), value = std::min(valueWidth, room.width() - name - kBeforeValue);
    return {room.adjusted(0, 0, -value - kBeforeValue, 0), room.adjusted(room.width() - value, 0, 0, 0)};
}

void ReadingOverlay::paintBox(QPainter& painter, const Told& told) const
{
    const Reading& r = told.reading;
    const QFontMetricsF small(Theme::small()), head(strong());
    const qreal line = small.height() + 2, most = width() - 2 * kPadding - 2;
    const auto fitting = static_cast<std::size_t>(std::max(1.0, (height() - 2 * kPadding - line) / line));
    const bool swatches = std::any_of(told.colors.begin(), told.colors.end(), [](const QColor& c) { return c.isValid(); });
    const qreal indent = swatches ? kSwatch + kGap : 0;
    qreal wide = head.horizontalAdvance(r.where);
    for (const Reading::Value& v : r.values)
        wide = std::max(
            wide, indent + (v.name.isEmpty() ? 0 : small.horizontalAdvance(v.name) + kBeforeValue) + small.horizontalAdvance(v.value));
    wide = std::min(wide, most);
    const std::size_t lines = std::min(r.values.size(), fitting);
    const QRectF box =
        boxBeside(told.place, {wide + 2 * kPadding, line * static_cast<qreal>(lines + (r.where.isEmpty() ? 0 : 1)) + 2 * kPadding - 2});
    painter.setPen(QPen(m_theme.muted, 1));
    painter.setBrush(m_theme.card);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    QRectF row(box.left() + kPadding, box.top() + kPadding - 1, wide, line);
    const auto write = [&](const QRectF& at, int side, const QString& words, const QColor& color, const QFont& font) {
        painter.setFont(font);
        painter.setPen(color);
        painter.drawText(at, side | Qt::AlignVCenter | Qt::TextDontClip | Qt::TextSingleLine,
            QFontMetricsF(font).elidedText(words, Qt::ElideMiddle, at.width() + 1));
    };
    if (!r.where.isEmpty()) {
        write(row, Qt::AlignLeft, r.where, m_theme.text, strong());
        row.translate(0, line);
    }
    for (std::size_t i = 0; i < lines; ++i, row.translate(0, line)) {
        const Reading::Value& v = r.values[i];
        if (i + 1 == lines && lines < r.values.size()) {
            write(row, Qt::AlignLeft, QStringLiteral("…"), m_theme.muted, Theme::small());
            break;
        }
        if (told.colors[i].isValid()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(told.colors[i]);
            painter.drawEllipse(QRectF(row.left(), row.center().y() - kSwatch / 2, kSwatch, kSwatch));
        }
        const QRectF words = row.adjusted(indent, 0, 0, 0);
        if (v.name.isEmpty()) {
            write(words, Qt::AlignLeft, v.value, m_theme.text, Theme::small());
            continue;
        }
        const Row at = rowIn(words, small.horizontalAdvance(v.name), small.horizontalAdvance(v.value));
        write(at.name, Qt::AlignLeft, v.name, m_theme.muted, Theme::small());
        write(at.value, Qt::AlignRight, v.value, m_theme.text, Theme::small());
    }
}

} // namespace bitstill
