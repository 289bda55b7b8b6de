#include "engine/experiment/number_shapes.h"

#include "engine/core/rng.h"
#include "engine/quant/number_format.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

std::vector<Field::Choice> numberShapes()
{
    return {{"gaussian", text("Gaussian")}, {"laplace", text("Laplace: sharp peak, long tails")}, {"bimodal", text("two peaks")},
        {"positive", text("positive only, as after ReLU")}, {"outliers", text("Gaussian with a few outliers")}};
}

Tensor drawNumbers(const std::string& shape, std::int64_t count, std::uint64_t seed)
{
    Rng rng(seed, "noise");
    Tensor values({static_cast<int>(count)});
    const std::size_t outliers = shape == "outliers" ? std::max<std::size_t>(1, values.size() / 2000) : 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        double v = shape == "laplace" ? rng.laplace() / std::sqrt(2.0) : rng.normal();
        if (shape == "bimodal") v = 0.35 * v + (rng.uniform() < 0.5 ? -1.2 : 1.2);
        if (shape == "positive") v = std::max(v, 0.0);
        if (i < outliers) v = (rng.uniform() < 0.5 ? -1 : 1) * rng.uniform(10, 14);
        values[i] = static_cast<float>(v);
    }
    return values;
}

Figure formatsFigure(const std::vector<double>& sqnr, std::size_t count)
{
    BarSeries bars{text("SQNR"), Role::After, {}, {}};
    std::vector<Text> names;
    for (std::size_t i = 0; i < sqnr.size(); ++i) {
        const NumberFormat& f = numberFormats()[i];
        names.push_back(text("%1, %2 bits", Text(f.name), fixed(f.bits(count) / static_cast<double>(count), 2)));
        bars.values.push_back(std::isfinite(sqnr[i]) ? sqnr[i] : 0);
    }
    return {.id = "formats",
        .title = text("Other number formats"),
        .caption = text("Signal-to-noise ratio of each format on these numbers; bits per number include the scales."),
        .description = text("SQNR in dB of each number format, measured on these numbers."),
        .body = Bars{{.title = text("SQNR"), .unit = Text("dB")}, names, {bars}}};
}

} // namespace bitstill
