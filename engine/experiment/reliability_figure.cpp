#include "engine/experiment/reliability_figure.h"

namespace bitstill {

namespace {

CurveSeries curve(const Text& name, Role role, const Reliability& r)
{
    CurveSeries s{name, role, CurveSeries::Style::Solid, {}, {}};
    for (std::size_t b = 0; b < r.share.size(); ++b)
        if (r.share[b] > 0) {
            s.x.push_back(r.confidence[b]);
            s.y.push_back(r.accuracy[b]);
        }
    return s;
}

} // namespace

Figure reliabilityFigure(const Reliability& alone, const Reliability& taught)
{
    return {.id = "reliability",
        .title = text("Confidence calibration"),
        .caption = text("Below the dashed line a student is overconfident. Last pair, 15 bins."),
        .description = text("Accuracy against confidence for both students."),
        .body = Curves{{.title = text("confidence"), .range = AxisRange{0, 1}}, {.title = text("accuracy"), .range = AxisRange{0, 1}},
            {{text("perfectly calibrated"), Role::Guide, CurveSeries::Style::Dashed, {0, 1}, {0, 1}},
                curve(text("alone"), Role::Alone, alone), curve(text("taught"), Role::Taught, taught)}}};
}

} // namespace bitstill
