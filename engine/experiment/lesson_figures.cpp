#include "engine/experiment/lesson_figures.h"

#include <cmath>
#include <limits>

namespace bitstill {

void LessonTrail::add(long step, const LessonLog::Means& means)
{
    steps.push_back(static_cast<double>(step));
    teacher.push_back(means.teacher);
    labels.push_back(means.labels);
    features.push_back(means.features);
    teacherShare.push_back(means.teacherShare);
}

Figure lossPartsFigure(const LessonTrail& trail, const DistillMethod& method)
{
    Curves curves{{.title = text("step")}, {.title = text("log₁₀ of the part")}, {}};
    const auto add = [&](const Text& name, Role role, const std::vector<double>& values) {
        std::vector<double> logs;
        for (const double v : values) logs.push_back(v > 0 ? std::log10(v) : std::numeric_limits<double>::quiet_NaN());
        curves.series.push_back({name, role, CurveSeries::Style::Solid, trail.steps, logs});
    };
    if (method.loss) add(text("from the teacher"), Role::Teacher, trail.teacher);
    if (method.features) add(text("from its features"), Role::Teacher, trail.features);
    add(text("from the labels"), Role::Alone, trail.labels);
    return {.id = "parts",
        .title = text("Where the loss comes from"),
        .caption = text("Weights applied; mean over the samples, each as it was when last trained on. A new student starts afresh."),
        .description = text("Parts of the taught student's loss against steps."),
        .body = curves};
}

Figure gradientShareFigure(const LessonTrail& trail)
{
    return {.id = "pull",
        .title = text("Who pulls"),
        .caption = text("The teacher's share of the length of the gradient at the logits; the labels have the rest."),
        .description = text("Share of the gradient that comes from the teacher, against steps."),
        .body = Curves{{.title = text("step")}, {.title = text("teacher's share"), .range = AxisRange{0, 1}, .percent = true},
            {{text("teacher"), Role::Teacher, CurveSeries::Style::Solid, trail.steps, trail.teacherShare}}}};
}

} // namespace bitstill
