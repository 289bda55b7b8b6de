// An experiment. To engine/experiment/experiments/, its declaration to experiments.h there, and to the table in
// engine/experiment/registry.cpp:
//     coinFlip(),
// Then its lesson in both languages (resources/lessons, bitstill.qrc) and its sentences in ko.json. An experiment computes first, in free
// functions that return structs, and then draws: what it claims can be tested without a picture.

#include "examples/templates/templates.h"

#include "engine/core/rng.h"
#include "engine/experiment/context.h"

namespace bitstill {

namespace {

constexpr int kSteps = 100;

/// Share of heads after each flip.
std::vector<double> flips(std::uint64_t seed, int count)
{
    Rng rng(seed, "flips");
    std::vector<double> share;
    for (int i = 0, heads = 0; i < count; ++i) {
        heads += rng.uniform() < 0.5 ? 1 : 0;
        share.push_back(static_cast<double>(heads) / (i + 1));
    }
    return share;
}

class CoinFlip : public Experiment {
public:
    void run(Context& context) override
    {
        for (int step = 0; step < kSteps; ++step) {
            context.checkpoint(step, false); // pause, stop and live fields happen here
            m_share = flips(context.spec().seed, step + 1);
            if (context.wanted()) draw(context);
            context.progress(static_cast<double>(step + 1) / kSteps, Text("flipping")); // text("...") outside of examples
        }
        draw(context);
        context.metric("heads", m_share.back());
        context.mark(Text("done"));
    }
    /// After a live field has changed, in run() from within checkpoint() and after it.
    void retune(Context& context) override { draw(context); }

private:
    void draw(Context& context) const
    {
        std::vector<double> x;
        for (std::size_t i = 0; i < m_share.size(); ++i) x.push_back(static_cast<double>(i + 1));
        context.show({.id = "share",
            .title = Text("Share of heads"),
            .caption = Text("It comes closer to a half."),
            .description = Text("Share of heads against flips."),
            .body = Curves{{.title = Text("flips")}, {.title = Text("heads"), .range = AxisRange{0, 1}, .percent = true},
                {{Text("heads"), context.spec().flag("coin.dark") ? Role::Neutral : Role::After, CurveSeries::Style::Solid, x, m_share}}}});
        context.show(gauge("now", Text("Heads"), m_share.empty() ? 0 : m_share.back()));
    }

    std::vector<double> m_share;
};

} // namespace

ExperimentInfo coinFlip()
{
    const Field dark{.key = "coin.dark",
        .kind = Field::Kind::Flag,
        .group = Text("Coin"),
        .label = Text("Dark"),
        .help = Text("Draws the curve in grey."),
        .initial = false,
        .live = true};
    return {.id = "coin-flip",
        .title = Text("Coin flip"),
        .question = Text("How soon is a coin fair?"),
        .group = Text("Examples"),
        .instant = true,
        .fields = {dark},
        .make = [] { return std::unique_ptr<Experiment>(std::make_unique<CoinFlip>()); }};
}

} // namespace bitstill
