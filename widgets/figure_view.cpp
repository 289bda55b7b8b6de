#include "widgets/figure_view.h"

#include "paint/chart_parts.h"
#include "paint/figure_header.h"
#include "paint/figure_kinds.h"
#include "paint/painted_figure.h"
#include "paint/reading.h"
#include "paint/translate.h"
#include "widgets/accessible_table.h"

#include <QAccessibleWidget>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

/// Are the words of a place there to be read, so that no box need say them again?
bool standsThere(const Figure& figure, qreal width)
{
    const Overloads reads{
        [&](const Table&) { return leastWidth(figure) <= width; },
        [](const Readout&) { return true; },
        [](const OneOf<Heatmap, Images, NetworkMap> auto&) { return false; },
        [](const Charted auto&) { return false; },
    };
    return std::visit(reads, figure.body);
}

/// One picture, whatever widgets it is made of.
class AccessibleFigure : public QAccessibleWidget {
public:
    explicit AccessibleFigure(QWidget* view) : QAccessibleWidget(view, QAccessible::Graphic) { }
    int childCount() const override { return 0; }
    QAccessibleInterface* child(int) const override { return nullptr; }
};

QAccessibleInterface* accessibleFigure(const QString&, QObject* object)
{
    auto* view = qobject_cast<FigureView*>(object);
    if (!view) return nullptr;
    if (view->figure() && spokenTable(*view->figure())) return new AccessibleTable(*view);
    return new AccessibleFigure(view);
}

} // namespace

FigureView::FigureView(const Theme& theme, QWidget* parent) :
    QWidget(parent), m_theme(theme), m_overlay(new ReadingOverlay(
                                         theme, [this] { return picture(); }, this))
{
    static const bool installed = (QAccessible::installFactory(accessibleFigure), true);
    Q_UNUSED(installed);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void FigureView::setFigure(FigurePointer figure)
{
    if (m_whole == figure) return;
    m_whole = std::move(figure);
    showWanted();
}

void FigureView::showAs(const ShownAs& as)
{
    if (m_as == as) return;
    m_as = as;
    if (m_whole) showWanted();
}

void FigureView::hold(bool held)
{
    const bool outlined = m_held && m_held != m_whole;
    m_held = held ? m_whole : nullptr;
    if (outlined && isVisible()) apply();
}

void FigureView::keep(std::vector<KeptFigure> kept)
{
    m_kept = std::move(kept);
    if (m_whole && isVisible()) apply();
}

void FigureView::showPart(const ChartZoom::Part& part)
{
    if (!canZoom(*m_figure)) return;
    if (m_dirty) apply();
    if (!m_chart) makeChart();
    if (m_chart->part() == part) return;
    m_chart->showPart(part, *m_figure);
    m_overlay->outdate();
    if (m_pointer || m_place) tellOf(m_pointer ? placeAt(*m_pointer) : m_place);
}

FigurePointer FigureView::asWanted(const FigurePointer& figure) const
{
    if (m_as.isPlain()) return figure;
    std::optional<Figure> wanted = figureAs(*figure, m_as);
    return wanted ? std::make_shared<const Figure>(std::move(*wanted)) : figure;
}

/// What is now lies under what was.
std::vector<FigureChart::Past> FigureView::past() const
{
    std::vector<FigureChart::Past> all;
    const auto add = [&](const FigurePointer& figure, const QPen& pen) {
        if (figure && figure != m_whole && isSameFigure(*figure, *m_whole)) all.push_back({asWanted(figure), pen.color(), pen.style()});
    };
    add(m_held, QPen(m_theme.muted));
    for (std::size_t i = 0; i < m_kept.size(); ++i) add(m_kept[i].figure, keptPen(m_theme, static_cast<qsizetype>(i)));
    return all;
}

void FigureView::showWanted()
{
    const FigurePointer figure = asWanted(m_whole);
    if (m_place) m_place = m_figure && isSameFigure(*m_figure, *figure) ? samePlace(*m_figure, *m_place, *figure) : std::nullopt;
    if (m_chart && m_figure && !isSameFigure(*m_figure, *figure)) m_chart->forgetPart();
    m_figure = figure;
    m_colors = SeriesColors(*m_whole, m_theme);
    setAccessibleName(plain(m_figure->title));
    if (!m_place || m_pointer) setAccessibleDescription(plain(m_figure->description));
    m_dirty = true;
    if (isSeen()) apply();
}

/// Laying out a chart of a training takes a good part of a frame. One that has the keyboard is spoken of, seen or not.
bool FigureView::isSeen() const { return isVisible() && (hasFocus() || !visibleRegion().isEmpty()); }

void FigureView::apply()
{
    m_dirty = false;
    if (m_view) m_view->setVisible(isChart(*m_figure));
    if (isChart(*m_figure)) {
        if (!m_chart) makeChart();
        m_chart->setPast(past());
        m_chart->setFigure(*m_figure, m_colors);
    } else {
        update();
    }
    m_overlay->outdate();
    if (m_pointer || m_place) tellOf(m_pointer ? placeAt(*m_pointer) : m_place);
}

void FigureView::makeChart()
{
    m_chart = std::make_unique<FigureChart>(m_theme);
    m_view = new QChartView(m_chart->chart(), this);
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setBackgroundBrush(Qt::NoBrush);
    m_view->setStyleSheet(QStringLiteral("background: transparent"));
    // Qt Charts 6.4 crashes on some clicks and swallows the wheel; nothing here needs its own interaction.
    m_view->setInteractive(false);
    m_view->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->setGeometry(rect());
    m_view->lower();
    m_view->show();
    // Some of a chart is laid out later than it was asked for.
    connect(m_view->scene(), &QGraphicsScene::changed, this, [this] { m_overlay->outdate(); });
}

QPixmap FigureView::picture()
{
    const qreal scale = devicePixelRatioF();
    QPixmap taken(size() * scale);
    taken.setDevicePixelRatio(scale);
    taken.fill(m_theme.card);
    QPainter painter(&taken);
    if (isChart(*m_figure))
        m_view->render(&painter);
    else
        paintBody(painter, rect(), *m_figure, m_theme);
    return taken;
}

void FigureView::paintEvent(QPaintEvent*)
{
    if (m_dirty) apply(); // scrolled into view
    if (!m_figure || isChart(*m_figure)) return;
    QPainter painter(this);
    paintBody(painter, rect(), *m_figure, m_theme);
}

void FigureView::resizeEvent(QResizeEvent*)
{
    if (m_view) m_view->setGeometry(rect());
    m_overlay->setGeometry(rect());
    m_overlay->outdate();
    if (m_place && isVisible()) tellOf(m_place);
}

void FigureView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_dirty) apply();
}

