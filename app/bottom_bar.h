#pragma once

#include "app/document.h"

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QProgressBar;
class QSlider;
class QToolButton;

namespace bitstill {

class Actions;

/// The scrubber over the marks of a run, how far it is, and what it is doing.
class BottomBar : public QWidget {
    Q_OBJECT
public:
    explicit BottomBar(const Actions& actions, QWidget* parent = nullptr);

    void show(const Document& document);

Q_SIGNALS:
    void markChosen(int mark);

private:
    void addMoments(const Actions& actions, QHBoxLayout& row);
    static QString doing(const Snapshot& snapshot);
    static QString settingsOf(const Mark& mark, const Document& document);

    QWidget* m_moments; ///< the buttons that move through them
    QLabel *m_when, *m_doing, *m_step;
    QSlider* m_slider;
    QToolButton* m_branch; ///< only at an earlier moment
    QProgressBar* m_progress;
};

} // namespace bitstill
