#pragma once

#include "app/sweep_window.h"

namespace bitstill {

/// The windows on sweeps, and the processes that they started.
class Sweeps : public QObject {
    Q_OBJECT
public:
    explicit Sweeps(QWidget* window) : QObject(window), m_window(window) { }

    /// Draws all anew in this theme and language.
    void setLook(const Theme& theme, const QString& language);
    /// One of these settings; where there is a window on such a sweep, it takes them unless it runs.
    void plan(const Spec& spec);
    /// A folder, or the sweep.json in it.
    void open(const QString& path);

Q_SIGNALS:
    void asked(const bitstill::FigurePointer& figure, bitstill::FigureCommand command, bitstill::SweepWindow* window);
    void runAsked(const bitstill::Spec& spec);

private:
    SweepWindow* windowOf(const QString& name);

    QWidget* m_window;
    Theme m_theme = Theme::light();
    QString m_language;
};

} // namespace bitstill
