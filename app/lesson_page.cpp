#include "app/lesson_page.h"

#include "app/actions.h"
#include "app/lesson_progress.h"
#include "app/lesson_terms.h"
#include "app/markdown_page.h"
#include "app/settings.h"
#include "paint/translate.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QTextBlock>
#include <QTextBrowser>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWhatsThis>
#include <algorithm>

namespace bitstill {

namespace {

constexpr int kMenuWidth = 130; ///< pixels of a title
const QString kTick = QString::fromUtf8("✓ ");

QString chosenKey(const ExperimentInfo& info) { return QStringLiteral("lessons/chosen/") + QString::fromStdString(info.id); }

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
    m_menu->setToolTip(actions.of("lessons").toolTip());
    m_menu->setAccessibleName(tr("Lessons"));
    m_menu->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("menu.lessons"));
    menu->setToolTipsVisible(true); // what is wrong with one
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

void LessonPage::choose(const QString& name)
{
    Settings::remember(chosenKey(*m_info), name);
    display();
}

/// Reads the one that is chosen, or Bitstill's where that is gone.
void LessonPage::display()
{
    const QString name = Settings::recalled(chosenKey(*m_info)).toString();
    m_lesson = bundledLesson(*m_info, m_language);
    if (!name.isEmpty())
        for (Lesson& own : ownLessons(*m_info, m_language))
            if (own.name == name) m_lesson = std::move(own);
    if (m_lesson.problem.empty()) {
        showMarkdown(*m_page, m_lesson.markdown, m_lesson.name.isEmpty() ? Html::Read : Html::Shown);
        markTerms(*m_page->document(), m_language);
    } else {
        m_page->setCurrentCharFormat({}); // that of a heading, else
        m_page->setPlainText(tr("This lesson cannot be shown.") + QStringLiteral("\n\n") + toQString(m_lesson.problem));
    }
    const QString words = m_lesson.name.isEmpty() ? tr("Lesson") : m_lesson.title;
    m_menu->setText(m_menu->fontMetrics().elidedText(asItem(words), Qt::ElideRight, kMenuWidth) + QStringLiteral("  ▾"));
    m_progress.expect(m_info->id, m_lesson.items);
    showProgress();
    Q_EMIT opened();
}

void LessonPage::addLesson(const Lesson& lesson)
{
    const QString title = (lesson.problem.empty() ? QString() : QString::fromUtf8("⚠ ")) + lesson.title;
    QAction* open = m_menu->menu()->addAction(asItem(title), this, [this, name = lesson.name] { choose(name); });
    open->setObjectName(QStringLiteral("lesson.") + lesson.name);
    open->setCheckable(true);
    open->setChecked(lesson.name == m_lesson.name);
    const QString help = lesson.problem.empty() ? lesson.title : toQString(lesson.problem);
    open->setToolTip(asHelp(help));
}

void LessonPage::fillMenu()
{
    QMenu& menu = *m_menu->menu();
    menu.clear();
    addLesson(bundledLesson(*m_info, m_language));
    menu.addSeparator();
    const std::vector<Lesson> own = ownLessons(*m_info, m_language);
    for (const Lesson& lesson : own) addLesson(lesson);
    if (own.empty()) menu.addAction(asItem(tr("Yours would be in %1").arg(lessonFolder())))->setEnabled(false);
    menu.addSeparator();
    menu.addAction(tr("Read this lesson anew"), this, &LessonPage::display)->setObjectName(QStringLiteral("reloadLesson"));
    QAction* forget = menu.addAction(tr("Forget what was tried"), this, [this] {
        m_progress.forget(m_info->id);
        display();
    });
    forget->setObjectName(QStringLiteral("forgetTried"));
    forget->setEnabled(std::ranges::any_of(m_lesson.items, [this](const LessonItem& item) { return m_progress.isDone(m_info->id, item); }));
}

void LessonPage::follow(const QUrl& link)
{
    if (const QString meaning = meaningBehind(link, m_language); !meaning.isEmpty())
        return QWhatsThis::showText(m_page->viewport()->mapToGlobal(m_page->cursorRect().bottomLeft()), meaning, m_page);
    if (!isLessonItem(link.toString().toStdString())) Q_EMIT pageAsked(link.toString());
    for (const LessonItem& item : m_lesson.items)
        if (QUrl(QString::fromStdString(item.link)) == link) Q_EMIT tryAsked(item.values);
}

void LessonPage::showProgress()
{
    const auto isDone = [this](const std::string& link) {
        const auto item = std::ranges::find(m_lesson.items, link, &LessonItem::link);
        return item != m_lesson.items.end() && m_progress.isDone(m_info->id, *item);
    };
    const auto done = std::ranges::count_if(m_lesson.items, [&](const LessonItem& item) { return isDone(item.link); });
    m_done->setText(m_lesson.items.empty() ? QString() : tr("%1 of %2 tried").arg(done).arg(m_lesson.items.size()));
    // In place: where one reads, and the link that has the keyboard, stay.
    const std::vector<LinkStart> places = unticked(*m_page->document(), isDone);
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
        QTextCursor cursor(m_page->document());
        cursor.setPosition(place->position);
        cursor.insertText(kTick, place->format);
    }
}

} // namespace bitstill
