// `history compare`: what differs between runs, and by how much.

#include "app/cli/commands.h"
#include "app/cli/history.h"
#include "app/cli/language.h"
#include "app/cli/sweep.h"
#include "engine/core/overloads.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/store/comparison.h"
#include "engine/store/history.h"

#include <algorithm>
#include <cmath>
#include <iostream>

namespace bitstill::cli {

using nlohmann::json;

namespace {

/// Settings and metrics are tables.
const Table& tableOf(const Figure& figure)
{
    static const Table kNone;
    constexpr Overloads kTable{[](const Table& table) { return &table; },
        [](const OneOf<Curves, Histogram, Bars, Heatmap, Scatter, Images, Readout, NetworkMap> auto&) { return &kNone; }};
    return *std::visit(kTable, figure.body);
}

json numberOf(double value) { return std::isfinite(value) ? json(value) : json(); }

json jsonOf(const ComparedMetric& metric, const std::vector<ComparedRun>& runs)
{
    const Record& first = *runs.front().record;
    const double baseline = first.metric(metric.names.front());
    json values = json::array({numberOf(baseline)}), differences = json::array();
    for (std::size_t i = 1; i < runs.size(); ++i) {
        const Record& run = *runs[i].record;
        const double value = run.metric(metric.names[i]);
        values.push_back(numberOf(value));
        json difference{{"change", numberOf(value - baseline)}};
        if (const auto paired = pairedChange(first, run, metric.names.front(), metric.names[i])) {
            difference["interval"] = {paired->low, paired->high};
            difference["samples"] = paired->samples;
        }
        differences.push_back(std::move(difference));
    }
    json names = json::array();
    for (const std::string& name : metric.names) names.push_back(name.empty() ? json() : json(name));
    return {{"metric", metric.label.english()}, {"names", names}, {"values", values}, {"differences", differences}};
}

json jsonOf(const std::vector<long long>& ids, const std::vector<ComparedRun>& runs, const std::vector<Text>& names, const Table& settings)
{
    json documents = json::array(), differing = json::array(), metrics = json::array();
    for (std::size_t i = 0; i < ids.size(); ++i)
        documents.push_back({{"id", ids[i]}, {"experiment", runs[i].record->spec.experiment}, {"name", names[i].english()}});
    for (const std::vector<Text>& row : settings.rows) {
        json values = json::array();
        for (std::size_t i = 1; i < row.size(); ++i) values.push_back(row[i].english());
        differing.push_back({{"setting", row.front().english()}, {"values", values}});
    }
    for (const ComparedMetric& metric : comparedMetrics(runs)) metrics.push_back(jsonOf(metric, runs));
    return {{"runs", documents}, {"settings", differing}, {"metrics", metrics}};
}

/// Columns of a terminal: letters of Korean take two.
std::size_t widthOf(const std::string& words)
{
    std::size_t width = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto byte = static_cast<unsigned char>(words[i]);
        if ((byte & 0xC0U) != 0x80U) width += byte >= 0xEAU && byte <= 0xEDU ? 2 : 1;
    }
    return width;
}

void print(const Table& table)
{
    std::vector<std::vector<std::string>> lines(table.rows.size() + 1);
    for (const Text& heading : table.columns) lines.front().push_back(printable(said(heading)));
    for (std::size_t i = 0; i < table.rows.size(); ++i)
        for (const Text& cell : table.rows[i]) lines[i + 1].push_back(printable(said(cell)));
    std::vector<std::size_t> widths(table.columns.size());
    for (const auto& line : lines)
        for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], widthOf(line[c]));
    for (const auto& line : lines) {
        std::string whole;
        for (std::size_t c = 0; c < line.size(); ++c)
            whole += line[c] + (c + 1 < line.size() ? std::string(widths[c] - widthOf(line[c]) + 2, ' ') : std::string());
        std::cout << whole << '\n';
    }
}

} // namespace

int historyCompare(const HistoryArguments& a)
{
    if (a.runs.size() < 2 || a.runs.size() > kMostCompared)
        throw WrongUse(text("compare: name two to %1 runs", std::to_string(kMostCompared)));
    if (!a.out.empty()) formatOf(a.out, {"csv"});
    std::vector<std::shared_ptr<const Record>> records;
    {
        History history(storeOf(a.store));
        for (const RunId run : a.runs)
            records.push_back(std::make_shared<const Record>(recordFromJson(history.record(run), "run " + std::to_string(run))));
    }
    std::vector<ComparedRun> runs;
    for (std::size_t i = 0; i < records.size(); ++i) runs.push_back({.name = Text("#" + std::to_string(a.runs[i])), .record = records[i]});
    const std::vector<Text> names = namesOf(records);
    const std::vector<Figure> figures = comparisonOf(runs);
    const Figure &settings = figures[0], &metrics = figures[1];
    if (!a.out.empty()) writeFile(a.out, toCsv(metrics, "bitstill " + versionText() + " · history"));
    if (a.json) {
        std::cout << jsonText(jsonOf(a.runs, runs, names, tableOf(settings)), 2) << std::endl;
        return 0;
    }
    for (std::size_t i = 0; i < runs.size(); ++i)
        std::cout << printable(said(Text("%1  %2", {runs[i].name, names[i]})), kLongestLine) << '\n';
    for (const Figure* figure : {&settings, &metrics}) {
        const Table& table = tableOf(*figure);
        std::cout << '\n';
        if (!table.rows.empty()) print(table);
        std::cout << printable(said(figure->caption), kLongestLine) << '\n';
    }
    std::cout << std::flush;
    return 0;
}

} // namespace bitstill::cli
