#include "widgets/figure_card.h"

#include "widgets/figure_header.h"
#include "widgets/painted_figure.h"
#include "widgets/translate.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QMessageBox>
#include <QToolButton>
#include <algorithm>

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
    setFigure(std::move(figure));
}

void FigureCard::makeMenu()
{
    m_menu = new QMenu(this);
    const auto add = [this](const QString& label, const char* what) {
        QAction* action = m_menu->addAction(label);
        action->setObjectName(QStringLiteral("action.") + QLatin1String(what));
        connect(action, &QAction::triggered, this, [this, what] { Q_EMIT asked(QLatin1String(what)); });
    };
    add(tr("Copy"), "clipboard");
    m_menu->addSeparator();
    add(tr("Export as PNG…"), "png");
    add(tr("Export as SVG…"), "svg");
    add(tr("Export as PDF…"), "pdf");
    add(tr("Export data as CSV…"), "csv");
    m_menu->addSeparator();
    add(tr("Show as table"), "table");
    add(tr("Enlarge"), "enlarge");
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

int FigureCard::neededWidth() const { return static_cast<int>(leastWidth(*figure())) + 2 * kPaddingX; }

/// Setting text costs more than drawing it: measured once for a figure and a width.
const FigureCard::Measured& FigureCard::measured(qreal inner) const
{
    if (m_measured.width != inner)
        m_measured = {inner, FigureHeader(*figure(), m_theme).height(inner, kMenuWidth), bodyHeight(*figure(), inner)};
    return m_measured;
}

int FigureCard::wantedHeight(int width) const
{
    const auto [inner, header, body] = measured(width - 2 * kPaddingX);
    if (body > 0) return static_cast<int>(header + body) + 2 * kPaddingY + 6;
    return std::max(kChartHeight, static_cast<int>(header + leastChartHeight(*figure())) + 2 * kPaddingY);
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
    painter.setPen(QPen(m_theme.line, 1));
    painter.setBrush(m_theme.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    FigureHeader(*figure(), m_theme).paint(painter, QRectF(rect()).adjusted(kPaddingX, kPaddingY, -kPaddingX, 0), kMenuWidth);
}

void FigureCard::resizeEvent(QResizeEvent*) { arrange(); }

void FigureCard::contextMenuEvent(QContextMenuEvent* event) { m_menu->popup(event->globalPos()); }

} // namespace bitstill
