#pragma once

#include "app/document.h"
#include "paint/theme.h"
#include "widgets/figure_command.h"

#include <QDialog>

class QVBoxLayout;

namespace bitstill {

class FigureCard;

/// One figure of a document, large, as alive as in the grid: it follows the run, its menu works, and it can be dragged in.
class FigureWindow : public QDialog {
    Q_OBJECT
public:
    /// `origin`: of a figure that is not of the document's run.
    FigureWindow(Document& document, FigurePointer figure, std::optional<std::string> origin, const Theme& theme, QWidget* parent);

    Document& document() { return m_document; }
    /// Where the figure comes from.
    std::string provenance() const { return m_origin.value_or(m_document.provenance()); }
    FigureCard* card() const { return m_card; }
    /// Draws it anew in this theme, and in the language of the application.
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command);

private:
    void makeCard(FigurePointer figure, const Theme& theme);
    void follow();

    Document& m_document;
    std::optional<std::string> m_origin;
    QVBoxLayout* m_column;
    FigureCard* m_card = nullptr;
};

} // namespace bitstill
