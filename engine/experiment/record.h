#pragma once

#include "engine/experiment/answers.h"
#include "engine/experiment/figure.h"
#include "engine/experiment/spec.h"

namespace bitstill {

class JsonPlace;
class Sentences;

/// A field changed while the experiment ran: a live one, or one that was open at a mark.
struct KnobChange {
    long step = 0; ///< training steps done when it took effect
    std::string field;
    Value value;
    long moment = -1; ///< how often the run had asked for changes by then: exact within a step too; those of one are answered
                      ///< together; −1: only the step is known
    long mark = 0; ///< it came as this mark was made, counted from 1: a branch's; 0: at no mark
    bool operator==(const KnobChange&) const = default;
};

/// All figures as they were at one moment.
struct Mark {
    Text label;
    std::vector<FigurePointer> figures;
    std::map<std::string, Value> live; ///< live fields as they were set then
    std::vector<std::string> open{}; ///< fields besides that what came before does not depend on: a branch may change them here
};

enum class Outcome { Running, Finished, Stopped, Diverged, Failed };
const char* nameOf(Outcome outcome);

using Metrics = std::vector<std::pair<std::string, double>>; ///< by name, in the order they were first given
/// NaN when there is no such metric.
double metricIn(const Metrics& metrics, const std::string& name);

/// Where a run left another one.
struct BranchPoint {
    std::string parent; ///< its runHash()
    long mark = 0; ///< of the parent, counted from 1
    std::string label{}; ///< of that mark, in English; empty in records that have the number alone
    bool operator==(const BranchPoint&) const = default;
};

/// What happened: enough to show it again, to compare it, and to do it again (same spec and knob log: same record).
struct Record {
    Spec spec;
    std::vector<KnobChange> knobs;
    std::optional<BranchPoint> branch{}; ///< its changes are the knobs of that mark
    Outcome outcome = Outcome::Running;
    Text message; ///< why it diverged or failed, and what to do
    double seconds = 0;
    std::string version, build, cpu;
    int threads = 1;
    Metrics metrics;
    AnswersByMetric answers{}; ///< of those metrics that are shares of the samples of one test
    std::vector<FigurePointer> figures;
    std::vector<Mark> marks;

    double metric(const std::string& name) const { return metricIn(metrics, name); }
};

/// "bitstill 0.1.0 · before-after · seed 1 · spec 0123456789abcdef"
std::string provenance(const Spec& spec);
/// The same; of a branch, whose spec is its parent's, with "branch of PARENT@MARK, key=value" after it.
std::string provenance(const Record& record);

/// The settings that a run had at its end: its spec with all live changes, and with what a branch changed.
Spec settingsAtEnd(const Record& record);

/// The knob log of a record.json, to be replayed with `spec`. Throws Error when `document` is no record, or its log names a field that
/// the experiment does not have or that is not live, a value that the form would not take, or moments that do not follow each other.
std::vector<KnobChange> knobLogFrom(const std::string& document, const std::string& name, const Spec& spec);
/// Where the run of a record.json left another one, if it did.
std::optional<BranchPoint> branchPointFrom(const std::string& document, const std::string& name);
BranchPoint branchPointFrom(const JsonPlace& place);
/// The same of its member "knobs".
std::vector<KnobChange> knobsFromJson(const nlohmann::json& knobs, const std::string& name, const Spec& spec);

/// What docs/file-formats.md says. Texts are English; the member "sentences" has what they were made of, so that what is read back is
/// translated like what was computed.
nlohmann::json toJson(const Record& record);
/// The same with "sentences" of its own: it is read without the record.
nlohmann::json toJson(const Figure& figure);
nlohmann::json toJson(const Figure& figure, Sentences& sentences);

/// The record that toJson() made this document of: written again it is the same bytes. What another version has written and this one
/// does not know (a setting, a kind of figure) is left out or at its default, each of which `leftOut` is told in a sentence. Throws Error,
/// naming the place, for what is no record, of a newer schema, of an unknown experiment, or larger than any run makes it.
Record recordFromJson(std::string_view document, const std::string& name, std::vector<Text>* leftOut = nullptr);
/// A figure that was written by itself. Throws Error, naming the place, for what is none.
Figure figureFromJson(const nlohmann::json& document, const std::string& name);
/// One in a record.
Figure figureFromJson(const JsonPlace& place, const Sentences& sentences);

/// Version, compiler and CPU of this program, with the instruction set that is used of the CPU: "AMD EPYC 9B14 (avx512)".
std::string versionText();
std::string buildText();
std::string cpuText();

} // namespace bitstill
