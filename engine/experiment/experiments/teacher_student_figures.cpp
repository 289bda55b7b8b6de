#include "engine/experiment/experiments/teacher_student.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/reliability_figure.h"
#include "engine/measure/agreement.h"

#include <algorithm>

namespace bitstill::teacher_student {

void StudentRun::measure(const Logits& logits, const Logits& teacher, const Samples& test)
{
    accuracy = bitstill::accuracy(logits, test);
    agreement = bitstill::agreement(teacher, logits);
    second = secondChoiceAgreement(teacher, logits);
    divergence = klDivergence(teacher, logits);
    reliability = bitstill::reliability(logits, test.labels);
}

bool alike(const DistillSettings& a, const DistillSettings& b)
{
    return a.temperature == b.temperature && a.teacherWeight == b.teacherWeight && a.featureWeight == b.featureWeight;
}

std::vector<Pair> Result::counted() const
{
    std::vector<Pair> some;
    std::ranges::copy_if(pairs, std::back_inserter(some), [&](const Pair& p) { return alike(p.settings, settings); });
    return some;
}

Interval over(const std::vector<Pair>& pairs, const OfPair& get)
{
    std::vector<double> values;
    for (const Pair& p : pairs) values.push_back(get(p));
    return meanInterval(values);
}

std::vector<double> gains(const std::vector<Pair>& pairs)
{
    std::vector<double> points;
    for (const Pair& p : pairs) points.push_back(100 * (p.taught.accuracy - p.alone.accuracy));
    return points;
}

Verdict verdictOf(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    if (r.again && pairs.size() < r.pairs.size()) return Verdict::Open;
    if (pairs.size() < 2) return Verdict::TooFewSeeds;
    const Interval gain = meanInterval(gains(pairs));
    return gain.low > 0 ? Verdict::Better : gain.high < 0 ? Verdict::Worse : Verdict::NoDifference;
}

Metrics metricsOf(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    if (pairs.empty()) return {};
    const Interval gain = meanInterval(gains(pairs));
    Metrics metrics{{"student.alone.accuracy", over(pairs, [](const Pair& p) { return p.alone.accuracy; }).mean},
        {"student.taught.accuracy", over(pairs, [](const Pair& p) { return p.taught.accuracy; }).mean}, {"gain.mean", gain.mean / 100}};
    if (pairs.front().hard)
        metrics.emplace_back(
            "gain.hard.mean", over(pairs, [](const Pair& p) { return 100 * (p.hard->accuracy - p.alone.accuracy); }).mean / 100);
    if (pairs.size() < 2) return metrics;
    metrics.emplace_back("gain.low", gain.low / 100);
    metrics.emplace_back("gain.high", gain.high / 100);
    return metrics;
}

namespace {

Text nameOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Open: return Text("…");
    case Verdict::TooFewSeeds: return text("needs two seeds or more");
    case Verdict::Better: return text("better");
    case Verdict::Worse: return text("worse");
    case Verdict::NoDifference: return text("no difference seen");
    }
    return {};
}

Text verdictCaption(const Result& r, std::size_t counted)
{
    const std::string number = std::to_string(counted), all = std::to_string(r.pairs.size());
    if (counted == r.pairs.size())
        return counted == 1 ? text("Of 1 seed, which has no interval.") : text("Paired over %1 seeds; ± is a 95 % interval.", number);
    if (r.again) return text("The students are being taught again with the new values: %1 of %2 pairs so far.", number, all);
    return text("Paired over the %1 of %2 seeds taught with these values: students taught with others do not count.", number, all);
}

Figure pairsFigure(const std::vector<Pair>& pairs)
{
    Bars bars{{.title = text("gain"), .unit = text("points")}, {}, {{text("taught minus alone"), Role::Taught, gains(pairs), {}}}};
    for (const Pair& p : pairs) bars.categories.push_back(text("seed %1", std::to_string(p.number + 1)));
    return {.id = "pairs",
        .title = text("Each pair"),
        .caption = text("Both students of a pair start from the same weights."),
        .description = text("Gain of each pair of students."),
        .body = bars};
}

Figure tableFigure(const std::vector<Pair>& pairs)
{
    Table table;
    table.columns = {text("student"), text("accuracy"), text("agrees with the teacher"), text("same second choice"),
        text("KL from the teacher"), text("calibration error")};
    table.result = 1;
    const auto add = [&](const Text& name, const std::function<const StudentRun&(const Pair&)>& student) {
        const auto cell = [&](const auto& get, double unit, int digits) {
            return Text(meanText(over(pairs, [&](const Pair& p) { return get(student(p)); }), unit, digits));
        };
        table.rows.push_back({name, cell([](const StudentRun& s) { return s.accuracy; }, 100, 2),
            cell([](const StudentRun& s) { return s.agreement; }, 100, 2), cell([](const StudentRun& s) { return s.second; }, 100, 2),
            cell([](const StudentRun& s) { return s.divergence; }, 1, 3),
            cell([](const StudentRun& s) { return s.reliability.ece; }, 100, 2)});
    };
    add(text("alone"), [](const Pair& p) -> const StudentRun& { return p.alone; });
    add(text("taught"), [](const Pair& p) -> const StudentRun& { return p.taught; });
    if (pairs.front().hard) add(text("taught hard labels"), [](const Pair& p) -> const StudentRun& { return *p.hard; });
    return {.id = "table",
        .title = text("Beyond accuracy"),
        .caption = text("Means over seeds with 95 % intervals; accuracy, agreement and calibration error in percent, KL in nats."),
        .description = text("Accuracy, agreement with the teacher, divergence from it and calibration of both students."),
        .body = table,
        .span = 2};
}

