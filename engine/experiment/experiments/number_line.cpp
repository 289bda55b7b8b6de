// What does float → int lose? A few thousand numbers, the levels they are rounded to, and the error that leaves.

#include "engine/experiment/experiments/experiments.h"

#include "engine/core/rng.h"
#include "engine/experiment/context.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/weights_figure.h"
#include "engine/measure/error_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

std::vector<Field> fields()
{
    const Text numbers = text("Numbers");
    std::vector<Field> quant = quantFields();
    std::erase_if(quant, [](const Field& f) { return f.key == "quant.granularity"; });
    quant.push_back({.key = "quant.clip",
        .kind = Field::Kind::Real,
        .group = text("Quantization"),
        .label = text("Clip at"),
        .help = text("Share of the full range that the levels cover; what lies beyond is clipped. Drag the lines in the chart."),
        .initial = 100.0,
        .low = 2,
        .high = 100,
        .unit = "%",
        .live = true});
    return joinFields({{{.key = "values.shape",
                            .kind = Field::Kind::Choice,
                            .group = numbers,
                            .label = text("Shape"),
                            .help = text("How the numbers are spread."),
                            .initial = std::string("gaussian"),
                            .choices = {{"gaussian", text("Gaussian")}, {"laplace", text("Laplace: sharp peak, long tails")},
                                {"bimodal", text("two humps")}, {"positive", text("positive only, as after ReLU")},
                                {"outliers", text("Gaussian with a few outliers")}},
                            .live = true},
                           {.key = "values.count",
                               .kind = Field::Kind::Int,
                               .group = numbers,
                               .label = text("How many"),
                               .help = text("Numbers drawn from the shape."),
                               .initial = std::int64_t{50000},
                               .low = 100,
                               .high = 200000,
                               .logarithmic = true,
                               .live = true}},
        quant});
}

Tensor draw(const std::string& shape, std::int64_t count, std::uint64_t seed)
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

class NumberLine : public Experiment {
public:
    void run(Context& context) override
    {
        retune(context);
        context.progress(1, text("done"));
    }

    void retune(Context& context) override
    {
        const Spec& spec = context.spec();
        const std::string& shape = spec.word("values.shape");
        const std::int64_t count = spec.integer("values.count");
        if (shape != m_shape || static_cast<std::size_t>(count) != m_values.size()) {
            m_values = draw(shape, count, spec.seed);
            m_shape = shape;
            m_rounded = m_values;
        }
        m_extent = extentsOf(m_values.data(), {1, 1, m_values.size()}, "number-line").front();
        m_parameters = parametersFor(static_cast<int>(spec.integer("quant.bits")), spec);
        fakeQuantize(m_values.data(), m_parameters, m_rounded.data());
        context.show(histogram(spec));
        context.show(readout(context));
        context.show(staircase());
        context.show(error());
        context.show(sqnrAgainstBits(spec));
    }

private:
    QuantParameters parametersFor(int bits, const Spec& spec) const
    {
        const auto clip = static_cast<float>(spec.real("quant.clip") / 100);
        return chooseParameters(bits, quantScheme(spec), {1, 1, m_values.size()}, {{m_extent.low * clip, m_extent.high * clip}});
    }

    double scale() const { return static_cast<double>(m_parameters.scale[0]); }
    double levelOf(int code) const { return (code - m_parameters.zeroPoint[0]) * scale(); }

