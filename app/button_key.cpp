#include "app/button_key.h"

#include <QShortcutEvent>

namespace bitstill {

namespace {

class ClickAtOnce : public QObject {
public:
    explicit ClickAtOnce(QAbstractButton& button) : QObject(&button), m_button(button) { button.installEventFilter(this); }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() != QEvent::Shortcut || static_cast<QShortcutEvent*>(event)->isAmbiguous())
            return QObject::eventFilter(watched, event);
        m_button.click();
        return true;
    }

private:
    QAbstractButton& m_button;
};

} // namespace

void setKey(QAbstractButton& button, const QKeySequence& key)
{
    button.setShortcut(key);
    new ClickAtOnce(button);
}

} // namespace bitstill