std::vector<QRectF> FigureView::places() const
{
    if (!m_figure || m_dirty) return {};
    return isChart(*m_figure) ? m_chart->places(*m_figure) : paintedPlaces(*m_figure, rect());
}

std::optional<std::size_t> FigureView::placeAt(const QPointF& position) const
{
    constexpr qreal kReach = 12; // around dots
    const std::vector<QRectF> all = places();
    std::optional<std::size_t> nearest;
    qreal least = kReach;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const QRectF& place = all[i];
        if (!place.isValid() && place.width() != 0) continue;
        const bool isLine = place.width() == 0;
        if (isLine && !m_chart->plot().adjusted(-kReach, -kReach, kReach, kReach).contains(position)) return {};
        const qreal dx = std::max({place.left() - position.x(), position.x() - place.right(), 0.0}),
                    dy = std::max({place.top() - position.y(), position.y() - place.bottom(), 0.0});
        if (!isLine && !m_chart && dx + dy > 0) continue;
        const qreal distance = std::hypot(dx, dy);
        if (nearest ? distance >= least : !isLine && distance > least) continue;
        least = distance;
        nearest = i;
    }
    return nearest;
}

QString FigureView::told() const { return m_overlay->told() ? m_overlay->told()->reading.spoken() : QString(); }

void FigureView::tellOf(std::optional<std::size_t> place)
{
    m_place = place;
    const std::vector<QRectF> all = places();
    if (!place || *place >= all.size() || all[*place].width() < 0) return m_overlay->tell({});
    Reading reading = readingAt(*m_figure, *place);
    std::vector<QPointF> points;
    std::vector<QColor> colors;
    for (const Reading::Value& v : reading.values) {
        colors.push_back(v.role ? m_colors.of(v.name, *v.role) : QColor());
        constexpr qreal kNowhere = std::numeric_limits<qreal>::quiet_NaN();
        const QPointF at = v.at ? m_chart->pixelOf(*v.at) : QPointF(kNowhere, kNowhere);
        points.push_back(v.at && m_chart->plot().contains(at) ? at : QPointF(kNowhere, kNowhere));
    }
    m_overlay->tell(
        ReadingOverlay::Told{std::move(reading), all[*place], std::move(points), std::move(colors), !standsThere(*m_figure, width())});
    if (!m_pointer) setAccessibleDescription(told());
}

} // namespace bitstill
