#pragma once

#include "engine/experiment/session.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QSlider;

namespace bitstill {

/// The scrubber over the marks of a run, and how far it is.
class BottomBar : public QWidget {
    Q_OBJECT
public:
    explicit BottomBar(QWidget* parent = nullptr);

    void setSnapshot(const Snapshot& snapshot);
    void clear();
    /// Which mark is looked at; −1: now.
    int mark() const { return m_mark; }

Q_SIGNALS:
    void markChosen(int mark);

private:
    void showPosition();

    QLabel *m_when, *m_doing;
    QSlider* m_slider;
    QProgressBar* m_progress;
    std::vector<Mark> m_marks;
    int m_mark = -1;
};

} // namespace bitstill
