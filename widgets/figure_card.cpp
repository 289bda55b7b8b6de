#include "widgets/figure_card.h"

#include "paint/chart_parts.h"
#include "paint/figure_kinds.h"
#include "paint/outlines.h"
#include "paint/painted_figure.h"
#include "paint/translate.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMessageBox>
#include <QMouseEvent>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kPaddingX = 16, kPaddingY = 12, kMenuWidth = 26, kChartHeight = 300;

} // namespace

FigureCard::FigureCard(const Theme& theme, FigurePointer figure, QWidget* parent) :
    QWidget(parent), m_theme(theme), m_view(new FigureView(theme, this)), m_menuButton(new QToolButton(this))
{
    setObjectName(QStringLiteral("figure.") + QString::fromStdString(figure->id));
    m_menuButton->setText(QStringLiteral("⋯"));
    m_menuButton->setProperty("role", "flat");
    m_menuButton->setPopupMode(QToolButton::InstantPopup);
    m_menuButton->setToolTip(tr("Copy, export, enlarge this figure"));
    m_menuButton->setObjectName(QStringLiteral("menu.") + QString::fromStdString(figure->id));
    makeMenu();
    connect(m_view, &FigureView::fieldChosen, this, &FigureCard::fieldChosen);
    connect(m_view, &FigureView::placeChosen, this, &FigureCard::placeChosen);
    connect(m_view, &FigureView::fieldHeld, this, &FigureCard::fieldHeld);
    connect(m_view, &FigureView::partChosen, this, &FigureCard::partChosen);
    setMouseTracking(true);
    setFigure(std::move(figure));
}

void FigureCard::makeMenu()
{
    m_menu = new QMenu(this);
    const auto add = [this](const QString& label, const char* name, FigureCommand command) {
        QAction* action = m_menu->addAction(label);
        action->setObjectName(QStringLiteral("action.") + QLatin1String(name));
        connect(action, &QAction::triggered, this, [this, command] { Q_EMIT asked(command); });
    };
    add(tr("Copy"), "clipboard", FigureCommand::Copy);
    m_menu->addSeparator();
    add(tr("Export as PNG…"), "png", FigureCommand::ExportPng);
    add(tr("Export as SVG…"), "svg", FigureCommand::ExportSvg);
    add(tr("Export as PDF…"), "pdf", FigureCommand::ExportPdf);
    add(tr("Export data as CSV…"), "csv", FigureCommand::ExportCsv);
    m_menu->addSeparator();
    add(tr("Show as table"), "table", FigureCommand::ShowTable);
    add(tr("Enlarge"), "enlarge", FigureCommand::Enlarge);
    m_series = m_menu->addMenu(tr("Series"));
    m_series->setObjectName(QStringLiteral("series"));
    makeViewMenu();
    connect(m_menu, &QMenu::aboutToShow, this, &FigureCard::fillMenu);
    QAction* what = m_menu->addAction(tr("What is this?"));
    what->setObjectName(QStringLiteral("action.what"));
    connect(what, &QAction::triggered, this, [this] {
        auto* box = new QMessageBox(QMessageBox::Information, plain(figure()->title),
            plain(figure()->description) + QStringLiteral("\n\n") + plain(figure()->caption), QMessageBox::Ok, this);
        box->setTextFormat(Qt::PlainText); // names of classes may look like HTML
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });
    m_menuButton->setMenu(m_menu);
}

void FigureCard::setFigure(FigurePointer figure)
{
    const QString title = figure->title.empty() ? plain(Text(figure->id)) : plain(figure->title);
    setAccessibleName(title);
    setAccessibleDescription(plain(figure->description));
    m_menuButton->setAccessibleName(tr("Menu of %1").arg(title));
    m_measured.width = -1;
    m_view->setFigure(std::move(figure));
    arrange();
    update();
}

QPoint FigureCard::pointAt(std::size_t place) const
{
    const std::vector<QRectF> places = m_view->places();
    const bool seen = place < places.size() && places[place].width() >= 0;
    return m_view->mapToGlobal(seen ? places[place].center().toPoint() : m_view->rect().center());
}

