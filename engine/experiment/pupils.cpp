#include "engine/experiment/pupils.h"

#include "engine/measure/agreement.h"

namespace bitstill {

void Pupil::measure(const Logits& logits, const Logits& teacher, const Samples& test)
{
    accuracy = bitstill::accuracy(logits, test);
    agreement = bitstill::agreement(teacher, logits);
    second = secondChoiceAgreement(teacher, logits);
    divergence = klDivergence(teacher, logits);
    reliability = bitstill::reliability(logits, test.labels);
}

Interval over(const std::vector<Pupil>& pupils, const std::function<double(const Pupil&)>& get)
{
    std::vector<double> values;
    for (const Pupil& p : pupils) values.push_back(get(p));
    return meanInterval(values);
}

std::vector<double> gains(const std::vector<Pupil>& pupils, const std::vector<Pupil>& alone)
{
    std::vector<double> points;
    for (std::size_t i = 0; i < pupils.size(); ++i) points.push_back(100 * (pupils[i].accuracy - alone[i].accuracy));
    return points;
}

Figure pairsFigure(const std::vector<Pupil>& alone, const std::vector<Pupil>& taught)
{
    Bars bars{{.title = text("gain"), .unit = text("points")}, {}, {{text("taught less alone"), Role::Taught, gains(taught, alone), {}}}};
    for (std::size_t i = 0; i < taught.size(); ++i) bars.categories.push_back(text("seed %1", std::to_string(i + 1)));
    return {.id = "pairs",
        .title = text("Each pair"),
        .caption = text("Both students of a pair start from the same weights."),
        .description = text("Gain of each pair of students."),
        .body = bars};
}

Figure pupilsTable(const std::vector<Pupil>& alone, const std::vector<Pupil>& taught, const std::vector<Pupil>& hard)
{
    Table table;
    table.columns = {text("student"), text("accuracy"), text("agrees with the teacher"), text("second choice too"),
        text("KL from the teacher"), text("calibration error")};
    table.result = 1;
    const auto row = [&](const Text& name, const std::vector<Pupil>& pupils) {
        const auto cell = [&](const auto& get, double unit, int digits) {
            const Interval i = over(pupils, get);
            return Text(fixed(unit * i.mean, digits) + (pupils.size() > 1 ? " ± " + fixed(unit * i.halfWidth(), digits) : ""));
        };
        table.rows.push_back({name, cell([](const Pupil& p) { return p.accuracy; }, 100, 2),
            cell([](const Pupil& p) { return p.agreement; }, 100, 2), cell([](const Pupil& p) { return p.second; }, 100, 2),
            cell([](const Pupil& p) { return p.divergence; }, 1, 3), cell([](const Pupil& p) { return p.reliability.ece; }, 100, 2)});
    };
    row(text("alone"), alone);
    row(text("taught"), taught);
    if (!hard.empty()) row(text("taught hard labels"), hard);
    return {.id = "table",
        .title = text("Beyond accuracy"),
        .caption = text("Means over seeds with 95 % intervals; accuracy, agreement and calibration error in percent, KL in nat."),
        .description = text("Accuracy, agreement with the teacher, divergence from it and calibration of both students."),
        .body = table,
        .span = 2};
}

} // namespace bitstill
