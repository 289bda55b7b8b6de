// The order of the cards, by menu, keys and mouse.

#include "widgets/card_grid.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QMouseEvent>

namespace bitstill {

void CardGrid::setOrder(CardOrder order)
{
    m_order = std::move(order);
    setFigures(std::vector(m_figures));
}

void CardGrid::change(CardOrder order)
{
    setOrder(std::move(order));
    Q_EMIT orderChanged();
}

void CardGrid::pin(const FigureCard& card, bool pinned)
{
    CardOrder order = m_order;
    order.pin(card.figure()->id, pinned);
    change(std::move(order));
}

void CardGrid::move(const FigureCard& card, int by)
{
    CardOrder order = m_order;
    order.move(card.figure()->id, by, m_order.sorted(m_figures));
    change(std::move(order));
}

/// With keys of its own, so that a figure in which one goes about with arrows keeps them.
void CardGrid::addOrderMenu(FigureCard& card)
{
    auto* menu = card.findChild<QMenu*>();
    menu->addSeparator();
    const auto add = [&](const QString& label, const char* name, const char* keys, auto act) {
        QAction* action = menu->addAction(label);
        action->setObjectName(QStringLiteral("action.") + QLatin1String(name));
        action->setShortcut(QKeySequence(QLatin1String(keys)));
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        card.addAction(action);
        // Queued: a card may not move away under its own menu.
        connect(action, &QAction::triggered, this, act, Qt::QueuedConnection);
        return action;
    };
    QAction* pinned = add(tr("Pin on top"), "pin", "Ctrl+Shift+Home", [this, &card] { pin(card, !m_order.isPinned(card.figure()->id)); });
    pinned->setCheckable(true);
    add(tr("Move up"), "up", "Ctrl+Shift+Up", [this, &card] { move(card, -1); });
    add(tr("Move down"), "down", "Ctrl+Shift+Down", [this, &card] { move(card, 1); });
    QAction* back = add(tr("Original order"), "order", "Ctrl+Shift+End", [this] { change({}); });
    connect(menu, &QMenu::aboutToShow, this, [this, &card, pinned, back] {
        pinned->setChecked(m_order.isPinned(card.figure()->id));
        back->setEnabled(!m_order.isDefault());
    });
    card.installEventFilter(this);
}

/// A title that is held and dragged takes its card with it.
bool CardGrid::eventFilter(QObject* watched, QEvent* event)
{
    const auto card = std::find(m_cards.begin(), m_cards.end(), watched);
    if (card == m_cards.end()) return QWidget::eventFilter(watched, event);
    const auto* mouse = dynamic_cast<const QMouseEvent*>(event);
    if (event->type() == QEvent::MouseButtonPress && mouse->button() == Qt::LeftButton) {
        m_dragged = *card;
        m_dragFrom = mouse->pos();
        m_dragging = false;
    } else if (event->type() == QEvent::MouseMove && m_dragged == *card && (mouse->buttons() & Qt::LeftButton)) {
        m_dragging = m_dragging || (mouse->pos() - m_dragFrom).manhattanLength() >= QApplication::startDragDistance();
        if (m_dragging) (*card)->setCursor(Qt::ClosedHandCursor);
        return m_dragging;
    } else if (event->type() == QEvent::MouseButtonRelease && m_dragged == *card) {
        m_dragged = nullptr;
        if (!m_dragging) return false;
        m_dragging = false;
        (*card)->unsetCursor();
        drop(**card, (*card)->mapToParent(mouse->pos()));
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

/// In the place of the card there; a pinned one stays among the pinned.
void CardGrid::drop(const FigureCard& card, QPoint position)
{
    const auto target = std::find_if(m_cards.begin(), m_cards.end(), [&](const FigureCard* c) { return c->geometry().contains(position); });
    const auto from = std::find(m_cards.begin(), m_cards.end(), &card);
    if (target == m_cards.end() || target == from) return;
    const std::string id = card.figure()->id;
    const int by = target > from ? 1 : -1;
    CardOrder order = m_order;
    for (auto steps = std::abs(target - from); steps > 0; --steps) order.move(id, by, order.sorted(m_figures));
    change(std::move(order));
}

} // namespace bitstill
