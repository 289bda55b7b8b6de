#include "app/lesson_page.h"

#include "app/actions.h"
#include "app/lesson_progress.h"
#include "app/markdown_page.h"
#include "paint/translate.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QTextBlock>
#include <QTextBrowser>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

namespace {

const QString kTick = QString::fromUtf8("✓ ");

struct LinkStart {
    int position;
    QTextCharFormat format;
};

/// Where the links of a page begin, in their order, that are to have a tick and have none yet.
template <class IsDone> std::vector<LinkStart> unticked(const QTextDocument& page, const IsDone& isDone)
{
    std::vector<LinkStart> places;
    for (QTextBlock block = page.begin(); block.isValid(); block = block.next()) {
        QString before;
        for (auto part = block.begin(); !part.atEnd(); ++part) {
            const QString link = part.fragment().charFormat().anchorHref();
            if (link != before && isDone(link.toStdString()) && !part.fragment().text().startsWith(kTick))
                places.push_back({part.fragment().position(), part.fragment().charFormat()});
            before = link;
        }
    }
    return places;
}

} // namespace

LessonPage::LessonPage(const Actions& actions, QString language, LessonProgress& progress, QWidget* parent) :
    QWidget(parent), m_language(std::move(language)), m_progress(progress), m_menu(new QToolButton), m_done(new QLabel),
    m_page(markdownPage("lesson"))
{
    setObjectName(QStringLiteral("lessonPage"));
    setFocusProxy(m_page);
    m_page->setAccessibleName(tr("Lesson"));
    m_menu->setObjectName(QStringLiteral("lessons"));
    m_menu->setText(tr("Lesson") + QStringLiteral("  ▾"));
    m_menu->setToolTip(actions.of("lessons").toolTip());
    m_menu->setAccessibleName(tr("Lessons"));
    m_menu->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("menu.lessons"));
    m_menu->setMenu(menu);
    m_done->setObjectName(QStringLiteral("lessonDone"));
    m_done->setProperty("role", "muted");
    m_done->setToolTip(tr("What a finished run or its live figures have shown, by a link or by hand"));
    auto* top = new QHBoxLayout;
    top->setContentsMargins(16, 10, 16, 4);
    top->addWidget(m_menu);
    top->addStretch();
    top->addWidget(m_done);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->setSpacing(0);
    column->addLayout(top);
    column->addWidget(m_page, 1);
    connect(&actions.of("lessons"), &QAction::triggered, this, [this] {
        Q_EMIT asked();
        m_menu->showMenu();
    });
    connect(menu, &QMenu::aboutToShow, this, &LessonPage::fillMenu);
    connect(m_page, &QTextBrowser::anchorClicked, this, &LessonPage::follow);
    connect(&m_progress, &LessonProgress::changed, this, [this](const QString& experiment) {
        if (m_info && experiment.toStdString() == m_info->id) showProgress();
    });
}

void LessonPage::setExperiment(const ExperimentInfo& info)
{
    m_info = &info;
    display();
}

void LessonPage::display()
{
    const QString lesson = markdownResource(QStringLiteral("lessons/") + QString::fromStdString(m_info->id), m_language);
    m_items = lessonItems(lesson.toStdString(), *m_info);
    showMarkdown(*m_page, lesson);
    m_progress.expect(m_info->id, m_items);
    showProgress();
}

void LessonPage::fillMenu()
{
    QMenu& menu = *m_menu->menu();
    menu.clear();
    QAction* forget = menu.addAction(tr("Forget what was tried"), this, [this] {
        m_progress.forget(m_info->id);
        display();
    });
    forget->setObjectName(QStringLiteral("forgetTried"));
    forget->setEnabled(std::ranges::any_of(m_items, [this](const LessonItem& item) { return m_progress.isDone(m_info->id, item); }));
}

void LessonPage::follow(const QUrl& link)
{
    const std::string name = link.toString().toStdString();
    if (!isLessonItem(name)) Q_EMIT pageAsked(link.toString());
    for (const LessonItem& item : m_items)
        if (item.link == name) Q_EMIT tryAsked(item.values);
}

void LessonPage::showProgress()
{
    const auto isDone = [this](const std::string& link) {
        const auto item = std::ranges::find(m_items, link, &LessonItem::link);
        return item != m_items.end() && m_progress.isDone(m_info->id, *item);
    };
    const auto done = std::ranges::count_if(m_items, [&](const LessonItem& item) { return isDone(item.link); });
    m_done->setText(m_items.empty() ? QString() : tr("%1 of %2 tried").arg(done).arg(m_items.size()));
    // In place: where one reads, and the link that has the keyboard, stay.
    const std::vector<LinkStart> places = unticked(*m_page->document(), isDone);
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
        QTextCursor cursor(m_page->document());
        cursor.setPosition(place->position);
        cursor.insertText(kTick, place->format);
    }
}

} // namespace bitstill
