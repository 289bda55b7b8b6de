#include "app/bottom_bar.h"

#include "widgets/translate.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QSlider>
#include <cmath>

namespace bitstill {

BottomBar::BottomBar(QWidget* parent) :
    QWidget(parent), m_when(new QLabel), m_doing(new QLabel), m_slider(new QSlider(Qt::Horizontal)), m_progress(new QProgressBar)
{
    setObjectName(QStringLiteral("bottomBar"));
    setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(18, 8, 18, 8);
    row->setSpacing(12);
    m_when->setMinimumWidth(90);
    m_slider->setObjectName(QStringLiteral("scrubber"));
    m_slider->setAccessibleName(tr("Moments of the run"));
    m_slider->setToolTip(tr("Shows all figures as they were at an earlier moment"));
    m_doing->setProperty("role", "muted");
    m_doing->setObjectName(QStringLiteral("doing"));
    m_doing->setMinimumWidth(240);
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_progress->setFixedWidth(140);
    m_progress->setAccessibleName(tr("Progress"));
    row->addWidget(m_when);
    row->addWidget(m_slider, 1);
    row->addStretch();
    row->addWidget(m_progress);
    row->addWidget(m_doing);
    connect(m_slider, &QSlider::valueChanged, this, [this](int position) {
        m_mark = position < static_cast<int>(m_marks.size()) ? position : -1;
        showPosition();
        Q_EMIT markChosen(m_mark);
    });
    clear();
}

void BottomBar::clear()
{
    m_marks.clear();
    m_mark = -1;
    const QSignalBlocker quiet(m_slider);
    m_slider->setRange(0, 0);
    m_slider->hide();
    m_when->hide();
    m_progress->setValue(0);
    m_doing->setText(tr("ready"));
    showPosition();
}

void BottomBar::setSnapshot(const Snapshot& snapshot)
{
    if (snapshot.marks.size() != m_marks.size()) {
        m_marks = snapshot.marks;
        const QSignalBlocker quiet(m_slider);
        m_slider->setVisible(!m_marks.empty());
        m_when->setVisible(!m_marks.empty());
        m_slider->setRange(0, static_cast<int>(m_marks.size()));
        m_slider->setValue(m_mark < 0 ? static_cast<int>(m_marks.size()) : m_mark);
    }
    m_progress->setValue(static_cast<int>(std::lround(1000 * snapshot.progress)));
    QString doing = toQString(snapshot.doing);
    if (snapshot.paused)
        doing = tr("paused") + QStringLiteral(" · ") + doing;
    else if (snapshot.outcome == Outcome::Running && snapshot.secondsLeft >= 0)
        doing += QStringLiteral(" · ") + tr("%1 s left").arg(static_cast<int>(std::ceil(snapshot.secondsLeft)));
    if (snapshot.outcome == Outcome::Stopped) doing = tr("stopped");
    if (snapshot.outcome == Outcome::Diverged) doing = tr("diverged");
    if (snapshot.outcome == Outcome::Failed) doing = tr("failed");
    m_doing->setText(doing);
    showPosition();
}

void BottomBar::showPosition() { m_when->setText(m_mark >= 0 ? toQString(m_marks[static_cast<std::size_t>(m_mark)].label) : tr("now")); }

} // namespace bitstill
