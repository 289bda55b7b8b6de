#pragma once

#include "engine/distill/distill_log.h"
#include "engine/distill/method.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// What a taught student heard on its way.
struct DistillTrail {
    std::vector<double> steps, teacher, labels, features, teacherShare;

    void add(long step, const DistillLog::Means& means);
};

/// Id "parts": the loss, by where it comes from.
Figure lossPartsFigure(const DistillTrail& trail, const DistillMethod& method);
/// Id "pull": the teacher's share of the gradient.
Figure gradientShareFigure(const DistillTrail& trail);

} // namespace bitstill