int FigureCard::neededWidth() const { return static_cast<int>(leastWidth(*figure())) + 2 * kPaddingX; }

/// Setting text costs more than drawing it: measured once for a figure and a width.
const FigureCard::Measured& FigureCard::measured(qreal inner) const
{
    if (m_measured.width != inner)
        m_measured = {inner, header().height(inner, kMenuWidth), bodyHeight(*figure(), inner), leastBodyHeight(*figure(), inner)};
    return m_measured;
}

int FigureCard::wantedHeight(int width) const
{
    const auto [inner, header, body, least] = measured(width - 2 * kPaddingX);
    if (body > 0) return static_cast<int>(header + body) + 2 * kPaddingY + 6;
    return std::max(kChartHeight, static_cast<int>(std::ceil(header + least)) + 2 * kPaddingY + 6);
}

void FigureCard::arrange()
{
    const QRect inner = rect().adjusted(kPaddingX, kPaddingY, -kPaddingX, -kPaddingY);
    m_menuButton->setGeometry(inner.right() - kMenuWidth + 5, inner.top() - 4, kMenuWidth, 24);
    const qreal header = measured(inner.width()).header;
    if (header != m_headerHeight) update();
    m_headerHeight = header;
    const QRect body = inner.adjusted(0, static_cast<int>(header) + 4, 0, 0);
    if (body.height() > 0) m_view->setGeometry(body);
}

void FigureCard::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_view->hasFocus() ? m_theme.accent : m_theme.line, 1));
    painter.setBrush(m_theme.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    header().paint(painter, headerArea(), kMenuWidth);
}

void FigureCard::resizeEvent(QResizeEvent*) { arrange(); }

void FigureCard::contextMenuEvent(QContextMenuEvent* event) { m_menu->popup(event->globalPos()); }

QRectF FigureCard::headerArea() const { return QRectF(rect()).adjusted(kPaddingX, kPaddingY, -kPaddingX, 0); }

QString FigureCard::nameAt(const QPointF& position) const
{
    for (const auto& entry : header().entries(headerArea(), kMenuWidth))
        if (entry.second.contains(position)) return entry.first;
    return {};
}

void FigureCard::toggleSeries(const QString& name)
{
    if (const qsizetype kept = keptNames().indexOf(name); kept >= 0) {
        std::vector<KeptFigure> rest = m_kept;
        rest.erase(rest.begin() + kept);
        return setKept(std::move(rest));
    }
    ShownAs as = m_as;
    if (as.hidden.removeAll(name) == 0) as.hidden.append(name);
    wantAs(as);
}

void FigureCard::wantAs(const ShownAs& as)
{
    if (!figureAs(*figure(), as)) return;
    m_as = as;
    m_view->showAs(m_as);
    update();
}

void FigureCard::setState(const State& state)
{
    wantAs(state.as);
    setKept(state.kept);
    m_view->showPart(state.part);
}

QStringList FigureCard::keptNames() const
{
    QStringList names;
    for (const KeptFigure& k : m_kept) names.append(tr("kept: %1").arg(k.settings));
    return names;
}

void FigureCard::setKept(std::vector<KeptFigure> kept)
{
    m_kept = std::move(kept);
    m_view->keep(m_kept);
    m_measured.width = -1; // the legend is another one
    arrange();
    update();
}

/// The same once; with more than can be told apart the oldest goes.
void FigureCard::keep()
{
    constexpr std::size_t kMost = 3;
    std::vector<KeptFigure> kept = m_kept;
    std::erase_if(kept, [this](const KeptFigure& k) { return k.settings == m_settings; });
    if (kept.size() == kMost) kept.erase(kept.begin());
    kept.push_back({figure(), m_settings});
    setKept(std::move(kept));
}

bool FigureCard::isHistogram() const
{
    static constexpr Overloads kIs{
        [](const Histogram&) { return true; },
        [](const OneOf<Curves, Bars, Scatter> auto&) { return false; },
        [](const Painted auto&) { return false; },
    };
    return std::visit(kIs, figure()->body);
}

