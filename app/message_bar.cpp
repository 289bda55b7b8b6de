#include "app/message_bar.h"

#include "app/actions.h"
#include "paint/translate.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace bitstill {

namespace {

/// A word is not broken, so one as long as a file's name can be would make the window wider than the screen.
QString withShortWords(const QString& text)
{
    constexpr qsizetype kLongest = 60;
    QStringList words = text.split(QLatin1Char(' '));
    for (QString& word : words)
        if (word.size() > kLongest) word = word.left(kLongest / 2) + QStringLiteral("…") + word.right(kLongest / 2 - 1);
    return words.join(QLatin1Char(' '));
}

} // namespace

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
    const QString fitting = withShortWords(text);
    m_text->setText(fitting);
    m_text->setToolTip(fitting == text ? QString() : asHelp(text));
    m_text->setAccessibleName(looks.name + QStringLiteral(": ") + text);
    setProperty("kind", looks.icon);
    restyle(*this);
    setVisible(!text.isEmpty());
}

} // namespace bitstill
