// The contrasts of teacher-student: what each sets, and which of them a run answers.

#include "engine/experiment/catalogue.h"
#include "engine/experiment/experiments/teacher_student.h"
#include "engine/experiment/interval_text.h"

#include <algorithm>

namespace bitstill::teacher_student {

std::vector<Contrast> contrasts()
{
    const auto word = [](const char* w) { return Value(std::string(w)); };
    return {
        {"all-labels", text("All labels"), text("The student has every label too: what is left to teach?"),
            {{"distill.labels", std::int64_t{100000}}, {"train.epochs", std::int64_t{5}}}},
        {"longer", text("Ten times longer"), text("The same labels, ten times the steps, for both students."),
            {{"train.epochs", std::int64_t{600}}}},
        {"shuffled", text("Shuffled"), text("The teacher's confidence stays; its values for the other classes are shuffled."),
            {{"distill.knowledge", word("shuffled")}}},
        {"flattened", text("Flattened"), text("The teacher's confidence stays; the other classes share the rest equally."),
            {{"distill.knowledge", word("flattened")}}},
        {"hard", text("Hard labels"), text("Only the class that the teacher picks."), {{"distill.knowledge", word("hard")}}},
        {"same-data", text("Same data"), text("The teacher trains on the student's data only."), {{"distill.teacher_data", word("same")}}},
        {"pool", text("Unlabelled pool"), text("The taught student also learns from the teacher on all other images."),
            {{"distill.pool", true}}},
    };
}

namespace {

Text headline(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    if (pairs.empty()) return text("Does the teacher help?");
    const Text gain = pointsText(meanInterval(gains(pairs)), 1, 1);
    const Verdict verdict = verdictOf(r);
    return verdict == Verdict::Better ? text("The teacher gives %1", gain)
        : verdict == Verdict::Worse   ? text("The teacher does harm: %1", gain)
                                      : text("The teacher's gain: %1", gain);
}

/// One of the questions: a contrast, or the plain one.
struct Question {
    Text label;
    Spec spec; ///< of its run at defaults
    std::vector<const EarlierGain*> runs{}; ///< those nearest to it
};

std::vector<Question> questions(const Spec& spec)
{
    const Spec plain = defaultSpec(spec.experiment);
    std::vector<Question> all{{text("Baseline"), plain}};
    for (const Contrast& c : experimentInfo(spec.experiment).contrasts) {
        all.push_back({c.label, plain});
        for (const auto& [key, value] : c.values) all.back().spec.values[key] = value;
    }
    return all;
}

std::vector<std::string> differences(const Spec& a, const Spec& b)
{
    std::vector<std::string> keys;
    for (const auto& [key, value] : a.values)
        if (const auto other = b.values.find(key); other == b.values.end() || !(other->second == value)) keys.push_back(key);
    return keys;
}

std::size_t nearest(const std::vector<Question>& all, const Spec& spec)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < all.size(); ++i)
        if (differences(spec, all[i].spec).size() < differences(spec, all[best].spec).size()) best = i;
    return best;
}

} // namespace

Text nameOf(const Spec& spec)
{
    constexpr std::size_t kMost = 2;
    const std::vector<Question> all = questions(spec);
    const Question& asked = all[nearest(all, spec)];
    const std::vector<std::string> keys = differences(spec, asked.spec);
    Text name = asked.label;
    for (std::size_t i = 0; i < std::min(keys.size(), kMost); ++i)
        name = Text("%1, %2 %3", {name, fieldOf(experimentInfo(spec.experiment), keys[i])->label, describe(spec.values.at(keys[i]))});
    if (keys.size() > kMost) name = Text("%1, …", {name});
    return spec.seed == asked.spec.seed ? name : text("%1, seed %2", name, std::to_string(spec.seed));
}

Figure contrastsFigure(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    const EarlierGain now{r.spec, meanInterval(gains(pairs))};
    std::vector<Question> all = questions(r.spec);
    if (!pairs.empty()) all[nearest(all, r.spec)].runs.push_back(&now);
    for (const EarlierGain& g : r.earlier)
        if (!(g.spec == r.spec)) all[nearest(all, g.spec)].runs.push_back(&g);
    Bars bars{{.title = text("gain"), .unit = text("points")}, {}, {{text("taught minus alone"), Role::Taught, {}, {}}}};
    BarSeries& series = bars.series.front();
    bool lines = false;
    for (const Question& q : all)
        for (const EarlierGain* g : q.runs) {
            bars.categories.push_back(g == &now && !r.earlier.empty() ? text("%1 (this run)", nameOf(g->spec)) : nameOf(g->spec));
            series.values.push_back(g->gain.mean);
            const bool spread = hasDrawnInterval(g->gain.samples);
            lines = lines || spread;
            series.intervals.push_back(spread ? AxisRange{g->gain.low, g->gain.high} : AxisRange{g->gain.mean, g->gain.mean});
        }
    for (const Question& q : all)
        if (q.runs.empty()) bars.categories.push_back(Text("(%1)", {q.label}));
    return {.id = "contrasts",
        .title = headline(r),
        .caption = lines
            ? text(
                "Gain over the same student alone, paired over seeds; lines: 95 % interval. In brackets: contrasts to run. Each keeps its bar.")
            : text("Gain over the same student alone, paired over seeds. In brackets: contrasts to run. Each keeps its bar."),
        .description = text("Gain from the teacher for each contrast that was run."),
        .body = bars,
        .span = 2,
        .place = Place::Top};
}

} // namespace bitstill::teacher_student
