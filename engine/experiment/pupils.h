#pragma once

#include "engine/data/dataset.h"
#include "engine/distill/soft_labels.h"
#include "engine/experiment/lesson_figures.h"
#include "engine/measure/interval.h"

#include <functional>

namespace bitstill {

/// What was measured of one student.
struct Pupil {
    std::vector<double> steps, accuracies; ///< on the way
    LessonTrail heard; ///< where it is taught
    double accuracy = 0, agreement = 0, second = 0, divergence = 0; ///< second: choices one and two, where both agree
    Reliability reliability;

    void measure(const Logits& logits, const Logits& teacher, const Samples& test);
};

/// Mean over the pupils with its interval.
Interval over(const std::vector<Pupil>& pupils, const std::function<double(const Pupil&)>& get);
/// Points of accuracy that each has more than the one beside it.
std::vector<double> gains(const std::vector<Pupil>& pupils, const std::vector<Pupil>& alone);

/// Id "pairs": the gain of each pair.
Figure pairsFigure(const std::vector<Pupil>& alone, const std::vector<Pupil>& taught);
/// Id "table": accuracy and what lies beyond it. `hard` may be empty.
Figure pupilsTable(const std::vector<Pupil>& alone, const std::vector<Pupil>& taught, const std::vector<Pupil>& hard);

} // namespace bitstill
