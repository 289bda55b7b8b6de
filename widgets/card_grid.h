#pragma once

#include "engine/experiment/field.h"
#include "widgets/figure_card.h"

namespace bitstill {

/// The figures of an experiment as cards that reflow with the width. Cards stay the same objects while their figures
/// change.
class CardGrid : public QWidget {
    Q_OBJECT
public:
    explicit CardGrid(const Theme& theme, QWidget* parent = nullptr);

    void setFigures(const std::vector<FigurePointer>& figures);
    void clear() { setFigures({}); }
    const std::vector<FigureCard*>& cards() const { return m_cards; }

Q_SIGNALS:
    void fieldChosen(const QString& field, const bitstill::Value& value);
    void asked(const bitstill::FigurePointer& figure, const QString& what);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    Theme m_theme;
    std::vector<FigureCard*> m_cards;
};

} // namespace bitstill
