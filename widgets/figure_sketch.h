#pragma once

#include "engine/experiment/catalogue.h"
#include "paint/theme.h"

#include <QWidget>

namespace bitstill {

/// A picture that is still to come, as an outline: its title and what kind of picture it will be, and no number.
class FigureSketch : public QWidget {
    Q_OBJECT
public:
    FigureSketch(const ExpectedFigure& figure, const Theme& theme, QWidget* parent = nullptr);

    int span() const { return m_figure.span; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString kind() const;

    ExpectedFigure m_figure;
    Theme m_theme;
};

} // namespace bitstill
