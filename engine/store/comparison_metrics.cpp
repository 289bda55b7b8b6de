#include "engine/store/comparison_metrics.h"

#include "engine/core/order.h"
#include "engine/experiment/groups.h"
#include "engine/experiment/metric_name.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bitstill {

namespace {

using Row = ComparedMetric;

bool hasTwo(const Row& row)
{
    return std::ranges::count_if(row.names, [](const std::string& name) { return !name.empty(); }) > 1;
}

std::string nameIn(const Record& record, const std::string& metric) { return std::isnan(record.metric(metric)) ? std::string() : metric; }

/// Nothing where its settings do not say it.
std::optional<int> bitsOf(const Record& record)
{
    const Spec spec = settingsAtEnd(record);
    const auto bits = spec.values.find("quant.bits"), format = spec.values.find("quant.format");
    if (bits == spec.values.end() || !std::holds_alternative<std::int64_t>(bits->second)) return {};
    if (format != spec.values.end() && format->second != Value(std::string(kIntegerFormat))) return {};
    return static_cast<int>(std::get<std::int64_t>(bits->second));
}

/// "static.b3.accuracy" is "static" and "accuracy" at 3 bits.
struct AtBits {
    std::string what{}, measure{};
    bool operator==(const AtBits&) const = default;

    std::string at(int bits) const { return metricName({what, bitsPart(bits), measure}); }
};

/// Metrics that carry the number of bits of this run.
std::vector<AtBits> metricsAtBits(const Record& record, int bits)
{
    std::vector<AtBits> found;
    const std::string part = "." + bitsPart(bits);
    for (const auto& metric : record.metrics) {
        const std::size_t dot = metric.first.rfind('.');
        if (bits == 8 || dot == std::string::npos) continue;
        const std::string before = metric.first.substr(0, dot);
        if (before.ends_with(part)) found.push_back({before.substr(0, before.size() - part.size()), metric.first.substr(dot + 1)});
    }
    return found;
}

/// Where runs of other numbers of bits have the same metric, each at its own.
std::vector<Row> rowsAtOwnBits(const std::vector<ComparedRun>& runs)
{
    std::vector<std::optional<int>> bits;
    for (const ComparedRun& run : runs) bits.push_back(bitsOf(*run.record));
    std::vector<AtBits> all;
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (bits[i])
            for (const AtBits& metric : metricsAtBits(*runs[i].record, *bits[i]))
                if (std::ranges::find(all, metric) == all.end()) all.push_back(metric);
    std::vector<Row> rows;
    for (const AtBits& metric : all) {
        Row row{.label = text("%1 at its own bits", metricName({metric.what, metric.measure}))};
        std::set<std::string> different;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            row.names.push_back(bits[i] ? nameIn(*runs[i].record, metric.at(*bits[i])) : std::string());
            if (!row.names.back().empty()) different.insert(row.names.back());
        }
        if (different.size() > 1) rows.push_back(std::move(row));
    }
    return rows;
}

/// Those that two runs have at least, by the names that they have.
std::vector<Row> rowsByName(const std::vector<ComparedRun>& runs)
{
    std::vector<Row> rows;
    std::set<std::string> known;
    for (const ComparedRun& run : runs)
        for (const auto& metric : run.record->metrics) {
            if (!known.insert(metric.first).second) continue;
            Row row{.label = Text(metric.first)};
            for (const ComparedRun& other : runs) row.names.push_back(nameIn(*other.record, metric.first));
            if (hasTwo(row)) rows.push_back(std::move(row));
        }
    return rows;
}

constexpr int kDigits = 4, kChangeDigits = 3, kHalfDigits = 2;

/// Of its magnitude: a sign in front is a true one.
std::string readable(double value, int digits)
{
    const double magnitude = std::abs(value);
    return isWhole(magnitude) ? shortest(magnitude) : significant(magnitude, digits);
}

Text numberText(double value) { return Text(std::isnan(value) ? "–" : (value < 0 ? "−" : "") + readable(value, kDigits)); }

/// "+0.0123 ± 0.0083"
std::string changeText(double change, const std::optional<Interval>& paired)
{
    const std::string alone = differenceText(change, kChangeDigits);
    return paired ? alone + " ± " + readable(paired->halfWidth(), kHalfDigits) : alone;
}

