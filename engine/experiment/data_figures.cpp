#include "engine/experiment/data_figures.h"

#include "engine/core/order.h"
#include "engine/core/text.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

constexpr std::size_t kMostPixels = 2'000'000; // of all pictures
constexpr std::size_t kMostClasses = 30; // that bars can show
constexpr std::size_t kMostColumns = 60, kMostShown = 6;

Text countText(std::size_t n) { return Text(grouped(static_cast<std::int64_t>(n))); }

/// "255", "0.3152"
std::string valueText(double value)
{
    constexpr double kLargest = 1e6; // that is not written with an exponent
    return isWhole(value) && std::abs(value) < kLargest ? fixed(value, 0) : significant(value, 4);
}

Text sentencesOf(const std::vector<Text>& notes)
{
    Text all;
    for (const Text& note : notes) all = all.empty() ? note : Text("%1 %2", {all, note});
    return all;
}

Figure factsFigure(const Dataset& data, const DataFacts& facts)
{
    Readout r;
    r.items = {{text("training samples"), countText(data.train.count())}, {text("test samples"), countText(data.test.count())},
        {text("values per sample"), described(data.shape)}, {text("classes"), countText(data.classes.size())}};
    if (data.columns.empty()) r.items.push_back({text("values"), text("%1 to %2", valueText(facts.low), valueText(facts.high))});
    const auto add = [&r](const Text& label, std::size_t n) { r.items.push_back({label, countText(n), n > 0}); };
    add(text("training samples that repeat an earlier one"), facts.train.repeated);
    add(text("test samples that repeat an earlier one"), facts.test.repeated);
    add(text("test samples that are training samples"), facts.shared);
    add(text("same values, another class"), facts.contradicting);
    if (data.shape.height > 1 || data.shape.width > 1) add(text("pixels that never change in training"), facts.constantValues);
    const Text found = facts.shared > 0 ? text("Copies between training and test make a network look better than it is.")
                                        : text("No test sample is a copy of a training sample.");
    std::vector<Text> notes{found};
    notes.insert(notes.end(), data.notes.begin(), data.notes.end());
    return {.id = "data.facts",
        .title = text("What is in %1", data.name),
        .caption = sentencesOf(notes),
        .description = text("Counts of samples and classes, and samples that occur more than once."),
        .body = r};
}

/// Of single numbers, as they are stored.
Text rowText(const Dataset& data, std::uint32_t row)
{
    std::vector<std::string> values;
    const std::size_t width = data.shape.size();
    for (std::size_t c = 0; c < std::min(width, kMostShown); ++c) {
        const std::size_t at = row * width + c;
        values.push_back(
            data.train.bytes.empty() ? fixed(static_cast<double>(data.train.values[at]), 2) : std::to_string(data.train.bytes[at]));
    }
    if (width > kMostShown) values.emplace_back("…");
    return Text(joined(values));
}

Figure rowsFigure(const Dataset& data, const std::vector<std::vector<std::uint32_t>>& examples)
{
    Table table{{text("class"), text("values")}, {}};
    for (std::size_t c = 0; c < examples.size(); ++c)
        for (const std::uint32_t row : examples[c]) table.rows.push_back({Text(className(data, c)), rowText(data, row)});
    return {.id = "data.samples",
        .title = text("Samples of each class"),
        .caption = data.columns.empty() ? text("Training samples, drawn by the seed.")
                                        : text("Training samples, drawn by the seed; each column has mean 0 and deviation 1."),
        .description = text("Some training samples of each class."),
        .body = table,
        .span = 2};
}

