#include "app/bottom_bar.h"

#include "app/actions.h"
#include "app/moment_slider.h"
#include "engine/experiment/live_words.h"
#include "paint/translate.h"
#include "widgets/wheel_guard.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <cmath>

namespace bitstill {

BottomBar::BottomBar(const Actions& actions, QWidget* parent) :
    QWidget(parent), m_moments(new QWidget), m_when(new QLabel), m_doing(new QLabel), m_step(new QLabel), m_slider(new MomentSlider),
    m_branch(new QToolButton), m_progress(new QProgressBar)
{
    setObjectName(QStringLiteral("bottomBar"));
    setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(18, 8, 18, 8);
    row->setSpacing(12);
    m_when->setObjectName(QStringLiteral("when"));
    m_slider->setObjectName(QStringLiteral("scrubber"));
    m_slider->setMinimumWidth(60);
    m_slider->setAccessibleName(tr("Moments in the run"));
    m_slider->setToolTip(tr("Shows all figures as they were at an earlier moment"));
    WheelGuard::install(m_slider);
    m_branch->setDefaultAction(&actions.of("branch"));
    m_branch->setObjectName(QStringLiteral("branchHere"));
    m_branch->setAccessibleName(m_branch->text());
    m_step->setObjectName(QStringLiteral("step"));
    m_step->setToolTip(tr("Training steps so far, one for each batch"));
    m_doing->setProperty("role", "muted");
    m_doing->setObjectName(QStringLiteral("doing"));
    m_doing->setMinimumWidth(110);
    m_doing->setWordWrap(true);
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_progress->setMinimumWidth(50);
    m_progress->setMaximumWidth(140);
    m_progress->setAccessibleName(tr("Progress"));
    for (QLabel* label : {m_when, m_doing}) label->setTextFormat(Qt::PlainText); // moments are named in records
    row->addWidget(m_when);
    row->addWidget(m_slider, 2);
    addMoments(actions, *row);
    row->addWidget(m_branch);
    row->addStretch();
    row->addWidget(m_step);
    row->addWidget(m_progress, 1);
    row->addWidget(m_doing, 2);
    // Together they are wider than a small window, which would grow for good.
    for (QWidget* later : std::initializer_list<QWidget*>{m_when, m_slider, m_moments, m_branch, m_step}) later->hide();
    connect(m_slider, &QSlider::valueChanged, this,
        [this](int position) { Q_EMIT markChosen(position < m_slider->maximum() ? position : -1); });
}

void BottomBar::addMoments(const Actions& actions, QHBoxLayout& row)
{
    auto* buttons = new QHBoxLayout(m_moments);
    buttons->setContentsMargins(0, 0, 0, 0);
    buttons->setSpacing(2);
    for (const char* name : {"earlier", "replay", "later"}) {
        auto* button = new QToolButton;
        button->setDefaultAction(&actions.of(name));
        button->setObjectName(QLatin1String(name));
        button->setAccessibleName(button->text());
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        buttons->addWidget(button);
    }
    row.addWidget(m_moments);
}

void BottomBar::show(const Document& document)
{
    const std::shared_ptr<const Snapshot> snapshot = document.run().latest();
    const int marks = snapshot ? static_cast<int>(snapshot->marks.size()) : 0;
    const std::optional<Mark> then = document.shownMark();
    {
        const QSignalBlocker quiet(m_slider);
        m_slider->setRange(0, marks);
        m_slider->setValue(then ? document.mark() : marks);
    }
    m_slider->setVisible(marks > 0);
    m_moments->setVisible(marks > 0);
    m_when->setVisible(marks > 0);
    const bool looksBack = then && !document.run().isRunning();
    m_branch->setVisible(looksBack);
    m_when->setText(then ? toQString(then->label) : tr("now"));
    m_step->setVisible(snapshot && snapshot->step > 0 && !looksBack); // of now, and the settings of then want the room
    m_progress->setVisible(!looksBack);
    m_step->setText(tr("step %1").arg(snapshot ? snapshot->step : 0));
    m_progress->setValue(snapshot ? static_cast<int>(std::lround(1000 * snapshot->progress)) : 0);
    m_doing->setText(then ? settingsOf(*then, document) : snapshot ? doing(*snapshot) : tr("ready"));
    const RunController& run = document.run();
    if (!then && snapshot && !run.isRunning() && !(run.spec() == document.spec()))
        m_doing->setText(tr("%1; the settings have changed since").arg(m_doing->text()));
}

/// The form shows how the fields are now; what is looked at may have been made with others.
QString BottomBar::settingsOf(const Mark& mark, const Document& document)
{
    constexpr qsizetype kMost = 4; // more is nothing for a line
    const Spec then = document.run().settingsBefore(document.mark());
    QStringList other;
    for (const Field& field : document.info().fields) {
        const auto live = mark.live.find(field.key), started = then.values.find(field.key);
        if (live == mark.live.end() && started == then.values.end()) continue;
        const Value& value = live != mark.live.end() ? live->second : started->second;
        if (!(document.spec().values.at(field.key) == value)) other << toQString(settingWords(field, value));
    }
    if (then.seed != document.spec().seed) other << tr("Seed %1").arg(then.seed);
    if (other.isEmpty()) return tr("Settings as they are now. Changing a live field returns to now.");
    if (other.size() > kMost) {
        other.resize(kMost);
        other << QStringLiteral("…");
    }
    return tr("Settings at that moment: %1. Changing a live field returns to now.").arg(other.join(QStringLiteral(", ")));
}

QString BottomBar::doing(const Snapshot& snapshot)
{
    switch (snapshot.updating ? Outcome::Running : snapshot.outcome) {
    case Outcome::Stopped: return tr("stopped");
    case Outcome::Diverged: return tr("diverged");
    case Outcome::Failed: return tr("failed");
    case Outcome::Running:
    case Outcome::Finished: break;
    }
    const QString what = snapshot.updating ? tr("measuring with the new settings") : toQString(snapshot.doing);
    if (snapshot.paused) return tr("paused") + QStringLiteral(" · ") + what;
    if (snapshot.secondsLeft < 0) return what;
    return what + QStringLiteral(" · ") + tr("%1 s left").arg(static_cast<int>(std::ceil(snapshot.secondsLeft)));
}

} // namespace bitstill
