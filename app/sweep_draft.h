#pragma once

#include "engine/store/sweep_plan.h"

#include <QStringList>

namespace bitstill {

/// A sweep as it is typed.
struct SweepDraft {
    struct Axis {
        std::string key, values; ///< "quant.bits", "2..8"
        bool operator==(const Axis&) const = default;
    };
    Spec base{};
    std::vector<Axis> axes{};
    std::string seeds{};
    std::string folder{};
    int jobs = 1;

    bool operator==(const SweepDraft&) const = default;
};

/// One that begins with a field worth varying, five seeds, and a folder that is not there yet.
SweepDraft draftFrom(const Spec& base);
/// Values for a field that somebody has just chosen: all there are where these are few.
std::string suggestedValues(const Field& field, const Value& now);
/// What is wrong with it is added, the folder too.
SweepGrid gridOf(const SweepDraft& draft, std::vector<Problem>& problems);
/// What bitstill-cli is to be told.
QStringList sweepArguments(const SweepDraft& draft);
/// For a shell.
QString shellLine(const QStringList& words);

} // namespace bitstill
