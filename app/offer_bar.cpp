#include "app/offer_bar.h"

#include "paint/translate.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace bitstill {

OfferBar::OfferBar(QWidget* parent) : QFrame(parent), m_question(new QLabel)
{
    setObjectName(QStringLiteral("offer"));
    m_question->setObjectName(QStringLiteral("offerText"));
    m_question->setWordWrap(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 8, 6);
    row->setSpacing(8);
    row->addWidget(m_question, 1);
    const auto add = [&](const QString& label, const char* name, const QString& help, auto signal) {
        auto* button = new QPushButton(label);
        button->setObjectName(QLatin1String(name));
        button->setToolTip(help);
        button->setAccessibleDescription(help);
        row->addWidget(button);
        connect(button, &QPushButton::clicked, this, signal);
    };
    add(tr("Run it &again"), "offerAccept", tr("Opens its settings and starts it from the beginning"), &OfferBar::accepted);
    add(tr("Do &not"), "offerDecline", tr("Forgets the run; its settings are in the form of its experiment"), &OfferBar::declined);
    hide();
}

void OfferBar::ask(const Text& question)
{
    m_question->setText(toQString(question));
    setVisible(!question.empty());
}

} // namespace bitstill
