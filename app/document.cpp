#include "app/document.h"

#include "engine/experiment/live_words.h"
#include "engine/experiment/shared_axes.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

Document::Document(Spec spec, QObject* parent) : QObject(parent), m_info(experimentInfo(spec.experiment)), m_settings{std::move(spec)}
{
    constexpr int kSteps = 500;
    m_changes.setUndoLimit(kSteps);
    connect(&m_changes, &QUndoStack::indexChanged, this, &Document::stateChanged);
    connect(&m_run, &RunController::snapshotReady, this, &Document::takeSnapshot);
    connect(&m_run, &RunController::stateChanged, this, &Document::stateChanged);
    connect(&m_run, &RunController::cameToNothing, this, [this](const Text& why) { say(Notice::Kind::Error, why); });
}

Document::~Document()
{
    m_changes.disconnect(this); // its own end is a change too, and who listens may be gone
}

std::vector<Problem> Document::problems() const
{
    std::vector<Problem> problems = validate(m_settings.spec);
    if (!m_settings.hasSeed) problems.push_back({"seed", text("the seed box is empty"), text("enter a whole number, 0 or more")});
    return problems;
}

void Document::change(SettingsState to, const std::string& field, const Text& title)
{
    if (to == m_settings) return settle({}); // nothing to take back
    m_changes.push(new SettingsChange(m_settings, std::move(to), field, title, [this](const SettingsState& settings) { apply(settings); }));
}

void Document::apply(const SettingsState& settings)
{
    std::vector<const Field*> changed;
    for (const Field& f : m_info.fields)
        if (!(settings.spec.values.at(f.key) == m_settings.spec.values.at(f.key))) changed.push_back(&f);
    if (settings.spec.seed != m_settings.spec.seed) changed.clear(); // no run can follow that
    m_settings = settings;
    settle(changed);
}

void Document::replace(const Spec& spec, const Text& title) { change({spec}, {}, title); }

Text Document::changeWords(int index) const
{
    const QUndoCommand* change = m_changes.command(index);
    return change ? static_cast<const SettingsChange*>(change)->words() : Text();
}

void Document::edit(const std::string& key, const Value& value)
{
    if (!fieldOf(m_info, key) || m_settings.spec.values.at(key) == value) return;
    SettingsState to = m_settings;
    to.spec.values[key] = value;
    change(std::move(to), key);
}

void Document::choose(const std::string& key, const Value& value)
{
    const Field* field = fieldOf(m_info, key);
    if (!field) return;
    const auto* number = std::get_if<double>(&value);
    if (!number) return edit(key, value);
    if (!std::isfinite(*number)) return;
    const double kept = std::clamp(*number, field->low, field->high);
    edit(key,
        field->kind == Field::Kind::Int ? Value(static_cast<std::int64_t>(std::lround(kept))) : Value(std::stod(significant(kept, 4))));
}

void Document::setSeed(std::optional<std::uint64_t> seed)
{
    SettingsState to = m_settings;
    to.hasSeed = seed.has_value();
    if (seed) to.spec.seed = *seed;
    change(std::move(to), "seed");
}

void Document::ask(const std::string& contrast)
{
    const auto asked = std::ranges::find(m_info.contrasts, contrast, &Contrast::id);
    change({asking(contrast), m_settings.hasSeed}, {}, asked == m_info.contrasts.end() ? text("Baseline") : asked->label);
    start();
}

Spec Document::asking(const std::string& contrast) const
{
    Spec spec = m_settings.spec;
    applyContrast(spec, contrast);
    return spec;
}

std::optional<std::string> Document::contrast() const
{
    std::vector<std::string> ids{{}};
    for (const Contrast& c : m_info.contrasts) ids.push_back(c.id);
    for (const std::string& id : ids) {
        const Spec question = asking(id);
        const bool same = std::all_of(m_info.fields.begin(), m_info.fields.end(),
            [&](const Field& f) { return f.live || m_settings.spec.values.at(f.key) == question.values.at(f.key); });
        if (same) return id;
    }
    return std::nullopt;
}

void Document::attempt(const Values& values)
{
    SettingsState to = m_settings;
    for (const auto& [key, value] : values) to.spec.values[key] = value;
    change(std::move(to), {});
    const std::shared_ptr<const Snapshot> latest = m_run.latest();
    const bool goesOn = m_run.isRunning() || (latest && latest->outcome == Outcome::Finished && !m_run.isKept());
    if (!goesOn || !(m_run.spec() == m_settings.spec)) return start();
    if (m_run.isPaused()) m_run.setPaused(false);
    showMark(-1);
}

/// Whether the run that is there follows all of these.
bool Document::answered(const std::vector<const Field*>& changed)
{
    const bool live = !changed.empty() && std::ranges::all_of(changed, [](const Field* f) { return f->live; });
    return live && std::ranges::all_of(changed, [this](const Field* f) {
        return m_run.setLive(QString::fromStdString(f->key), m_settings.spec.values.at(f->key));
    });
}

