#include "widgets/wheel_guard.h"

#include <QEvent>

namespace bitstill {

bool WheelGuard::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::MouseButtonPress: m_clicked = true; return false;
    case QEvent::Leave:
    case QEvent::FocusOut: m_clicked = false; return false;
    case QEvent::Wheel: break;
    default: return false;
    }
    if (m_clicked && static_cast<QWidget*>(watched)->hasFocus()) return false;
    event->ignore();
    return true;
}

} // namespace bitstill