Figure samplesFigure(const Dataset& data, std::uint64_t seed)
{
    const std::size_t classes = std::max<std::size_t>(1, data.classes.size());
    constexpr std::size_t kMostTiles = 80, kMostEach = 4, kRowsEach = 3;
    if (!isPicture(data)) return rowsFigure(data, examplesOf(data, classes > kMostClasses ? 1 : kRowsEach, seed));
    const std::size_t pixels = std::max<std::size_t>(1, kMostPixels / data.shape.size());
    const std::size_t each = std::clamp<std::size_t>(std::min(kMostTiles, pixels) / classes, 1, kMostEach);
    Images images;
    const auto examples = examplesOf(data, each, seed);
    for (std::size_t c = 0; c < examples.size() && images.tiles.size() < std::min(kMostTiles, pixels); ++c)
        for (const std::uint32_t row : examples[c]) images.tiles.push_back(pictureOf(data, data.train, row, Text(className(data, c))));
    return {.id = "data.samples",
        .title = text("Samples of each class"),
        .caption = text("Training samples, drawn by the seed."),
        .description = text("Some training samples of each class."),
        .body = images,
        .span = 2};
}

Figure classesFigure(const Dataset& data, const DataFacts& facts)
{
    const auto [least, most] = std::ranges::minmax(facts.train.perClass);
    Figure figure{.id = "data.classes",
        .title = text("Samples per class"),
        .caption = least == most ? text("Every class has %1 training samples.", countText(least))
                                 : text("Training samples of a class: %1 to %2.", countText(least), countText(most)),
        .description = text("Training and test samples of each class."),
        .body = Bars{}};
    if (data.classes.size() <= kMostClasses) {
        Bars bars{{.title = text("samples")}, {},
            {{text("training"), Role::Train, {facts.train.perClass.begin(), facts.train.perClass.end()}, {}},
                {text("test"), Role::Test, {facts.test.perClass.begin(), facts.test.perClass.end()}, {}}}};
        for (std::size_t c = 0; c < data.classes.size(); ++c) bars.categories.emplace_back(className(data, c));
        figure.body = bars;
        return figure;
    }
    Table table{{text("class"), text("training"), text("test")}, {}};
    for (std::size_t c = 0; c < data.classes.size(); ++c)
        table.rows.push_back({Text(className(data, c)), countText(facts.train.perClass[c]), countText(facts.test.perClass[c])});
    figure.body = table;
    return figure;
}

Text remarkOn(const ColumnFacts& c)
{
    switch (c.suspicion) {
    case Suspicion::None: return {};
    case Suspicion::Constant: return text("constant in training: tells nothing");
    case Suspicion::AlmostConstant: return text("%1 of training are one value", percent(c.share, 1));
    case Suspicion::TellsTheClass: return text("tells the class by itself");
    case Suspicion::SameAsAnother: return text("the same as %1", printable(c.same, 60));
    case Suspicion::FarOut: return text("a value %1 deviations from the mean", fixed(c.deviations, 0));
    }
    return {};
}

Figure columnsFigure(const std::vector<ColumnFacts>& columns)
{
    std::vector<std::size_t> order(columns.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_partition(order.begin(), order.end(), [&](std::size_t c) { return columns[c].suspicion != Suspicion::None; });
    const auto suspicious = std::ranges::count_if(columns, [](const ColumnFacts& c) { return c.suspicion != Suspicion::None; });
    Table table{{text("column"), text("smallest"), text("largest"), text("remark")}, {}};
    for (std::size_t i = 0; i < std::min(order.size(), kMostColumns); ++i) {
        const ColumnFacts& c = columns[order[i]];
        table.rows.push_back(
            {Text(printable(c.column.name, 60)), Text(valueText(c.column.low)), Text(valueText(c.column.high)), remarkOn(c)});
    }
    return {.id = "data.columns",
        .title = counted(static_cast<std::int64_t>(columns.size()), "%1 column", "%1 columns"),
        .caption = suspicious > 0 ? counted(suspicious, "%1 column deserves a look before you trust an accuracy.",
                       "%1 columns deserve a look before you trust an accuracy.")
                                  : text("No column stands out."),
        .description = text("The columns of the table with their ranges, those that stand out first."),
        .body = table,
        .span = 2};
}

} // namespace

std::vector<Figure> figuresOf(const Dataset& data, const DataFacts& facts, std::uint64_t seed)
{
    std::vector<Figure> figures{factsFigure(data, facts), samplesFigure(data, seed), classesFigure(data, facts)};
    if (!facts.columns.empty()) figures.push_back(columnsFigure(facts.columns));
    return figures;
}

} // namespace bitstill
