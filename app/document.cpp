#include "app/document.h"

#include "engine/experiment/shared_axes.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

Document::Document(Spec spec, QObject* parent) : QObject(parent), m_info(experimentInfo(spec.experiment)), m_spec(std::move(spec))
{
    connect(&m_run, &RunController::snapshotReady, this, &Document::takeSnapshot);
    connect(&m_run, &RunController::stateChanged, this, &Document::stateChanged);
}

std::vector<Problem> Document::problems() const
{
    std::vector<Problem> problems = validate(m_spec);
    if (!m_hasSeed) problems.push_back({"seed", text("the seed box is empty"), text("write a whole number from 0")});
    return problems;
}

void Document::replace(const Spec& spec)
{
    m_spec = spec;
    m_hasSeed = true;
    settle(nullptr);
}

void Document::edit(const std::string& key, const Value& value)
{
    const Field* field = fieldOf(m_info, key);
    if (!field || m_spec.values[key] == value) return;
    m_spec.values[key] = value;
    settle(field);
}

void Document::choose(const std::string& key, const Value& value)
{
    const Field* field = fieldOf(m_info, key);
    if (!field) return;
    const auto* number = std::get_if<double>(&value);
    if (!number) return edit(key, value);
    if (!std::isfinite(*number)) return;
    const double kept = std::clamp(*number, field->low, field->high);
    edit(key, field->kind == Field::Kind::Int ? Value(static_cast<std::int64_t>(std::lround(kept))) : Value(std::stod(significant(kept, 4))));
}

void Document::setSeed(std::optional<std::uint64_t> seed)
{
    m_hasSeed = seed.has_value();
    if (seed) m_spec.seed = *seed;
    settle(nullptr);
}

void Document::ask(const std::string& contrast)
{
    m_spec = asking(contrast);
    Q_EMIT settingsChanged();
    start();
}

Spec Document::asking(const std::string& contrast) const
{
    Spec spec = m_spec;
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
            [&](const Field& f) { return f.live || m_spec.values.at(f.key) == question.values.at(f.key); });
        if (same) return id;
    }
    return std::nullopt;
}

/// After a change: the run follows where it can, and where it cannot that is said.
void Document::settle(const Field* field)
{
    Q_EMIT settingsChanged();
    if (!problems().empty()) return;
    if (field && field->live && m_run.setLive(QString::fromStdString(field->key), m_spec.values.at(field->key))) {
        showMark(-1); // the answer is about now
        const std::shared_ptr<const Snapshot> latest = m_run.latest();
        return say(Notice::Kind::Hint, latest ? latest->unanswered : Text());
    }
    if (m_info.instant) return start();
    if (m_run.hasSession() && !(m_spec == m_run.spec()))
        say(Notice::Kind::Hint, text("The figures belong to the settings before this change; run again to see its effect."));
    else
        hush();
}

bool Document::mayStart()
{
    const std::vector<Problem> wrong = problems();
    if (wrong.empty()) {
        hush();
        m_told = {};
        m_mark = -1;
        return true;
    }
    Q_EMIT settingsChanged();
    if (wrong.size() > 1)
        say(Notice::Kind::Error,
            text("%1 settings need another value before this can run; see the notes beside them.", std::to_string(wrong.size())));
    else if (wrong.front().field == "seed")
        say(Notice::Kind::Error, wrong.front().sentence());
    else
        say(Notice::Kind::Error, text("1 setting needs another value before this can run; see the note beside it."));
    return false;
}

void Document::start()
{
    if (mayStart()) m_run.start(m_spec);
}

void Document::pause(bool paused)
{
    if (!m_run.isRunning() && !mayStart()) return;
    if (!m_run.isRunning()) m_run.start(m_spec);
    m_run.setPaused(paused);
}

void Document::step(Session::StepSize size)
{
    if (!m_run.isRunning() && !mayStart()) return;
    if (!m_run.isRunning()) m_run.start(m_spec);
    m_run.stepOnce(size);
}

void Document::reset()
{
    m_mark = -1;
    m_told = {};
    hush();
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

std::string Document::provenance() const { return bitstill::provenance(m_run.spec()); }

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
    Q_EMIT figuresChanged();
}

} // namespace bitstill