/// After a change: the run follows where it can, and where it cannot that is said.
void Document::settle(const std::vector<const Field*>& changed)
{
    Q_EMIT settingsChanged();
    if (!problems().empty()) return;
    if (answered(changed)) {
        showMark(-1); // the answer is about now
        const std::shared_ptr<const Snapshot> latest = m_run.latest();
        return say(Notice::Kind::Hint, latest ? latest->whyNoEffect : Text());
    }
    const bool isShown = m_run.isKept() && m_settings.spec == m_run.spec();
    if (m_info.instant && !isShown) return start();
    if (changed.size() == 1 && changed.front()->live && m_run.isKept())
        return say(Notice::Kind::Hint, text("These figures are of a run that was kept; run again to change them."));
    if (m_run.hasRun() && !(m_settings.spec == m_run.spec()))
        say(Notice::Kind::Hint, text("The figures show the settings before this change; run again to see its effect."));
    else
        clearMessage();
}

bool Document::mayStart()
{
    const std::vector<Problem> wrong = problems();
    if (wrong.empty()) {
        clearMessage();
        m_told = {};
        m_answered.clear();
        m_mark = -1;
        return true;
    }
    Q_EMIT settingsChanged();
    if (wrong.size() == 1 && wrong.front().field == "seed")
        say(Notice::Kind::Error, wrong.front().sentence());
    else
        say(Notice::Kind::Error,
            counted(static_cast<std::int64_t>(wrong.size()), "%1 setting must be changed before this can run; see the note beside it.",
                "%1 settings must be changed before this can run; see the notes beside them."));
    return false;
}

void Document::start()
{
    if (mayStart()) m_run.start(m_settings.spec);
}

void Document::start(const BranchedRun& branch, const Text& moment)
{
    m_mark = -1;
    m_told = {};
    m_answered.clear();
    clearMessage();
    m_run.start(branch);
    change({branch.settings}, {}, text("branch from “%1”", moment));
}

void Document::show(KeptRun run, const std::string& name)
{
    constexpr std::size_t kMostSaid = 3;
    Text left;
    for (std::size_t i = 0; i < std::min(kMostSaid, run.leftOut.size()); ++i)
        left = i == 0 ? run.leftOut[i] : Text("%1; %2", {left, run.leftOut[i]});
    if (run.leftOut.size() > kMostSaid) left = text("%1; and %2 more", left, std::to_string(run.leftOut.size() - kMostSaid));
    const Spec settings = settingsAtEnd(run.record);
    m_mark = -1;
    m_told = {};
    m_answered.clear();
    clearMessage();
    m_run.show(std::move(run));
    change({settings}, {}, text("run %1", name));
    const Text message = m_run.latest()->message;
    if (!message.empty()) return say(Notice::Kind::Error, message);
    const Text opened = text("Opened: %1, a run that was kept.", name);
    say(Notice::Kind::Hint, left.empty() ? opened : text("%1 Not all of it can be shown: %2", opened, left));
}

void Document::pause(bool paused)
{
    if (m_run.isRunning())
        m_run.setPaused(paused);
    else if (mayStart())
        m_run.start(m_settings.spec, paused ? std::optional(StepSize::Batch) : std::nullopt);
}

void Document::step(StepSize size)
{
    if (m_run.isRunning())
        m_run.stepOnce(size);
    else if (mayStart())
        m_run.start(m_settings.spec, size);
}

void Document::reset()
{
    m_mark = -1;
    m_told = {};
    m_answered.clear();
    clearMessage();
    m_run.reset();
    Q_EMIT figuresChanged();
    if (m_info.instant) start();
}

void Document::showMark(int mark)
{
    if (m_mark == mark) return;
    m_mark = mark;
    Q_EMIT figuresChanged();
}

std::optional<Mark> Document::shownMark() const
{
    const std::shared_ptr<const Snapshot> latest = m_run.latest();
    if (!latest || m_mark < 0 || m_mark >= static_cast<int>(latest->marks.size())) return {};
    return latest->marks[static_cast<std::size_t>(m_mark)];
}

std::vector<FigurePointer> Document::figures() const
{
    const std::shared_ptr<const Snapshot> latest = m_run.latest();
    if (!latest) return {};
    const std::optional<Mark> then = shownMark();
    if (!then && m_run.isRunning()) return latest->figures;
    return onSharedAxes(then ? then->figures : latest->figures, latest->marks);
}

std::vector<FigurePointer> Document::onSharedAxes(const std::vector<FigurePointer>& figures, const std::vector<Mark>& marks) const
{
    constexpr std::size_t kMost = 500; // a slider that is dragged makes new ones all the time
    if (m_sharedOver != marks.size() || m_shared.size() > kMost) m_shared.clear();
    m_sharedOver = marks.size();
    std::vector<FigurePointer> shared;
    for (const FigurePointer& figure : figures) {
        FigurePointer& known = m_shared[figure];
        if (!known) known = std::make_shared<const Figure>(withSharedAxes(*figure, marks));
        shared.push_back(known);
    }
    return shared;
}

std::string Document::provenance() const { return m_run.provenance(); }

Text Document::liveSettings() const
{
    const std::optional<Mark> then = shownMark();
    Values values = m_run.hasRun() ? m_run.spec().values : m_settings.spec.values;
    for (const auto& [key, value] : then ? then->live : m_answered) values[key] = value;
    return liveWords(m_info, values);
}

void Document::say(Notice::Kind kind, Text text)
{
    if (text.empty() && m_notice.text.empty()) return;
    m_notice = {kind, std::move(text)};
    Q_EMIT noticeChanged();
}

void Document::takeSnapshot()
{
    const Text message = m_run.latest()->message;
    if (!(message == m_told)) say(Notice::Kind::Error, message);
    m_told = message;
    if (!m_run.latest()->updating) m_answered = m_run.latest()->live;
    Q_EMIT figuresChanged();
}

} // namespace bitstill
