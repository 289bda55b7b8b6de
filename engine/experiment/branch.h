#pragma once

#include "engine/experiment/record.h"

namespace bitstill {

struct ExperimentInfo;

/// FNV-1a of spec and knob log as 16 hex digits: runs of which it is the same have the same bits.
std::string runHash(const Record& record);

/// The mark of this number, counted from 1, or of this label (in English). Throws Error, naming those there are.
long markNamed(const Record& record, const std::string& name);
/// The settings as this mark left them, with what a branch changed there.
Spec settingsAt(const Record& record, long mark);

/// Keys of the fields that a branch may change at this mark, in the order of the form: live ones, and those that are open there.
std::vector<std::string> changeableAt(const Record& run, long mark);
/// Why this field cannot change at this mark of the run; an empty `what` where it can: it is live, or open there.
Problem openProblem(const Record& run, long mark, const std::string& field);
/// All that is wrong with a branch that sets these fields at this mark: unknown fields, values that do not fit, fields that cannot change.
std::vector<Problem> branchProblems(const Record& parent, long mark, const Values& changes);

/// What to give a session so that it makes the branch from the start.
struct BranchedRun {
    Spec spec; ///< the parent's
    std::vector<KnobChange> knobs;
    BranchPoint point;
    Spec settings; ///< as they are from the mark on
};
/// The parent's run up to this mark, and from there on a future with these fields changed: the same samples in the same batches. Changes
/// that the parent made later are not its own. Without branchProblems it runs as it says.
BranchedRun branchOf(const Record& parent, long mark, const Values& changes);

} // namespace bitstill
