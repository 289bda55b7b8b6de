#pragma once

#include "app/document.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QSlider;

namespace bitstill {

/// The scrubber over the marks of a run, how far it is, and what it is doing.
class BottomBar : public QWidget {
    Q_OBJECT
public:
    explicit BottomBar(QWidget* parent = nullptr);

    void show(const Document& document);

Q_SIGNALS:
    void markChosen(int mark);

private:
    static QString doing(const Snapshot& snapshot);
    static QString settingsOf(const Mark& mark, const Document& document);

    QLabel *m_when, *m_doing, *m_step;
    QSlider* m_slider;
    QProgressBar* m_progress;
};

} // namespace bitstill
