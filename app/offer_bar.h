#pragma once

#include "engine/core/text.h"

#include <QFrame>

class QLabel;

namespace bitstill {

/// A question above the figures, with a button that says yes. It stays until it is answered.
class OfferBar : public QFrame {
    Q_OBJECT
public:
    explicit OfferBar(QWidget* parent = nullptr);

    /// Hides when there is nothing to ask.
    void ask(const Text& question);

Q_SIGNALS:
    void accepted();
    void declined();

private:
    QLabel* m_question;
};

} // namespace bitstill
