#include "engine/distill/soft_labels.h"
#include "engine/experiment/experiments/soft_labels.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/interval_text.h"
#include "engine/experiment/picture.h"
#include "engine/nn/loss.h"

#include <algorithm>
#include <cmath>

namespace bitstill::soft_labels {

std::vector<ImageTile> classPictures(const Dataset& data)
{
    std::vector<ImageTile> pictures;
    if (!isPicture(data)) return pictures;
    for (int c = 0; c < data.classCount(); ++c) {
        const auto first = std::ranges::find(data.train.labels, c);
        if (first == data.train.labels.end()) return {};
        pictures.push_back(pictureOf(data, data.train, static_cast<std::size_t>(first - data.train.labels.begin()), {}));
    }
    return pictures;
}

Figure imageFigure(const View& v)
{
    const auto label = static_cast<std::size_t>(v.data.test.labels[v.image]);
    const std::size_t choice = argmax(v.seen.teacher.row(v.image), v.seen.teacher.classes);
    Images images;
    if (isPicture(v.data)) images.tiles.push_back(pictureOf(v.data, v.data.test, v.image, Text(className(v.data, label))));
    return {.id = "image",
        .title = text("Test image %1", std::to_string(v.image + 1)),
        .caption = choice == label ? text("It is %1, and the network agrees.", className(v.data, label))
                                   : text("It is %1; the network says %2.", className(v.data, label), className(v.data, choice)),
        .description = text("The image whose soft labels are shown."),
        .body = images};
}

namespace {

Figure labelsFigure(const View& v, const Interval& others)
{
    const std::vector<double> now = v.labelsAt(v.temperature), plain = v.labelsAt(1);
    Bars bars{{.title = text("probability"), .range = AxisRange{0, 1}, .percent = true}, {},
        {{text("T = %1", significant(v.temperature)), Role::Teacher, now, {}}}};
    if (v.temperature != 1) bars.series.push_back({text("T = 1"), Role::Alone, plain, {}});
    for (std::size_t c = 0; c < now.size(); ++c) bars.categories.push_back(Text(className(v.data, c)));
    bars.pictures = v.seen.classes;
    bars.guide = 1 / static_cast<double>(now.size());
    return {.id = "labels",
        .title = text("T = %1: %2 % go to other classes", significant(v.temperature), meanText(others, 100, 1)),
        .caption = text(
            "Mean of %1 test images. Bars: softmax of this image's logits divided by T. Dashed: the probability if the network knew nothing of the %2 classes.",
            grouped(static_cast<std::int64_t>(v.seen.teacher.count)), std::to_string(now.size())),
        .description = text("Probability of each class at this temperature and at 1."),
        .body = bars};
}

Figure tailFigure(const View& v)
{
    const std::vector<double> now = v.labelsAt(v.temperature), plain = v.labelsAt(1);
    std::vector<std::size_t> order(now.size());
    for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
    std::stable_sort(order.begin(), order.end(),
        [&](std::size_t a, std::size_t b) { return v.seen.teacher.row(v.image)[a] > v.seen.teacher.row(v.image)[b]; });
    Table table;
    table.columns = {text("class"), text("logit"), text("at T = 1")};
    if (v.temperature != 1) table.columns.push_back(text("at T = %1", significant(v.temperature)));
    table.result = static_cast<int>(table.columns.size()) - 1;
    for (const std::size_t c : order) {
        table.rows.push_back(
            {Text(className(v.data, c)), Text(fixed(static_cast<double>(v.seen.teacher.row(v.image)[c]), 2)), Text(significant(plain[c]))});
        if (v.temperature != 1) table.rows.back().push_back(Text(significant(now[c])));
    }
    return {.id = "tail",
        .title = text("Logits and probabilities"),
        .caption = text("T never changes the ranking, only how much of it can be seen."),
        .description = text("Logit and probability of each class, largest first."),
        .body = table};
}

/// The same on a logarithmic axis, where the small ones have room.
Figure ranksFigure(const View& v)
{
    const auto ranked = [&v](double temperature) {
        std::vector<double> p = v.labelsAt(temperature);
        std::sort(p.rbegin(), p.rend());
        return p;
    };
    std::vector<double> ranks;
    for (std::size_t c = 1; c <= v.seen.teacher.classes; ++c) ranks.push_back(static_cast<double>(c));
    const double k = static_cast<double>(v.seen.teacher.classes), even = 1 / k;
    std::vector<CurveSeries> series{
        {text("T = %1", significant(v.temperature)), Role::Teacher, CurveSeries::Style::Solid, ranks, ranked(v.temperature)}};
    if (v.temperature != 1) series.push_back({text("T = 1"), Role::Alone, CurveSeries::Style::Dashed, ranks, ranked(1)});
    series.push_back({text("uniform"), Role::Guide, CurveSeries::Style::Dashed, {1, k}, {even, even}});
    return {.id = "ranks",
        .title = text("The tail by rank"),
        .caption = text("On a logarithmic axis the slope is the dark knowledge; raising T flattens it."),
        .description = text("The probabilities on a logarithmic axis, largest first, at this temperature and at 1."),
        .body = Curves{{.title = text("rank of the class"), .range = AxisRange{1, k}},
            {.title = text("probability"), .percent = true, .logarithmic = true}, std::move(series)}};
}

} // namespace

std::vector<Figure> labelFigures(const View& v, const Interval& others) { return {labelsFigure(v, others), ranksFigure(v), tailFigure(v)}; }

Figure entropyFigure(const View& v, double here)
{
    std::vector<double> effective;
    for (const double h : v.seen.entropy) effective.push_back(std::exp(h));
    return {.id = "entropy",
        .title = text("Effective number of classes"),
        .caption = text("exp of the mean entropy over %1 test images: %2 classes at this temperature.",
            grouped(static_cast<std::int64_t>(v.seen.teacher.count)), significant(here)),
        .description = text("Effective number of classes against temperature; the point is the current one."),
        .body = Curves{{.title = text("temperature"), .logarithmic = true},
            {.title = text("effective classes"), .range = AxisRange{1, static_cast<double>(v.seen.teacher.classes)}},
            {{text("all test images"), Role::Teacher, CurveSeries::Style::Solid, v.seen.temperatures, effective},
                {text("now"), Role::After, CurveSeries::Style::Points, {v.temperature}, {here}}}}};
}

Figure similarityFigure(const View& v, std::vector<double> similarity)
{
    const std::size_t k = v.seen.teacher.classes;
    Heatmap map{{.title = text("probability of")}, {.title = text("true class")}, {}, {}, std::move(similarity), {}};
    double most = 0; // among the others: the true class itself would outshine them
    for (std::size_t i = 0; i < k; ++i) {
        map.columns.push_back(Text(className(v.data, i)));
        map.rows.push_back(Text(className(v.data, i)));
        for (std::size_t c = 0; c < k; ++c)
            if (c != i) most = std::max(most, map.values[i * k + c]);
    }
    map.range = AxisRange{0, std::max(most, 1e-12)};
    return {.id = "similarity",
        .title = text("Class similarity"),
        .caption = text("Mean soft label of each true class. Off the diagonal is what a hard label cannot tell."),
        .description = text("Heat map of mean soft labels by true class."),
        .body = map,
        .span = 2};
}

Figure gradientFigure(const Seen& seen)
{
    std::vector<double> plain, scaled;
    for (std::size_t i = 0; i < seen.temperatures.size(); ++i) {
        plain.push_back(seen.gradient[i]);
        scaled.push_back(seen.gradient[i] * seen.temperatures[i] * seen.temperatures[i]);
    }
    return {.id = "gradient",
        .title = text("Why the loss has T²"),
        .caption = text("Mean gradient that these soft labels give a young student (the same network after a tenth of an epoch)."),
        .description = text("Size of the gradient against temperature, with and without the factor T²."),
        .body = Curves{{.title = text("temperature"), .logarithmic = true}, {.title = text("gradient")},
            {{text("without T²"), Role::Alone, CurveSeries::Style::Dashed, seen.temperatures, plain},
                {text("times T²"), Role::Teacher, CurveSeries::Style::Solid, seen.temperatures, scaled}}}};
}

Figure readoutFigure(const View& v, const std::string& teacher)
{
    const std::vector<double> now = v.labelsAt(v.temperature);
    const double h = entropy(now.data(), now.size());
    Readout r;
    r.items = {{text("temperature"), Text(significant(v.temperature, 3)), true},
        {text("entropy of this label"), text("%1 nat", significant(h))}, {text("effective classes"), Text(significant(std::exp(h)))},
        {text("teacher's accuracy"), Text(percent(accuracy(v.seen.teacher, v.data.test)))},
        {text("training steps so far"), Text(grouped(v.seen.step))}};
    return {.id = "readout",
        .title = text("This image, this temperature"),
        .caption = text("Teacher: %1, trained on %2 images.", teacher, grouped(static_cast<std::int64_t>(v.data.train.count()))),
        .description = text("Temperature, entropy and effective number of classes."),
        .body = r};
}

} // namespace bitstill::soft_labels
