#include "engine/experiment/experiments/omitted_class.h"
#include "engine/experiment/interval_text.h"
#include "engine/measure/interval.h"

namespace bitstill::omitted_class {

namespace {

Figure recallFigure(const Result& r)
{
    Bars bars{{.title = text("recognised"), .range = AxisRange{0, 1}, .percent = true}, {},
        {{text("as trained"), Role::Alone, {}, {}}, {text("with bias correction"), Role::Taught, {}, {}}}};
    const auto add = [](BarSeries& series, const std::vector<char>& recalled) {
        const Interval i = accuracyInterval(recalled);
        series.values.push_back(i.mean);
        series.intervals.push_back({i.low, i.high});
    };
    for (const Student& s : r.students) {
        bars.categories.push_back(s.name);
        add(bars.series[0], s.recalledPlain);
        add(bars.series[1], s.recalledCorrected);
    }
    const Student& soft = r.students.back();
    const Interval before = accuracyInterval(soft.recalledPlain), after = accuracyInterval(soft.recalledCorrected);
    return {.id = "recall",
        .title = text("%1: %2 % → %3 ± %4 %, never seen", r.className, fixed(100 * before.mean, 0), fixed(100 * after.mean, 0),
            fixed(100 * after.halfWidth(), 0)),
        .caption = text(
            "Share of its test images that the students recognise, as trained and with a bias added to the class's logit. Lines: 95 % interval."),
        .description = text("Recall of the withheld class with hard and with soft labels, before and after the bias correction."),
        .body = bars,
        .place = Place::Top};
}

/// Only where there are images.
void addImages(std::vector<Figure>& figures, const Result& r)
{
    if (r.images.empty()) return;
    figures.push_back({.id = "images",
        .title = text("The withheld class: %1", r.className),
        .caption = text("The first of its test images, and what the student taught by soft labels says of each after the bias correction."),
        .description = text("Test images of the withheld class with the student's predictions."),
        .body = Images{r.images},
        .place = Place::Top});
}

Figure verdictFigure(const Result& r)
{
    const Student &hard = r.students[0], &soft = r.students[1];
    Readout readout;
    readout.items = {{text("gain in recall from soft labels"),
                         pointsText(pairedDifference(hard.recalledCorrected, soft.recalledCorrected), 100, 1), true},
        {text("bias added, hard labels"), Text(signedFixed(hard.bias, 2))},
        {text("bias added, soft labels"), Text(signedFixed(soft.bias, 2))},
        {text("the teacher recognises"), Text(percent(r.teacherRecall))}};
    return {.id = "verdict",
        .title = text("What the soft labels conveyed"),
        .caption = text("The students never saw an image of %1. The bias added to its logit was chosen on %2 training images.", r.className,
            grouped(static_cast<std::int64_t>(hard.probes))),
        .description = text("Difference in recall between soft and hard labels after the bias correction."),
        .body = readout};
}

Figure sweepFigure(const Result& r)
{
    Curves curves{{.title = text("bias added to the withheld class")},
        {.title = text("share of right answers"), .range = AxisRange{0, 1}, .percent = true}, {}};
    for (const Student& s : r.students) {
        curves.series.push_back({text("%1: withheld class", s.name), s.role, CurveSeries::Style::Solid, biases(), s.recall});
        curves.series.push_back({text("%1: all classes", s.name), s.role, CurveSeries::Style::Dashed, biases(), s.overall});
    }
    return {.id = "sweep",
        .title = text("Recall against bias"),
        .caption =
            text("More bias recalls more of the withheld class, until the others suffer. The wider that gap, the more the student knows."),
        .description = text("Recall of the withheld class and accuracy on all against the bias."),
        .body = curves};
}

/// What the students take the withheld class for before the correction.
Figure mistakenFigure(const Result& r)
{
    Bars bars{{.title = text("share"), .range = AxisRange{0, 1}, .percent = true}, {}, {}};
    for (const Student& s : r.students) bars.series.push_back({s.name, s.role, s.takenFor, {}});
    for (const std::string& name : r.classes) bars.categories.push_back(Text(name));
    return {.id = "mistaken",
        .title = text("What they mistake it for"),
        .caption = text("Predictions on the test images of %1 before the bias correction.", r.className),
        .description = text("Share of each predicted class among the withheld class's images."),
        .body = bars};
}

} // namespace

std::vector<Figure> figuresOf(const Result& r)
{
    std::vector<Figure> figures{recallFigure(r)};
    addImages(figures, r);
    for (const auto figureOf : {&verdictFigure, &sweepFigure, &mistakenFigure}) figures.push_back(figureOf(r));
    return figures;
}

} // namespace bitstill::omitted_class
