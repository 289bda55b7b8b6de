#pragma once

#include "engine/experiment/field.h"
#include "engine/experiment/figure.h"
#include "widgets/figure_chart.h"

#include <QChartView>
#include <QWidget>

namespace bitstill {

/// Shows the body of one figure and follows it as it changes.
class FigureView : public QWidget {
    Q_OBJECT
public:
    explicit FigureView(const Theme& theme, QWidget* parent = nullptr);

    /// The figure may be another one of the same kind and id. Hidden views keep it and draw when they are shown.
    void setFigure(FigurePointer figure);
    const FigurePointer& figure() const { return m_figure; }

Q_SIGNALS:
    /// A marker was dragged or a bar clicked: the live field it belongs to should have this value.
    void fieldChosen(const QString& field, const bitstill::Value& value);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void apply();
    int markerAt(const QPointF& position) const;
    int categoryAt(const QPointF& position) const;
    void drag(const QPointF& position);

    Theme m_theme;
    FigurePointer m_figure;
    bool m_dirty = false;
    std::unique_ptr<FigureChart> m_chart; ///< when the figure is a chart
    QChartView* m_view = nullptr;
    int m_dragged = -1; ///< marker
};

/// Is the body drawn by Qt Charts?
bool isChart(const Figure& figure);

} // namespace bitstill
