#pragma once

#include "engine/distill/lesson_log.h"
#include "engine/distill/method.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// What a taught student heard on its way.
struct LessonTrail {
    std::vector<double> steps, teacher, labels, features, teacherShare;

    void add(long step, const LessonLog::Means& means);
};

/// Id "parts": the loss, by where it comes from.
Figure lossPartsFigure(const LessonTrail& trail, const DistillMethod& method);
/// Id "pull": the teacher's share of the gradient.
Figure gradientShareFigure(const LessonTrail& trail);

} // namespace bitstill
