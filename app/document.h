#pragma once

#include "app/run_controller.h"
#include "app/settings_change.h"
#include "engine/experiment/catalogue.h"

#include <QUndoStack>
#include <map>
#include <optional>

namespace bitstill {

/// A sentence to the person at the window.
struct Notice {
    enum class Kind { Hint, Done, Error };
    Kind kind = Kind::Hint;
    Text text{};
};

/// An experiment's settings as they stand, and the run that belongs to them. Form, bars and figures are views of it: they
/// may be made anew at any time, and it lives on while another experiment is looked at.
class Document : public QObject {
    Q_OBJECT
public:
    explicit Document(Spec spec, QObject* parent = nullptr);
    ~Document() override;

    const ExperimentInfo& info() const { return m_info; }
    QString id() const { return QString::fromStdString(m_info.id); }

    /// The settings as they stand, right or wrong.
    const Spec& spec() const { return m_settings.spec; }
    /// False while the seed box is empty.
    bool hasSeed() const { return m_settings.hasSeed; }
    /// What keeps them from running, all at once.
    std::vector<Problem> problems() const;
    /// All settings at once, from a file or what `title` names. The run stays.
    void replace(const Spec& spec, const Text& title = {});
    /// A field was changed by hand. Live ones reach the run at once.
    void edit(const std::string& key, const Value& value);
    /// A number was picked on a figure: made to fit the field, then as edit().
    void choose(const std::string& key, const Value& value);
    void setSeed(std::optional<std::uint64_t> seed);
    /// Turns the question round and runs; an empty id asks the plain question again.
    void ask(const std::string& contrast);
    /// The contrast that is asked now, whatever the live fields are; empty for the plain question, nothing when it is none of them.
    std::optional<std::string> contrast() const;

    /// Sets these fields in one step, and sees to it that the figures show them: those of a run that is there where only live fields
    /// differ from its settings, or else those of a new one.
    void attempt(const Values& values);

    /// What can be taken back and done again.
    QUndoStack& changes() { return m_changes; }
    const QUndoStack& changes() const { return m_changes; }
    /// What the change at this index of them did; empty where there is none.
    Text changeWords(int index) const;

    RunController& run() { return m_run; }
    const RunController& run() const { return m_run; }
    /// These say what is wrong instead, when something is.
    void start();
    /// Runs a branch of its run; the settings are those of the branch, which can be taken back.
    void start(const BranchedRun& branch, const Text& moment);
    /// Shows a run that was kept in the file `name`: its settings, which can be taken back, its figures, marks and networks.
    void show(KeptRun run, const std::string& name);
    /// Before a run: starts one that halts at its first batch.
    void pause(bool paused);
    /// Before a run: starts one, for a batch or an epoch.
    void step(StepSize size);
    void reset();

    /// The moment looked at, as an index into the run's marks; −1: now.
    int mark() const { return m_mark; }
    void showMark(int mark);
    /// What it looked like then, and how the live fields were set; nothing when it is now.
    std::optional<Mark> shownMark() const;
    /// Figures of the moment looked at. A copy: the run may replace its snapshot as soon as an event loop runs.
    std::vector<FigurePointer> figures() const;
    /// Of those figures.
    std::string provenance() const;
    /// How the live fields were set for those figures, in words.
    Text liveSettings() const;
    /// A live field is being moved, or is so no longer; held() tells whoever shows figures.
    void hold(bool moving) { Q_EMIT held(moving); }

    const Notice& notice() const { return m_notice; }
    void say(Notice::Kind kind, Text text);
    void clearMessage() { say(Notice::Kind::Hint, {}); }

Q_SIGNALS:
    void settingsChanged();
    /// A new snapshot, or another moment is looked at.
    void figuresChanged();
    void stateChanged();
    void noticeChanged();
    void held(bool moving);

private:
    void change(SettingsState to, const std::string& field, const Text& title = {});
    void apply(const SettingsState& settings);
    Spec asking(const std::string& contrast) const;
    /// With axes that hold all moments: scrubbing compares by eye.
    std::vector<FigurePointer> onSharedAxes(const std::vector<FigurePointer>& figures, const std::vector<Mark>& marks) const;
    bool mayStart();
    void settle(const std::vector<const Field*>& changed);
    bool answered(const std::vector<const Field*>& changed);
    void takeSnapshot();

    const ExperimentInfo& m_info;
    SettingsState m_settings;
    QUndoStack m_changes;
    RunController m_run;
    int m_mark = -1;
    Notice m_notice;
    Text m_told; ///< what the run said last
    Values m_answered; ///< live fields as its latest figures show them
    mutable std::map<FigurePointer, FigurePointer> m_shared; ///< by the figure as it was computed
    mutable std::size_t m_sharedOver = 0; ///< so many marks
};

} // namespace bitstill
