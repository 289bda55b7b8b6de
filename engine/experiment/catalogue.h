#pragma once

#include "engine/experiment/field.h"

#include <map>
#include <memory>

namespace bitstill {

class Context;
struct Spec;

/// An experiment at work. run() is called once, on the session's worker; afterwards the object stays alive and
/// answers retune() whenever a live field has changed, during run() (from within Context::checkpoint) and after it.
class Experiment {
public:
    virtual ~Experiment() = default;
    virtual void run(Context& context) = 0;
    virtual void retune(Context&) { }
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

struct ExperimentInfo {
    std::string id;
    Text title;
    Text question;
    Text group;
    bool instant; ///< shows its figures at once, without training: the window runs it when it is chosen
    std::vector<Field> fields;
    std::unique_ptr<Experiment> (*make)();
    std::vector<Contrast> contrasts{};
    /// What keepModel() is called with. The first one is what the experiment is about, and becomes model.safetensors.
    std::vector<KeptNetwork> networks{};
    /// What is wrong though every field by itself is right (a layer that the model does not have), of a spec with all its fields;
    /// null where nothing can be.
    std::vector<Problem> (*check)(const Spec&) = nullptr;
};

/// All experiments, in the order of a course; one line each in registry.cpp.
const std::vector<ExperimentInfo>& experiments();
/// Throws Error for an unknown id, naming the nearest.
const ExperimentInfo& experimentInfo(const std::string& id);
/// Null when the experiment has no such field.
const Field* fieldOf(const ExperimentInfo& info, const std::string& key);

} // namespace bitstill