/// What the intervals of a table are, and why some differences have none.
struct Pairing {
    std::set<std::size_t> samples{}; ///< how many, of each test
    std::set<std::size_t> elsewhere{}; ///< runs that were tested on others
    bool untold = false; ///< an accuracy without the answers behind it

    void add(std::size_t run, const Record& from, const Record& to, const Row& row, const std::optional<Interval>& paired)
    {
        const std::string &before = row.names.front(), &after = row.names[run];
        if (paired)
            samples.insert(paired->samples);
        else if (from.answers.contains(before) && to.answers.contains(after))
            elsewhere.insert(run);
        else if (before.ends_with("accuracy"))
            untold = true;
    }

    Text told(const std::vector<ComparedRun>& runs) const
    {
        Text all = text("Differences from %1, the baseline.", runs.front().name);
        const auto add = [&all](const Text& sentence) { all = Text("%1 %2", {all, sentence}); };
        std::vector<std::string> counts;
        for (const std::size_t count : samples) counts.push_back(grouped(static_cast<std::int64_t>(count)));
        if (!samples.empty())
            add(text("± is a 95 % interval, paired on the same %1 test samples; another seed may differ by more.", joined(counts)));
        for (const std::size_t run : elsewhere) add(text("%1 was tested on other samples: no interval.", runs[run].name));
        if (untold)
            add(text("Accuracies without ± are not known sample by sample in both runs: means over seeds, or of an older version."));
        return all;
    }
};

} // namespace

std::string differenceText(double change, int digits)
{
    if (std::isnan(change)) return "–";
    if (change == 0) return "0";
    return (change < 0 ? "−" : "+") + readable(change, digits);
}

std::optional<Interval> pairedChange(const Record& from, const Record& to, const std::string& metric, const std::string& metricTo)
{
    const auto a = from.answers.find(metric), b = to.answers.find(metricTo.empty() ? metric : metricTo);
    if (a == from.answers.end() || b == to.answers.end()) return {};
    const Answers &before = a->second, &after = b->second;
    if (before.samples != after.samples || before.correct.size() != after.correct.size() || before.correct.size() < 2) return {};
    return pairedDifference(before.flags(), after.flags());
}

std::vector<ComparedMetric> comparedMetrics(const std::vector<ComparedRun>& runs)
{
    std::vector<Row> rows = rowsAtOwnBits(runs);
    for (Row& row : rowsByName(runs)) rows.push_back(std::move(row));
    return rows;
}

Figure metricsFigure(const std::vector<ComparedRun>& runs)
{
    Table table;
    Pairing pairing;
    table.columns = {text("metric"), runs.front().name};
    for (std::size_t i = 1; i < runs.size(); ++i) {
        table.columns.push_back(runs[i].name);
        table.columns.push_back(text("difference"));
    }
    const Record& first = *runs.front().record;
    for (const Row& row : comparedMetrics(runs)) {
        const double baseline = first.metric(row.names.front());
        std::vector<Text>& cells = table.rows.emplace_back(std::vector<Text>{row.label, numberText(baseline)});
        for (std::size_t i = 1; i < runs.size(); ++i) {
            const Record& run = *runs[i].record;
            const double value = run.metric(row.names[i]);
            cells.push_back(numberText(value));
            if (std::isnan(value - baseline)) {
                cells.push_back(Text("–"));
                continue;
            }
            const std::optional<Interval> paired = pairedChange(first, run, row.names.front(), row.names[i]);
            pairing.add(i, first, run, row, paired);
            cells.push_back(Text(changeText(value - baseline, paired)));
        }
    }
    Text caption = pairing.told(runs);
    if (!rowsAtOwnBits(runs).empty())
        caption = Text("%1 %2", {caption, text("\"At its own bits\": each run at as many as it was set to.")});
    return {.id = "compare.metrics",
        .title = text("Metrics"),
        .caption = caption,
        .description = text("Metrics that the runs have in common, and by how much each differs from the baseline."),
        .body = std::move(table),
        .span = 2,
        .place = Place::Top};
}

} // namespace bitstill
