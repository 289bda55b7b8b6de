#pragma once

#include "app/figures_dialog.h"
#include "app/inspector.h"

namespace bitstill {

/// The figures of a data set or a network in a window of their own, which stays open and follows the settings.
class LookWindow : public FiguresDialog {
    Q_OBJECT
public:
    LookWindow(const std::string& field, const Theme& theme, QWidget* parent);

    /// Of the settings.
    const std::string& field() const { return m_field; }
    /// Null: it is being looked for, what was there stays until it is found.
    void showLook(const QString& title, const OverviewPointer& look);
    /// Nothing can be looked at, for this reason.
    void showProblem(const QString& title, const Text& problem);

private:
    std::string m_field;
};

} // namespace bitstill
