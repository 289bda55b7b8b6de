#pragma once

#include "engine/core/latest_slot.h"
#include "engine/experiment/context.h"
#include "engine/experiment/record.h"

#include "engine/core/tensor.h"

#include <functional>
#include <map>
#include <optional>

namespace bitstill {

/// Everything a window needs to draw, as one value. Figures and marks are shared, not copied.
struct Snapshot {
    std::vector<FigurePointer> figures;
    std::vector<Mark> marks;
    std::vector<std::pair<std::string, double>> metrics;
    double progress = 0;
    Text doing;
    double secondsLeft = -1; ///< −1: not known
    Outcome outcome = Outcome::Running;
    Text message;
    bool paused = false;
    long step = 0; ///< training steps done
    bool updating = false; ///< a live field has changed and the figures do not show it yet
    Values live{}; ///< live fields as they are set; those of the figures, unless they are being updated
    Text whyNoEffect{}; ///< why a live field would change nothing in view now; empty where it does
};

/// The networks that an experiment keeps, by name ("teacher", "student.taught"): their weights and running statistics by theirs, in the
/// order of files (modelTensors).
using KeptModels = std::map<std::string, std::map<std::string, Tensor>>;

enum class StepSize { Batch, Epoch };

struct SessionOptions {
    int threads = 1;
    bool yieldToWindow = false; ///< the worker runs at lower priority than the window
    std::vector<KnobChange> replay{}; ///< changes to make at their moments and marks, in order
    std::optional<BranchPoint> branch{}; ///< the run that `replay` leaves
    std::shared_ptr<TeacherCache> teachers{}; ///< of runs before, see there
    std::shared_ptr<DataCache> datasets{}; ///< the same for data sets
    std::optional<StepSize> pauseAfter{}; ///< the run begins with this step; asked for later, it would find the worker some steps on
    /// Called on the worker when all that a change after the run asked for has been computed, with the record of now. Must only pass it on.
    std::function<void(const Record&)> answered{};
    std::function<void()> delivered{}; ///< called on the worker when a snapshot lies ready; must only pass the word on
};

/// One experiment at work on a thread of its own. Everything here may be called from another thread; nothing waits
/// longer than a mini-batch, except wait() and the destructor, which stops the work first.
class Session {
public:
    /// `spec` must be valid (see validate) and complete (see withDefaults).
    Session(Spec spec, SessionOptions options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Ends the run as stopped; what it has come to is measured, and live fields are answered, as after any other end. A run that
    /// has ended already stays as it is.
    void stop();
    /// Ends the run and whatever is being answered; isOver() soon.
    void close();
    void pause();
    void resume();
    /// Runs on to the end of the next batch or epoch, then pauses.
    void stepOnce(StepSize size);
    /// Changes a live field, now, while paused or after the run.
    void setLive(const std::string& key, const Value& value);

    /// Asks for a snapshot; a later take() has it.
    void request();
    std::unique_ptr<const Snapshot> take();

    Outcome outcome() const;
    /// The worker has returned: destroying the session will not wait.
    bool isOver() const;
    /// Until run() has ended; retune() may follow as long as the session lives.
    void wait() const;
    /// After wait(): what happened.
    Record record() const;
    /// What the experiment has kept so far.
    KeptModels models() const;

private:
    class Worker;
    std::unique_ptr<Worker> m_worker;
};

} // namespace bitstill
