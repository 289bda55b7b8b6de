#pragma once

#include "engine/experiment/catalogue.h"

namespace bitstill {

/// Something to try in a lesson: a link of its page that sets fields and runs.
struct LessonItem {
    std::string link; ///< "try:quant.bits=4&quant.granularity=per-channel", or "try:contrast=shuffled" for all fields of a contrast
    Values values{}; ///< what it sets

    bool operator==(const LessonItem&) const = default;
};

/// Values are written as on the command line, with %20 for a space and %26 for an &. Throws Error, with the link as the place, for a field
/// or a contrast that the experiment has not, and for a value that does not fit.
LessonItem lessonItem(const std::string& link, const ExperimentInfo& info);
/// Whether a link is meant to be one.
bool isLessonItem(const std::string& link);

/// All of a lesson in Markdown, in their order, each once. Throws Error for the first that is wrong.
std::vector<LessonItem> lessonItems(const std::string& markdown, const ExperimentInfo& info);

} // namespace bitstill
