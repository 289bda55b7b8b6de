#pragma once

#include "engine/experiment/field.h"
#include "widgets/figure_view.h"

class QMenu;
class QToolButton;

namespace bitstill {

/// A figure in its frame: header, body, menu (also on right click).
class FigureCard : public QWidget {
    Q_OBJECT
public:
    FigureCard(const Theme& theme, FigurePointer figure, QWidget* parent = nullptr);

    void setFigure(FigurePointer figure);
    const FigurePointer& figure() const { return m_view->figure(); }
    int span() const { return figure()->span; }
    /// Width below which what it shows would be cut short.
    int neededWidth() const;
    /// Height that shows all of it at this width; charts take any from the default on.
    int wantedHeight(int width) const;

Q_SIGNALS:
    void fieldChosen(const QString& field, const bitstill::Value& value);
    /// "png", "svg", "pdf", "csv", "clipboard", "table" or "enlarge".
    void asked(const QString& what);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    struct Measured {
        qreal width = -1; ///< it holds for this one
        qreal header = 0, body = 0;
    };

    void makeMenu();
    void arrange();
    const Measured& measured(qreal inner) const;

    Theme m_theme;
    FigureView* m_view;
    QToolButton* m_menuButton;
    QMenu* m_menu = nullptr;
    mutable Measured m_measured;
    qreal m_headerHeight = 0;
};

} // namespace bitstill
