#pragma once

#include "app/document.h"
#include "paint/theme.h"

#include <QFrame>

class QLabel;

namespace bitstill {

/// One sentence above the figures. Errors, hints and what is done differ in icon, colour and accessible name.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    explicit MessageBar(const Theme& theme, QWidget* parent = nullptr);

    /// Hides when there is nothing to say.
    void show(const Notice& notice);

Q_SIGNALS:
    void closed();

private:
    Theme m_theme;
    QLabel *m_icon, *m_text;
};

} // namespace bitstill
