#pragma once

#include <QScrollArea>

class QButtonGroup;
class QVBoxLayout;

namespace bitstill {

class Actions;

/// The experiments in the order of the course, and the switches for language and theme.
class Sidebar : public QScrollArea {
    Q_OBJECT
public:
    explicit Sidebar(const Actions& actions, QWidget* parent = nullptr);

    void select(const QString& experiment);
    /// What became of the experiment's run.
    enum class State { None, Running, There };
    void setState(const QString& experiment, State state);

    /// As wide as what is in it: it scrolls downwards only.
    QSize minimumSizeHint() const override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void addExperiments(const Actions& actions, QVBoxLayout& column);

    QButtonGroup* m_buttons;
};

} // namespace bitstill