void FigureCard::showSameX(const FigureCard& other) { m_view->showPart({other.m_view->part().x, m_view->part().y}); }

void FigureCard::makeViewMenu()
{
    const auto add = [this](const char* name, const QString& label, auto act) {
        QAction* action = m_menu->addAction(label);
        action->setObjectName(QStringLiteral("action.") + QLatin1String(name));
        connect(action, &QAction::triggered, this, act);
        return action;
    };
    const auto flip = [this](bool ShownAs::*axis) {
        ShownAs as = m_as;
        as.*axis = !(as.*axis);
        wantAs(as);
    };
    m_flipX = add("log.x", {}, [flip] { flip(&ShownAs::flipX); });
    m_flipY = add("log.y", {}, [flip] { flip(&ShownAs::flipY); });
    m_link = add("link", tr("Same zoom for all histograms (L)"), [this] { Q_EMIT linkAsked(!m_linked.value_or(false)); });
    for (QAction* checkable : {m_flipX, m_flipY, m_link}) checkable->setCheckable(true);
    m_keep = add("keep", tr("Keep as outline"), [this] { keep(); });
    m_forget = add("forget", tr("Remove kept outlines"), [this] { setKept({}); });
    m_menu->addSeparator();
}

void FigureCard::fillMenu()
{
    fillSeriesMenu();
    fillViewMenu();
}

void FigureCard::fillViewMenu()
{
    const AxesToFlip axes = axesToFlip(*figure());
    const auto show = [](QAction& action, const Axis* axis, bool flipped) {
        action.setVisible(axis != nullptr);
        if (!axis) return;
        const QString title = titleOf(*axis).replace(QLatin1Char('&'), QLatin1String("&&"));
        action.setText(title.isEmpty() ? tr("Logarithmic") : tr("Logarithmic: %1").arg(title));
        action.setChecked(axis->logarithmic != flipped);
    };
    show(*m_flipX, axes.x, m_as.flipX);
    show(*m_flipY, axes.y, m_as.flipY);
    m_link->setVisible(m_linked.has_value());
    m_link->setChecked(m_linked.value_or(false));
    m_keep->setVisible(hasOutlines(*figure()) && !m_settings.isEmpty()); // it is named by them
    m_forget->setVisible(!m_kept.empty());
}

/// Hiding by keyboard.
void FigureCard::fillSeriesMenu()
{
    m_series->clear();
    for (const auto& entry : header().entries(headerArea(), kMenuWidth)) {
        QAction* action = m_series->addAction(QString(entry.first).replace(QLatin1Char('&'), QLatin1String("&&")));
        action->setCheckable(true);
        action->setChecked(!m_as.hidden.contains(entry.first));
        connect(action, &QAction::triggered, this, [this, name = entry.first] { toggleSeries(name); });
    }
    m_series->menuAction()->setVisible(!m_series->isEmpty());
}

void FigureCard::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->button() == Qt::LeftButton ? nameAt(event->position()) : QString();
    if (m_pressed.isEmpty()) QWidget::mousePressEvent(event);
}

/// A card that was dragged by a name never comes to hear of it (CardGrid).
void FigureCard::mouseReleaseEvent(QMouseEvent* event)
{
    const QString name = std::exchange(m_pressed, {});
    if (name.isEmpty() || name != nameAt(event->position())) return QWidget::mouseReleaseEvent(event);
    toggleSeries(name);
}

/// What the figure has no use for.
void FigureCard::keyPressEvent(QKeyEvent* event)
{
    if (!m_linked || event->key() != Qt::Key_L || event->modifiers() != Qt::NoModifier) return QWidget::keyPressEvent(event);
    Q_EMIT linkAsked(!*m_linked);
}

void FigureCard::mouseMoveEvent(QMouseEvent* event)
{
    const bool onName = !nameAt(event->position()).isEmpty();
    setCursor(onName ? Qt::PointingHandCursor : Qt::ArrowCursor);
    setToolTip(onName ? keptNames().contains(nameAt(event->position())) ? tr("Removes this outline") : tr("Hides or shows this series")
                      : QString());
}

} // namespace bitstill
