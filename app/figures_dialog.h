#pragma once

#include "paint/theme.h"
#include "widgets/figure_card.h"

#include <QDialog>

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace bitstill {

class CardGrid;

/// A window of figures, with a word above them where there is something to say.
class FiguresDialog : public QDialog {
    Q_OBJECT
public:
    void setTheme(const Theme& theme);
    CardGrid& grid() const { return *m_grid; }

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);
    void placeChosen(const bitstill::FigureCard* card, std::size_t place);
    /// One of what sayLinked() said.
    void linkChosen(const QString& link);

protected:
    FiguresDialog(const QString& name, const Theme& theme, QSize wanted, QWidget* parent);

    /// `role` is one of the style sheet's; no words: nothing is said.
    void say(const QString& words, const char* role);
    /// HTML with links.
    void sayLinked(const QString& html);
    void showFigures(const std::vector<FigurePointer>& figures);
    /// What stands above the figures.
    QVBoxLayout& above() { return *m_above; }
    /// A click on a place of a figure leads somewhere: placeChosen().
    void setLeading(bool leading);

private:
    QVBoxLayout* m_above;
    QLabel* m_status;
    QScrollArea* m_scroll;
    CardGrid* m_grid = nullptr;
    bool m_leading = false;
};

} // namespace bitstill
