#pragma once

#include "engine/experiment/catalogue.h"
#include "paint/theme.h"

#include <QWidget>

class QLabel;

namespace bitstill {

/// While an experiment has nothing to show: what it asks, how to begin, how long that takes, and outlines of what will be drawn.
class ExpectedPage : public QWidget {
    Q_OBJECT
public:
    explicit ExpectedPage(const Theme& theme, QWidget* parent = nullptr);

    void setExperiment(const ExperimentInfo& info);
    void setHint(const QString& hint);
    void setTime(const QString& time);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    class Sketches;

    Theme m_theme;
    QLabel *m_question, *m_hint, *m_time;
    Sketches* m_sketches;
};

} // namespace bitstill
