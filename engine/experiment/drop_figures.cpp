// What explainDrop() found, in sentences and pictures.

#include "engine/experiment/drop_explanation.h"
#include "engine/experiment/interval_text.h"

#include <algorithm>

namespace bitstill {

namespace {

/// "12.60 ± 0.79 points", of a change of less than nothing.
Text costOf(const Interval& change)
{
    return text("%1 points", meanText({.mean = -change.mean, .low = -change.high, .high = -change.low, .samples = change.samples}));
}

bool isCertain(const Interval& change) { return change.low > 0 || change.high < 0; }

ExplainedSentence partsSentence(const DropExplanation& e)
{
    const DropVariant &w = e.weights, &a = e.activations;
    if (!isCertain(w.change) && !isCertain(a.change))
        return {text("Neither the weights nor the activations alone cost anything that %1 samples could show.",
            grouped(static_cast<std::int64_t>(e.samples)))};
    if (w.change.mean <= a.change.mean)
        return {text("The weights cost most: %1 alone, the activations alone %2.", costOf(w.change), costOf(a.change)), w.set};
    return {text("The activations cost most: %1 alone, the weights alone %2.", costOf(a.change), costOf(w.change)), a.set};
}

ExplainedSentence layerSentence(const DropExplanation& e)
{
    const DropVariant& worst = e.worst();
    if (!isCertain(worst.change)) return {text("No layer alone costs anything that could be shown: they hurt together.")};
    return {text("Of the layers, %1 costs most when it alone is rounded: %2.", worst.name, costOf(worst.change)), worst.set};
}

ExplainedSentence repairSentence(const DropExplanation& e)
{
    const DropVariant& best = e.best();
    if (best.gain.low <= 0) return {text("None of the repairs that were tried gives anything back that could be shown.")};
    return {text("What gives back most is %1: %2.", best.name, pointsText(best.gain)), best.set};
}

enum class Shown { Change, Gain };

ExplainedFigure barsOf(const std::string& id, Text title, const Text& caption, const std::vector<const DropVariant*>& variants, Shown shown)
{
    Bars bars{.value = {.title = shown == Shown::Gain ? text("given back") : text("change in accuracy"), .unit = text("points")},
        .categories = {},
        .series = {{.name = shown == Shown::Gain ? text("with the repair") : text("rounded"),
            .role = Role::After,
            .values = {},
            .intervals = {}}}};
    std::vector<Values> leads;
    for (const DropVariant* v : variants) {
        leads.push_back(v->set);
        const Interval& i = shown == Shown::Gain ? v->gain : v->change;
        bars.categories.push_back(v->name);
        bars.series[0].values.push_back(100 * i.mean);
        bars.series[0].intervals.push_back({100 * i.low, 100 * i.high});
    }
    return {.figure = {.id = id, .title = std::move(title), .caption = caption, .description = caption, .body = std::move(bars)},
        .leads = std::move(leads)};
}

std::vector<const DropVariant*> sorted(const std::vector<DropVariant>& variants)
{
    std::vector<const DropVariant*> all;
    for (const DropVariant& v : variants) all.push_back(&v);
    std::ranges::stable_sort(all, {}, [](const DropVariant* v) { return -v->gain.mean; });
    return all;
}

std::vector<const DropVariant*> inOrder(const std::vector<DropVariant>& variants)
{
    std::vector<const DropVariant*> all;
    for (const DropVariant& v : variants) all.push_back(&v);
    return all;
}

} // namespace

std::vector<ExplainedSentence> sentencesOf(const DropExplanation& e)
{
    const std::string samples = grouped(static_cast<std::int64_t>(e.samples));
    if (!e.isDrop())
        return {{text("Rounding to %1 costs nothing that %2 test samples could show: %3.", e.settings, samples, pointsText(e.drop))}};
    std::vector<ExplainedSentence> sentences{{text("Rounding to %1 costs %2 on %3 test samples.", e.settings, costOf(e.drop), samples)}};
    if (!e.weights.name.empty()) sentences.push_back(partsSentence(e));
    sentences.push_back(layerSentence(e));
    if (!e.repairs.empty()) sentences.push_back(repairSentence(e));
    return sentences;
}

std::vector<ExplainedFigure> figuresOf(const DropExplanation& e)
{
    std::vector<ExplainedFigure> figures;
    DropVariant all{.name = text("all of it"), .set = {}, .change = e.drop};
    if (!e.weights.name.empty())
        figures.push_back(barsOf("explain.parts", text("Where the loss comes from"),
            text("Change from float when only this is rounded. Lines: paired 95 % interval."), {&all, &e.weights, &e.activations},
            Shown::Change));
    figures.push_back(barsOf("explain.layers", text("Which layer"),
        text("Change from float when this layer alone is rounded, weights and outputs. Lines: paired 95 % interval."), inOrder(e.layers),
        Shown::Change));
    if (!e.repairs.empty())
        figures.push_back(barsOf("explain.repairs", text("What gives it back"),
            text("Accuracy that each repair alone gives back. Lines: paired 95 % interval."), sorted(e.repairs), Shown::Gain));
    figures.back().figure.span = 2;
    return figures;
}

} // namespace bitstill
