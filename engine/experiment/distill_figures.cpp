#include "engine/experiment/distill_figures.h"

namespace bitstill {

void DistillTrail::add(long step, const DistillLog::Means& means)
{
    steps.push_back(static_cast<double>(step));
    teacher.push_back(means.teacher);
    labels.push_back(means.labels);
    features.push_back(means.features);
    teacherShare.push_back(means.teacherShare);
}

Figure lossPartsFigure(const DistillTrail& trail, const DistillMethod& method)
{
    Curves curves{{.title = text("step")}, {.title = text("part of the loss"), .logarithmic = true}, {}};
    const auto add = [&](const Text& name, Role role, const std::vector<double>& values) {
        curves.series.push_back({name, role, CurveSeries::Style::Solid, trail.steps, values});
    };
    if (method.loss) add(text("from the teacher"), Role::Teacher, trail.teacher);
    if (method.features) add(text("from its features"), Role::Teacher, trail.features);
    add(text("from the labels"), Role::Alone, trail.labels);
    return {.id = "parts",
        .title = text("Components of the loss"),
        .caption =
            text("With loss weights applied; mean over the samples, each as of its last training step. A new student starts a new curve."),
        .description = text("Parts of the taught student's loss against steps."),
        .body = curves};
}

Figure gradientShareFigure(const DistillTrail& trail)
{
    return {.id = "pull",
        .title = text("The teacher's share of the gradient"),
        .caption = text("The teacher's share of the gradient norm at the logits; the rest is the labels'."),
        .description = text("The teacher's share of the gradient against steps."),
        .body =
            Curves{{.title = text("step")}, {.title = text("teacher's share of the gradient"), .range = AxisRange{0, 1}, .percent = true},
                {{text("teacher"), Role::Teacher, CurveSeries::Style::Solid, trail.steps, trail.teacherShare}}}};
}

} // namespace bitstill
