#pragma once

#include "app/document.h"
#include "widgets/theme.h"

#include <QDialog>

class QVBoxLayout;

namespace bitstill {

class FigureCard;

/// One figure of a document, large, as alive as in the grid: it follows the run, its menu works, and it can be dragged in.
class FigureWindow : public QDialog {
    Q_OBJECT
public:
    FigureWindow(Document& document, FigurePointer figure, const Theme& theme, QWidget* parent);

    Document& document() { return m_document; }
    /// Draws it anew in this theme, and in the language of the application.
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, const QString& what);

private:
    void makeCard(FigurePointer figure, const Theme& theme);
    void follow();

    Document& m_document;
    QVBoxLayout* m_column;
    FigureCard* m_card = nullptr;
};

} // namespace bitstill