    Figure histogram(const Spec& spec) const
    {
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high),
                     margin = 0.06 * std::max(high - low, 1e-6);
        Histogram h = beforeAfterHistogram(m_values, m_rounded, m_parameters, {low - margin, high + margin});
        h.y.title = h.y.title == text("share of weights per step") ? text("share of numbers per step") : text("share of numbers per bin");
        const double clip = spec.real("quant.clip") / 100;
        if (low < 0) h.markers.push_back({text("clip"), low * clip, "quant.clip", low / 100});
        if (high > 0) h.markers.push_back({text("clip"), high * clip, "quant.clip", high / 100});
        const std::string bits = std::to_string(spec.integer("quant.bits"));
        return {.id = "histogram",
            .title = text("Numbers before and after"),
            .caption = text("%1 numbers fall on %2 levels, %3 apart.", grouped(static_cast<std::int64_t>(m_values.size())),
                std::to_string(m_parameters.range.codes()), significant(scale())),
            .description =
                text("Histogram of the numbers before rounding, and of the %1-bit levels they fall on. The two clip lines can be dragged.",
                    bits),
            .body = h,
            .span = 2};
    }

    Figure readout(Context& context) const
    {
        const std::size_t n = m_values.size();
        const double sqnr = sqnrDb(m_values.data(), m_rounded.data(), n), error = rmse(m_values.data(), m_rounded.data(), n);
        const double bottom = levelOf(m_parameters.range.low) - scale() / 2, top = levelOf(m_parameters.range.high) + scale() / 2;
        const auto clipped = std::count_if(
            m_values.begin(), m_values.end(), [&](float v) { return static_cast<double>(v) < bottom || static_cast<double>(v) > top; });
        std::vector<float> levels(m_rounded.begin(), m_rounded.end());
        std::sort(levels.begin(), levels.end());
        const auto used = std::unique(levels.begin(), levels.end()) - levels.begin();
        const double clippedShare = static_cast<double>(clipped) / static_cast<double>(n);
        context.metric("sqnr_db", sqnr);
        context.metric("rmse", error);
        context.metric("scale", scale());
        context.metric("clipped", clippedShare);
        context.metric("codes_used", static_cast<double>(used));
        Readout r;
        r.items = {{text("signal to noise (SQNR)"), text("%1 dB", fixed(sqnr, 2)), true},
            {text("scale (one step)"), Text(significant(scale(), 4))},
            {text("zero point"), Text(std::to_string(m_parameters.zeroPoint[0]))},
            {text("codes used"), text("%1 of %2", std::to_string(used), std::to_string(m_parameters.range.codes()))},
            {text("root mean squared error"), Text(significant(error))},
            {text("the same in steps"), text("%1 (0.289 is pure rounding)", fixed(error / scale(), 3))},
            {text("clipped"), Text(percent(clippedShare))}};
        return {.id = "readout",
            .title = text("What it costs"),
            .caption = text("Measured on these numbers."),
            .description = text("Scale, zero point, codes used and error of the quantization."),
            .body = r};
    }

    Figure staircase() const
    {
        CurveSeries steps{text("after"), Role::After, CurveSeries::Style::Solid, {}, {}},
            line{text("before"), Role::Before, CurveSeries::Style::Dashed, {}, {}};
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high);
        const auto point = [&](double x, double y) {
            steps.x.push_back(x);
            steps.y.push_back(y);
        };
        point(std::min(low, levelOf(m_parameters.range.low) - scale()), levelOf(m_parameters.range.low));
        for (int code = m_parameters.range.low; code < m_parameters.range.high; ++code) {
            point(levelOf(code) + scale() / 2, levelOf(code));
            point(levelOf(code) + scale() / 2, levelOf(code + 1));
        }
        point(std::max(high, levelOf(m_parameters.range.high) + scale()), levelOf(m_parameters.range.high));
        line.x = line.y = {low, high};
        return {.id = "staircase",
            .title = text("The staircase"),
            .caption = text("Every number goes to the nearest level; beyond the last one it stays there."),
            .description = text("The rounded value against the value: a staircase along the diagonal."),
            .body = Curves{{.title = text("value"), .range = AxisRange{low, high}},
                {.title = text("rounded value"), .range = AxisRange{low, high}}, {line, steps}}};
    }

    Figure error() const
    {
        constexpr std::size_t kPoints = 1000;
        CurveSeries curve{text("error"), Role::After, CurveSeries::Style::Solid, {}, {}};
        CurveSeries upper{text("half a step"), Role::Guide, CurveSeries::Style::Dashed, {}, {}},
            lower{text("half a step"), Role::Guide, CurveSeries::Style::Dashed, {}, {}};
        const double low = static_cast<double>(m_extent.low), high = static_cast<double>(m_extent.high);
        std::vector<float> x(kPoints), y(kPoints);
        for (std::size_t i = 0; i < kPoints; ++i) x[i] = static_cast<float>(low + (high - low) * static_cast<double>(i) / (kPoints - 1));
        fakeQuantize(x.data(), kPoints, m_parameters.scale[0], m_parameters.zeroPoint[0], m_parameters.range, y.data());
        for (std::size_t i = 0; i < kPoints; ++i) {
            curve.x.push_back(static_cast<double>(x[i]));
            curve.y.push_back(static_cast<double>(y[i]) - static_cast<double>(x[i]));
        }
        upper.x = lower.x = {low, high};
        upper.y = {scale() / 2, scale() / 2};
        lower.y = {-scale() / 2, -scale() / 2};
        return {.id = "error",
            .title = text("The error"),
            .caption = text(
                "At most half a step (%1) inside the range; it grows without limit where values are clipped.", significant(scale() / 2)),
            .description = text("Rounded value minus value, against the value."),
            .body =
                Curves{{.title = text("value"), .range = AxisRange{low, high}}, {.title = text("rounded − value")}, {curve, upper, lower}}};
    }

    Figure sqnrAgainstBits(const Spec& spec) const
    {
        CurveSeries measured{text("these numbers"), Role::After, CurveSeries::Style::Solid, {}, {}},
            here{text("bits chosen"), Role::Before, CurveSeries::Style::Points, {}, {}};
        CurveSeries rule{text("6.02 dB per bit"), Role::Guide, CurveSeries::Style::Dashed, {}, {}};
        Tensor rounded = m_values;
        for (int bits = 2; bits <= 8; ++bits) {
            fakeQuantize(m_values.data(), parametersFor(bits, spec), rounded.data());
            measured.x.push_back(bits);
            const double sqnr = sqnrDb(m_values.data(), rounded.data(), m_values.size());
            measured.y.push_back(std::isfinite(sqnr) ? sqnr : std::numeric_limits<double>::quiet_NaN());
        }
        for (int bits = 2; bits <= 8; ++bits) {
            rule.x.push_back(bits);
            rule.y.push_back(measured.y.back() - 6.02 * (8 - bits));
        }
        const auto chosen = static_cast<std::size_t>(spec.integer("quant.bits") - 2);
        here.x = {measured.x[chosen]};
        here.y = {measured.y[chosen]};
        return {.id = "sqnr",
            .title = text("Signal to noise against bits"),
            .caption = text("Each bit halves the step: about 6 dB, as long as nothing is clipped."),
            .description = text("SQNR in dB for 2 to 8 bits, measured on these numbers."),
            .body =
                Curves{{.title = text("bits"), .range = AxisRange{2, 8}}, {.title = text("SQNR"), .unit = "dB"}, {rule, measured, here}}};
    }

    Tensor m_values, m_rounded;
    std::string m_shape;
    Extent m_extent;
    QuantParameters m_parameters;
};

} // namespace

ExperimentInfo numberLine()
{
    return {.id = "number-line",
        .title = text("The number line"),
        .question = text("What does float → int lose?"),
        .group = text("Quantize"),
        .instant = true,
        .fields = fields(),
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<NumberLine>()); }};
}

} // namespace bitstill
