#include "app/right_panel.h"

#include "app/glossary.h"
#include "app/markdown_page.h"
#include "paint/theme.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QTextBrowser>

namespace bitstill {

namespace {

constexpr int kFrame = 2; ///< of the tab's page

} // namespace

RightPanel::RightPanel(const QString& language, QWidget* parent) :
    QTabWidget(parent), m_language(language), m_scroll(new QScrollArea), m_lesson(markdownPage("lesson"))
{
    setObjectName(QStringLiteral("rightPanel"));
    setDocumentMode(true);
    setMaximumWidth(460);
    m_scroll->setObjectName(QStringLiteral("formScroll"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus); // its fields have it
    auto* terms = markdownPage("glossary");
    showMarkdown(*terms, glossaryMarkdown(language));
    connect(m_lesson, &QTextBrowser::anchorClicked, this, [this](const QUrl& page) { Q_EMIT pageAsked(page.toString()); });
    addTab(m_scroll, tr("Settings"));
    addTab(m_lesson, tr("Lesson"));
    addTab(terms, tr("Glossary"));
}

void RightPanel::setExperiment(const ExperimentInfo& info)
{
    m_form = new SpecForm(info);
    m_scroll->setWidget(m_form);
    // It scrolls downwards only.
    m_form->ensurePolished();
    setMinimumWidth(m_form->minimumSizeHint().width() + m_scroll->verticalScrollBar()->sizeHint().width() + 2 * kFrame);
    connect(m_form, &SpecForm::edited, this, &RightPanel::edited);
    connect(m_form, &SpecForm::held, this, &RightPanel::held);
    connect(m_form, &SpecForm::lookAsked, this, &RightPanel::lookAsked);
    connect(m_form, &SpecForm::contrastChosen, this, &RightPanel::contrastChosen);
    showMarkdown(*m_lesson, markdownResource(QStringLiteral("lessons/") + QString::fromStdString(info.id), m_language));
}

void RightPanel::showFirstProblem()
{
    QWidget* problem = m_form->firstProblem();
    if (!problem) return;
    setCurrentWidget(m_scroll);
    m_scroll->ensureWidgetVisible(problem);
}

} // namespace bitstill
