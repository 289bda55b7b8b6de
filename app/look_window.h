#pragma once

#include "app/inspector.h"
#include "paint/theme.h"
#include "widgets/figure_command.h"

#include <QDialog>

class QLabel;
class QScrollArea;

namespace bitstill {

class CardGrid;

/// The figures of a data set or a network in a window of their own, which stays open and follows the settings.
class LookWindow : public QDialog {
    Q_OBJECT
public:
    LookWindow(const std::string& field, const Theme& theme, QWidget* parent);

    /// Of the settings.
    const std::string& field() const { return m_field; }
    /// Null: it is being looked for, what was there stays until it is found.
    void showLook(const QString& title, const OverviewPointer& look);
    /// Nothing can be looked at, for this reason.
    void showProblem(const QString& title, const Text& problem);
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);

private:
    void say(const QString& words, const char* role);

    std::string m_field;
    QLabel* m_status;
    QScrollArea* m_scroll;
    CardGrid* m_grid = nullptr;
};

} // namespace bitstill