Figure seenFigure(const Result& r)
{
    const std::string all = grouped(static_cast<std::int64_t>(r.trainSamples)), some = grouped(static_cast<std::int64_t>(r.labels));
    const double weight = r.settings.teacherWeight;
    Readout readout;
    readout.items = {{text("teacher"), text("%1 labelled", r.sameData ? some : all)}, {text("student alone"), text("%1 labelled", some)},
        {text("student taught"),
            r.pool ? text("%1 labelled, %2 unlabelled", some, grouped(static_cast<std::int64_t>(r.trainSamples - r.labels)))
                   : text("%1 labelled", some)},
        {text("temperature"), Text(significant(r.settings.temperature))},
        {text("loss weights: teacher, labels"), text("%1, %2", fixed(weight, 2), fixed(1 - weight, 2))}};
    return {.id = "seen",
        .title = text("Who was trained on what"),
        .caption = text("A teacher that saw more data can pass that on; one that did not has only its soft labels to offer."),
        .description = text("Number of samples the teacher and the students were trained on."),
        .body = readout};
}

} // namespace

Figure raceFigure(const Result& r, const StudentRun& alone, const StudentRun* taught)
{
    Curves curves{{.title = text("step")}, {.title = text("accuracy"), .percent = true}, {}};
    curves.series.push_back({text("alone"), Role::Alone, CurveSeries::Style::Solid, alone.steps, alone.accuracies});
    if (taught) curves.series.push_back({text("taught"), Role::Taught, CurveSeries::Style::Solid, taught->steps, taught->accuracies});
    return {.id = "race",
        .title = text("Alone and taught"),
        .caption =
            text("The pair that is training now or trained last, on %1 test samples.", grouped(static_cast<std::int64_t>(r.raceSamples))),
        .description = text("Test accuracy of both students against steps."),
        .body = curves};
}

std::vector<Figure> heardFigures(const Result& r, const StudentRun& taught)
{
    std::vector<Figure> figures{lossPartsFigure(taught.heard, r.method)};
    if (r.method.loss) figures.push_back(gradientShareFigure(taught.heard));
    return figures;
}

Figure verdictFigure(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    const auto shown = [&](const OfPair& get) { return pairs.empty() ? Text("…") : Text(percent(over(pairs, get).mean)); };
    const auto gain = [&](const OfPair& get) { return pointsText(over(pairs, get), 1); };
    Readout readout;
    readout.items.push_back({text("the teacher's gain"),
        pairs.empty() ? Text("…") : gain([](const Pair& p) { return 100 * (p.taught.accuracy - p.alone.accuracy); }), true});
    readout.items.push_back({text("verdict"), nameOf(verdictOf(r)), pairs.size() > 1});
    readout.items.push_back({text("teacher"), Text(percent(r.teacher))});
    readout.items.push_back({text("student alone"), shown([](const Pair& p) { return p.alone.accuracy; })});
    readout.items.push_back({text("student taught"), shown([](const Pair& p) { return p.taught.accuracy; })});
    if (!pairs.empty() && pairs.front().hard)
        readout.items.push_back(
            {text("gain from its hard labels"), gain([](const Pair& p) { return 100 * (p.hard->accuracy - p.alone.accuracy); })});
    return {.id = "verdict",
        .title = text("Does the teacher help?"),
        .caption = verdictCaption(r, pairs.size()),
        .description = text("Accuracy gain from the teacher, with its interval."),
        .body = readout,
        .place = Place::Top};
}

std::vector<Figure> figuresOf(const Result& r)
{
    const std::vector<Pair> pairs = r.counted();
    if (pairs.empty()) return {};
    const Pair& last = pairs.back();
    std::vector<Figure> figures{
        contrastsFigure(r), verdictFigure(r), pairsFigure(pairs), tableFigure(pairs), raceFigure(r, last.alone, &last.taught)};
    for (Figure& f : heardFigures(r, last.taught)) figures.push_back(std::move(f));
    figures.push_back(reliabilityFigure(last.alone.reliability, last.taught.reliability));
    figures.push_back(seenFigure(r));
    return figures;
}

Figure trialsFigure(const Result& r)
{
    std::vector<ScatterPoint> points;
    for (const Trial& t : r.trials)
        points.push_back({text("teacher weight %1", fixed(t.settings.teacherWeight, 2)), t.settings.temperature, t.gain, Role::Taught, {}});
    return {.id = "trials",
        .title = text("Settings you have tried"),
        .caption = text(
            "Gain of the first pair. Change the temperature or the teacher weight, and the students are retrained from the same start."),
        .description = text("Gain of the first pair for each temperature tried."),
        .body = Scatter{{.title = text("temperature"), .logarithmic = true}, {.title = text("gain"), .unit = text("points")}, points}};
}

} // namespace bitstill::teacher_student
