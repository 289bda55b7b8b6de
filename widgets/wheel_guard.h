#pragma once

#include <QWidget>

namespace bitstill {

/// A turn of the wheel scrolls what lies around; a slider or box changes with it only after it was clicked, and until the
/// pointer leaves it. The focus alone is no sign: a field keeps it while the form scrolls under the pointer.
class WheelGuard : public QObject {
public:
    static void install(QWidget* control) { control->installEventFilter(new WheelGuard(control)); }

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    explicit WheelGuard(QWidget* control) : QObject(control) { }

    bool m_clicked = false;
};

} // namespace bitstill
