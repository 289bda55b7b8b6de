#pragma once

#include "app/document.h"
#include "paint/theme.h"
#include "widgets/figure_command.h"

#include <QStackedWidget>

class QScrollArea;

namespace bitstill {

class CardGrid;
class ExpectedPage;

/// The middle of the window: the figures of a document or, while there are none, what they will be.
class FiguresPage : public QStackedWidget {
    Q_OBJECT
public:
    explicit FiguresPage(const Theme& theme, QWidget* parent = nullptr);

    /// Another document: nothing of the one before stays.
    void look(const Document& document);
    void showFigures(const Document& document);
    /// Its settings, on which depends how long it takes.
    void showSettings(const Document& document);
    void showState(const Document& document);

    CardGrid* grid() const { return m_grid; }
    /// How far it is scrolled.
    int position() const;
    void setPosition(int position);

Q_SIGNALS:
    void fieldChosen(const QString& field, const bitstill::Value& value);
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);

private:
    void showTime(const Document& document);
    static QScrollArea* scrolling(QWidget* page, const char* name);

    CardGrid* m_grid;
    ExpectedPage* m_expected;
    QScrollArea *m_figures, *m_before;
    QString m_orderKey; ///< of the experiment, among the settings
};

} // namespace bitstill
