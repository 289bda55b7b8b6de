#pragma once

#include "engine/experiment/field.h"
#include "paint/figure_header.h"
#include "widgets/figure_command.h"
#include "widgets/figure_view.h"

class QAction;
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

    /// What somebody made of it.
    struct State {
        ShownAs as{};
        ChartZoom::Part part{};
        std::vector<KeptFigure> kept{};
    };
    State state() const { return {m_as, m_view->part(), m_kept}; }
    void setState(const State& state);
    /// How the live fields are set: what a picture that is kept will be called.
    void setSettings(const QString& settings) { m_settings = settings; }
    /// A live field is being moved, or is so no longer: meanwhile the picture as of now stays as an outline.
    void hold(bool held) { m_view->hold(held); }
    /// A click on a place of it leads somewhere: placeChosen().
    void setLeading(bool leading) { m_view->setLeading(leading); }
    /// In its place on the screen; where the card is when that cannot be seen.
    QPoint pointAt(std::size_t place) const;
    /// Its zoom can be tied to that of others.
    bool isHistogram() const;
    /// By whoever has the others: nothing where there are none.
    void setLinked(std::optional<bool> linked) { m_linked = linked; }
    void showSameX(const FigureCard& other);
    int span() const { return figure()->span; }
    /// Width below which what it shows would be cut short.
    int neededWidth() const;
    /// Height that shows all of it at this width; charts take any from the default on.
    int wantedHeight(int width) const;

Q_SIGNALS:
    void fieldChosen(const QString& field, const bitstill::Value& value);
    void asked(bitstill::FigureCommand command);
    void placeChosen(std::size_t place);
    void fieldHeld(bool held);
    void partChosen();
    void linkAsked(bool linked);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    struct Measured {
        qreal width = -1; ///< it holds for this one
        qreal header = 0, body = 0, least = 0;
    };

    void makeMenu();
    void makeViewMenu();
    void fillMenu();
    void fillSeriesMenu();
    void fillViewMenu();
    void wantAs(const ShownAs& as);
    void setKept(std::vector<KeptFigure> kept);
    void keep();
    FigureHeader header() const { return {*figure(), m_theme, m_as.hidden, keptNames()}; }
    QStringList keptNames() const;
    QRectF headerArea() const;
    /// Of the legend, the name at this place; empty where there is none.
    QString nameAt(const QPointF& position) const;
    /// One name is always left. What was kept goes away.
    void toggleSeries(const QString& name);
    void arrange();
    const Measured& measured(qreal inner) const;

    Theme m_theme;
    FigureView* m_view;
    QToolButton* m_menuButton;
    QMenu *m_menu = nullptr, *m_series = nullptr;
    QAction *m_flipX = nullptr, *m_flipY = nullptr, *m_link = nullptr, *m_keep = nullptr, *m_forget = nullptr;
    ShownAs m_as;
    QString m_pressed; ///< of the legend, the name that the mouse went down on
    std::vector<KeptFigure> m_kept;
    QString m_settings;
    std::optional<bool> m_linked;
    mutable Measured m_measured;
    qreal m_headerHeight = 0;
};

} // namespace bitstill
