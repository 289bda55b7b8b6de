#include "engine/core/decimate.h"
#include "engine/experiment/experiments/inside_qat.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/weights_figure.h"
#include "engine/measure/interval.h"

#include <algorithm>
#include <functional>

namespace bitstill::inside_qat {

namespace {

constexpr std::size_t kTrails = 3; ///< drawn of those that are followed
constexpr std::size_t kMostDots = 300;

Figure weightsFigure(const Watch& w, std::size_t steps)
{
    const Tensor& shadow = w.layer.shadow->value;
    const QuantParameters p = w.layer.quantization->parametersFor(shadow);
    Tensor used = shadow;
    fakeQuantize(shadow.data(), p, used.data());
    Histogram h = beforeAfterHistogram(shadow, used, p, symmetricRange({&shadow}));
    h.x.title = text("weight");
    h.series[0].name = text("shadow weights, updated in training");
    h.series[1].name = text("quantized weights, computed with");
    return {.id = "weights",
        .title = text("Shadow and quantized weights of %1", w.layer.name),
        .caption = text("%1 After %2 QAT steps.",
            text("The optimizer moves the float shadow weights; the network only ever computes with their quantized values."),
            grouped(static_cast<std::int64_t>(steps))),
        .description = text("Histogram of one layer's shadow weights and quantized weights."),
        .body = h,
        .span = 2};
}

Figure codesFigure(const Result& r)
{
    const Points changed = decimate(r.steps, r.changed), returned = decimate(r.steps, r.returned);
    return {.id = "codes",
        .title = text("Codes changing per step"),
        .caption = text("Oscillating: back at a code left less than %1 steps ago. Late in training, most changes are of this kind.",
            std::to_string(kMemory)),
        .description = text("Share of weights whose code changes in a step, and of those that come back."),
        .body = Curves{{.title = text("step")}, {.title = text("share of weights"), .percent = true},
            {{text("changed"), Role::Before, CurveSeries::Style::Solid, changed.x, changed.y},
                {text("oscillating"), Role::Teacher, CurveSeries::Style::Solid, returned.x, returned.y}}}};
}

/// Those that changed code most often first.
std::vector<const Trail*> liveliest(const Result& r)
{
    std::vector<const Trail*> trails;
    for (const Trail& t : r.trails) trails.push_back(&t);
    std::ranges::stable_sort(trails, std::greater{}, &Trail::changes);
    return trails;
}

Figure trailsFigure(const Result& r)
{
    Curves curves{{.title = text("step")}, {.title = text("weight")}, {}};
    const Role roles[] = {Role::Before, Role::After, Role::Train};
    const std::vector<const Trail*> trails = liveliest(r);
    for (std::size_t i = 0; i < std::min(kTrails, trails.size()); ++i) {
        const Points shadow = decimate(r.steps, trails[i]->shadow), used = decimate(r.steps, trails[i]->used);
        curves.series.push_back({text("shadow %1", std::to_string(i + 1)), roles[i], CurveSeries::Style::Dashed, shadow.x, shadow.y});
        curves.series.push_back({text("quantized %1", std::to_string(i + 1)), roles[i], CurveSeries::Style::Solid, used.x, used.y});
    }
    return {.id = "trails",
        .title = text("Three weights at a rounding boundary"),
        .caption =
            text("The three weights of the first layer that changed code most often, among those that started near a rounding boundary."),
        .description = text("Shadow and quantized value of three weights at every step."),
        .body = curves};
}

Text headline(const Result& r)
{
    const Text bits(std::to_string(r.bits));
    if (r.gaps.size() < 2) return text("A staircase has no slope");
    const Interval back = pairedDifference(r.gaps.front().correct, r.gaps.back().correct);
    return back.low > 0 ? text("QAT gives back %1 points at %2 bits", meanText(back, 100, 1), bits)
                        : text("QAT changes %1 bits by %2", bits, pointsText(back, 100, 1));
}

/// Where the weight has stood, and where it is now.
void addWalk(Curves& curves, const Trail& t, double shadow, double used)
{
    CurveSeries been{text("where it was"), Role::Before, CurveSeries::Style::Points, {}, {}};
    for (std::size_t i = 0; i < t.shadow.size(); i += t.shadow.size() / kMostDots + 1) {
        been.x.push_back(t.shadow[i]);
        been.y.push_back(t.used[i]);
    }
    if (!been.x.empty()) curves.series.push_back(std::move(been));
    curves.series.push_back({text("one weight, now"), Role::Alone, CurveSeries::Style::Points, {shadow}, {used}});
}

/// Rounding is flat, its true slope 0; the estimator lets the gradient pass inside the range. On the steps that the liveliest of the
/// weights that are followed, of the first layer, stands on.
Figure gradientFigure(const Result& r)
{
    const Watch& w = r.watches.front();
    const Tensor& weights = w.layer.shadow->value;
    const QuantParameters p = w.layer.quantization->parametersFor(weights);
    const std::vector<const Trail*> trails = liveliest(r);
    const std::size_t index = trails.empty() ? 0 : trails.front()->index;
    const float scale = p.scale[index / p.blocks.inner % p.scale.size()];
    const Staircase s = staircaseOf(w.layer.quantization->bits, scale);
    Curves curves{{.title = text("shadow weight")}, {.title = text("weight computed with")},
        {{text("forward pass: the staircase"), Role::After, CurveSeries::Style::Solid, s.x, s.y},
            {text("what the gradient sees"), Role::Teacher, CurveSeries::Style::Solid, s.x, s.seen}}};
    if (!trails.empty())
        addWalk(curves, *trails.front(), static_cast<double>(weights[index]),
            static_cast<double>(w.history.codes[index]) * static_cast<double>(scale));
    return {.id = "gradient",
        .title = headline(r),
        .caption = text(
            "The staircase has slope 0 almost everywhere; the estimator uses 1 inside the range and 0 where values are clipped. The weight of %1 that changed code most often: %2 times.",
            w.layer.name, std::to_string(trails.empty() ? 0 : trails.front()->changes)),
        .description =
            text("The rounding staircase, the line whose slope the straight-through estimator uses, and one weight on the staircase."),
        .body = std::move(curves),
        .place = Place::Top};
}

Figure stepsFigure(const Result& r, AwareMethod method)
{
    Curves curves{{.title = text("step")}, {.title = text("step size, relative to its start")}, {}};
    const Role roles[] = {Role::Before, Role::After, Role::Train, Role::Test, Role::Teacher, Role::Taught, Role::Alone};
    for (std::size_t i = 0; i < r.watches.size(); ++i) {
        const Points s = decimate(r.steps, r.watches[i].step);
        curves.series.push_back({Text(r.watches[i].layer.name), roles[i % std::size(roles)], CurveSeries::Style::Solid, s.x, s.y});
    }
    const bool learned = method == AwareMethod::LearnedStep;
    return {.id = "steps",
        .title = learned ? text("Learned step sizes") : text("Step sizes"),
        .caption = learned ? text("The step size of each layer's weights is trained by gradient descent, like a weight (LSQ).")
                           : text("The step size of each layer follows its largest weight."),
        .description = text("Step size of each layer against training steps."),
        .body = curves};
}

Figure gapFigure(const Result& r)
{
    Table table;
    table.columns = {text("QAT epoch"), text("simulated"), text("integers"), text("gap"), text("same prediction")};
    table.result = 3;
    for (const Gap& g : r.gaps)
        table.rows.push_back({Text(std::to_string(g.epoch)), Text(percent(g.simulated)), Text(percent(g.real)),
            text("%1 points", signedFixed(100 * (g.real - g.simulated), 2)), Text(percent(g.agreement))});
    return {.id = "gap",
        .title = text("Simulated and converted"),
        .caption = text(
            "Training simulates quantization in float; the integer results are those of the converted network, run in int8. Float: %1.",
            percent(r.exact)),
        .description = text("Accuracy of the simulated and the converted network after each QAT epoch."),
        .body = table};
}

} // namespace

std::vector<Figure> figuresOf(const Result& r, std::size_t layer, AwareMethod method)
{
    const Watch& w = r.watches[layer];
    return {gradientFigure(r), trailsFigure(r), weightsFigure(w, r.steps.size()), codesFigure(r), stepsFigure(r, method), gapFigure(r)};
}

} // namespace bitstill::inside_qat
