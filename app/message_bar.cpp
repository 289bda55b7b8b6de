#include "app/message_bar.h"

#include "paint/translate.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace bitstill {

MessageBar::MessageBar(const Theme& theme, QWidget* parent) : QFrame(parent), m_theme(theme), m_icon(new QLabel), m_text(new QLabel)
{
    setObjectName(QStringLiteral("message"));
    m_text->setObjectName(QStringLiteral("messageText"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* close = new QToolButton;
    close->setText(QStringLiteral("✕"));
    close->setProperty("role", "flat");
    close->setObjectName(QStringLiteral("action.closeMessage"));
    close->setToolTip(tr("Close the message"));
    close->setAccessibleName(tr("Close the message"));
    connect(close, &QToolButton::clicked, this, &MessageBar::closed);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 8, 8, 8);
    row->setSpacing(10);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addWidget(m_text, 1);
    row->addWidget(close, 0, Qt::AlignTop);
    hide();
}

void MessageBar::show(const Notice& notice)
{
    struct Looks {
        QString name, icon;
        QColor color;
    };
    const Looks looks = notice.kind == Notice::Kind::Error ? Looks{tr("Error"), QStringLiteral("error"), m_theme.problem}
        : notice.kind == Notice::Kind::Done                ? Looks{tr("Done"), QStringLiteral("done"), m_theme.train}
                                                           : Looks{tr("Hint"), QStringLiteral("hint"), m_theme.accent};
    const QString text = toQString(notice.text);
    m_icon->setPixmap(icon(looks.icon, looks.color).pixmap(16, 16));
    m_icon->setAccessibleName(looks.name);
    m_icon->setToolTip(looks.name);
    m_text->setText(text);
    m_text->setAccessibleName(looks.name + QStringLiteral(": ") + text);
    setProperty("kind", looks.icon);
    restyle(*this);
    setVisible(!text.isEmpty());
}

} // namespace bitstill
