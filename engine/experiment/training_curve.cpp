#include "engine/experiment/training_curve.h"

#include "engine/core/decimate.h"

namespace bitstill {

void TrainingCurve::add(const StepReport& report)
{
    m_length = report.epochs;
    m_epochs.push_back(static_cast<double>(report.step) * report.epochs / static_cast<double>(report.steps));
    m_accuracies.add(report.accuracy);
}

Curves TrainingCurve::curves(const Text& what) const
{
    const Points seen = decimate(m_epochs, m_accuracies.values());
    return {{.title = text("epoch"), .range = AxisRange{0, m_length}}, {.title = what, .percent = true},
        {{text("training, smoothed"), Role::Train, CurveSeries::Style::Solid, seen.x, seen.y}}};
}

} // namespace bitstill
