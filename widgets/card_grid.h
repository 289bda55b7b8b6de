#pragma once

#include "engine/experiment/field.h"
#include "widgets/card_order.h"
#include "widgets/figure_card.h"

#include <QPointer>
#include <map>

namespace bitstill {

/// The figures of an experiment as cards that reflow with the width, in the order that a person gave them by the menus of the cards, by
/// keys (Ctrl+Shift with Home, Up, Down and End) or by dragging a title. Cards stay the same objects while their figures change.
class CardGrid : public QWidget {
    Q_OBJECT
public:
    explicit CardGrid(const Theme& theme, QWidget* parent = nullptr);

    /// In the experiment's order.
    void setFigures(const std::vector<FigurePointer>& figures);
    void setOrder(CardOrder order);
    const CardOrder& order() const { return m_order; }
    void clear() { setFigures({}); }
    /// How the live fields are set.
    void setSettings(const QString& settings);
    /// A live field is being moved, or is so no longer.
    void hold(bool moving);
    /// A click on a place of one that comes leads somewhere: placeChosen().
    void setLeading(bool leading) { m_leading = leading; }
    /// What somebody made of the cards, by their figures' ids; those that are still to come take it over too.
    std::map<std::string, FigureCard::State> states() const;
    void setStates(std::map<std::string, FigureCard::State> states) { m_states = std::move(states); }
    /// Null when there is none.
    FigureCard* cardOf(const Figure& figure) const;
    const std::vector<FigureCard*>& cards() const { return m_cards; }

Q_SIGNALS:
    void fieldChosen(const QString& field, const bitstill::Value& value);
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);
    void placeChosen(const bitstill::FigureCard* card, std::size_t place);
    /// By a person's hand.
    void orderChanged();
    /// A field is being moved on a figure, or is so no longer.
    void held(bool moving);

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    FigureCard* makeCard(const FigurePointer& figure);
    /// One zoom for all histograms.
    void link(bool linked);
    void tellLinks();
    void follow(const FigureCard& zoomed);
    void addOrderMenu(FigureCard& card);
    void change(CardOrder order);
    void pin(const FigureCard& card, bool pinned);
    void move(const FigureCard& card, int by);
    void drop(const FigureCard& card, QPoint position);
    void arrange();
    void chainFocus();

    Theme m_theme;
    CardOrder m_order;
    std::vector<FigurePointer> m_figures; ///< in the experiment's order
    QPoint m_dragFrom; ///< in the card whose title is held
    QPointer<FigureCard> m_dragged;
    bool m_dragging = false;
    std::vector<FigureCard*> m_cards;
    QString m_settings;
    std::map<std::string, FigureCard::State> m_states; ///< of figures that have not come yet
    bool m_linked = false, m_leading = false;
};

} // namespace bitstill
