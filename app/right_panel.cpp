#include "app/right_panel.h"

#include "app/glossary.h"
#include "app/lesson_page.h"
#include "app/markdown_page.h"
#include "app/preset_button.h"
#include "paint/theme.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr int kFrame = 2; ///< of the tab's page

} // namespace

RightPanel::RightPanel(const Actions& actions, const QString& language, LessonProgress& progress, QWidget* parent) :
    QTabWidget(parent), m_settings(new QWidget), m_presets(new PresetButton(actions, language)), m_scroll(new QScrollArea),
    m_lesson(new LessonPage(actions, language, progress))
{
    setObjectName(QStringLiteral("rightPanel"));
    setDocumentMode(true);
    setMaximumWidth(460);
    m_scroll->setObjectName(QStringLiteral("formScroll"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus); // its fields have it
    m_settings->setObjectName(QStringLiteral("settingsPage"));
    auto* column = new QVBoxLayout(m_settings);
    column->setContentsMargins({});
    column->setSpacing(0);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(16, 10, 16, 0);
    top->addWidget(m_presets);
    top->addStretch();
    column->addLayout(top);
    column->addWidget(m_scroll, 1);
    auto* terms = markdownPage("glossary");
    showMarkdown(*terms, glossaryMarkdown(language));
    connect(m_lesson, &LessonPage::opened, this, [this] { m_form->hideFields(m_lesson->lesson().hidden); });
    connect(m_lesson, &LessonPage::asked, this, [this] { setCurrentWidget(m_lesson); });
    connect(m_lesson, &LessonPage::tryAsked, this, &RightPanel::tryAsked);
    connect(m_lesson, &LessonPage::pageAsked, this, &RightPanel::pageAsked);
    addTab(m_settings, tr("Settings"));
    addTab(m_lesson, tr("Lesson"));
    addTab(terms, tr("Glossary"));
}

void RightPanel::setExperiment(const ExperimentInfo& info)
{
    m_presets->setExperiment(info.id);
    m_form = new SpecForm(info);
    m_scroll->setWidget(m_form);
    // It scrolls downwards only.
    m_form->ensurePolished();
    setMinimumWidth(m_form->minimumSizeHint().width() + m_scroll->verticalScrollBar()->sizeHint().width() + 2 * kFrame);
    connect(m_form, &SpecForm::edited, this, &RightPanel::edited);
    connect(m_form, &SpecForm::held, this, &RightPanel::held);
    connect(m_form, &SpecForm::lookAsked, this, &RightPanel::lookAsked);
    connect(m_form, &SpecForm::contrastChosen, this, &RightPanel::contrastChosen);
    connect(m_form, &SpecForm::restoreAsked, this, &RightPanel::defaultAsked);
    m_lesson->setExperiment(info);
}

void RightPanel::show(int tab)
{
    setCurrentIndex(tab);
    if (currentWidget() == m_settings)
        m_form->focusFirst();
    else
        currentWidget()->setFocus(Qt::ShortcutFocusReason);
}

void RightPanel::showFirstProblem()
{
    QWidget* problem = m_form->firstProblem();
    if (!problem) return;
    setCurrentWidget(m_settings);
    m_scroll->ensureWidgetVisible(problem);
}

} // namespace bitstill
