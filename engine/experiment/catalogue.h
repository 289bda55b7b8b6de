#pragma once

#include "engine/experiment/field.h"
#include "engine/experiment/figure.h"

#include <map>
#include <memory>
#include <set>

namespace bitstill {

class Context;
struct Spec;

/// Why a run does not go on for now, or ever.
enum class Interruption { Pause, Stop };

/// An experiment at work. run() is called once, on the session's worker; afterwards the object stays alive and
/// answers retune() whenever a live field has changed, during run() (from within Context::checkpoint) and after it.
class Experiment {
public:
    virtual ~Experiment() = default;
    virtual void run(Context& context) = 0;
    virtual void retune(Context&) { }
    /// The run rests in the middle, at a checkpoint, or was stopped: figures of the network as it is now. What a pause shows is no part
    /// of the record, so resumed() must bring back what retune() works with.
    virtual void interrupted(Context&, Interruption) { }
    /// Goes on after a pause.
    virtual void resumed() { }
    /// Why retune() would change nothing in view now; empty where it does.
    virtual Text whyNoEffect() const { return {}; }
};

/// The question from another side: these fields so, all others that a contrast touches at their defaults.
struct Contrast {
    std::string id;
    Text label;
    Text help; ///< one sentence
    std::map<std::string, Value> values;
};

/// A network that a run keeps. With "<...>" in its name there is one for each.
struct KeptNetwork {
    std::string name;
    Text what;
};

/// One of the main pictures that a run draws, for a window that has none to show yet.
struct ExpectedFigure {
    std::string id; ///< the figure's; ending in a dot: what the ids of several begin with, one for each layer
    Text title;
    FigureBody kind; ///< empty: nobody knows its numbers
    int span = 1;
};

/// An experiment that asks more of what this one has trained: with the same data, network, training and seed it begins with the same bits.
struct NextStep {
    std::string experiment;
    Text label;
    Text help; ///< one sentence
};

struct ExperimentInfo {
    std::string id;
    Text title;
    Text question;
    Text group;
    bool instant; ///< shows its figures at once, without training: the window runs it when it is chosen
    std::vector<Field> fields;
    std::unique_ptr<Experiment> (*make)();
    std::vector<Contrast> contrasts{};
    std::vector<std::string> comparedAt{}; ///< fields that no contrast sets but that all must share to be compared: at their defaults
    /// What keepModel() is called with. The first one is what the experiment is about, and becomes model.safetensors.
    std::vector<KeptNetwork> networks{};
    std::vector<ExpectedFigure> expected{}; ///< in the order in which they will stand
    std::vector<NextStep> next{};
};

/// All experiments, in the order of a course; one line each in registry.cpp.
const std::vector<ExperimentInfo>& experiments();
/// Null for an id that no experiment has.
const ExperimentInfo* findExperiment(const std::string& id);
/// What is wrong with such an id; names the nearest.
Problem unknownExperiment(const std::string& id);
/// Throws Error for an unknown id.
const ExperimentInfo& experimentInfo(const std::string& id);
/// Keys of all fields that some contrast sets, and of those that all must share.
std::set<std::string> contrastedFields(const ExperimentInfo& info);
/// Null when the experiment has no such field.
const Field* fieldOf(const ExperimentInfo& info, const std::string& key);

} // namespace bitstill
