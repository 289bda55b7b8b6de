#include "app/right_panel.h"

#include "widgets/theme.h"

#include <QFile>
#include <QScrollArea>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextList>

namespace bitstill {

namespace {

constexpr int kFrame = 2; ///< of the tab's page

/// Markdown comes without air between its paragraphs.
void spaceOut(QTextDocument& document)
{
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        QTextBlockFormat format = block.blockFormat();
        format.setTopMargin(format.headingLevel() > 0 ? 14 : 2);
        format.setBottomMargin(block.textList() ? 4 : 8);
        format.setLineHeight(125, QTextBlockFormat::ProportionalHeight);
        QTextCursor(block).setBlockFormat(format);
    }
}

} // namespace

RightPanel::RightPanel(const QString& language, QWidget* parent) :
    QTabWidget(parent), m_language(language), m_scroll(new QScrollArea), m_lesson(new QTextBrowser)
{
    setObjectName(QStringLiteral("rightPanel"));
    setDocumentMode(true);
    setMaximumWidth(460);
    m_scroll->setObjectName(QStringLiteral("formScroll"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_lesson->setObjectName(QStringLiteral("lesson"));
    m_lesson->setOpenLinks(false);
    m_lesson->setFrameShape(QFrame::NoFrame);
    m_lesson->document()->setDocumentMargin(14);
    addTab(m_scroll, tr("Settings"));
    addTab(m_lesson, tr("Lesson"));
}

void RightPanel::setExperiment(const ExperimentInfo& info)
{
    m_form = new SpecForm(info);
    m_scroll->setWidget(m_form);
    // It scrolls downwards only.
    m_form->ensurePolished();
    setMinimumWidth(m_form->minimumSizeHint().width() + m_scroll->verticalScrollBar()->sizeHint().width() + 2 * kFrame);
    connect(m_form, &SpecForm::edited, this, &RightPanel::edited);
    connect(m_form, &SpecForm::contrastChosen, this, &RightPanel::contrastChosen);
    const QString base = QStringLiteral(":/lessons/") + QString::fromStdString(info.id);
    QFile file(base + QLatin1Char('.') + m_language + QStringLiteral(".md"));
    if (!file.exists()) file.setFileName(base + QStringLiteral(".md"));
    if (file.open(QIODevice::ReadOnly)) m_lesson->setMarkdown(QString::fromUtf8(file.readAll()));
    m_lesson->document()->setIndentWidth(18);
    spaceOut(*m_lesson->document());
    m_lesson->moveCursor(QTextCursor::Start);
}

void RightPanel::showFirstProblem()
{
    QWidget* problem = m_form->firstProblem();
    if (!problem) return;
    setCurrentWidget(m_scroll);
    m_scroll->ensureWidgetVisible(problem);
}

} // namespace bitstill
