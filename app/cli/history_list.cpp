// `history list` and `history show`.

#include "app/cli/commands.h"
#include "app/cli/history.h"
#include "app/cli/language.h"
#include "app/cli/results.h"
#include "engine/io/json_text.h"
#include "engine/store/history.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <iostream>

namespace bitstill::cli {

using nlohmann::json;

namespace {

std::string timeText(std::int64_t started, bool utc, const char* format)
{
    const std::time_t seconds = started / 1000;
    std::tm parts{};
    utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts);
    std::array<char, 64> words{};
    std::strftime(words.data(), words.size(), format, &parts);
    return words.data();
}

json jsonOf(const Metrics& metrics)
{
    json document = json::object();
    for (const auto& [name, value] : metrics) document[name] = value;
    return document;
}

json jsonOf(const HistoryEntry& e)
{
    json changed = json::object();
    for (const auto& setting : e.changed) std::visit([&](const auto& value) { changed[setting.first] = value; }, setting.second);
    return {{"id", e.id}, {"started", timeText(e.started, true, "%Y-%m-%dT%H:%M:%SZ")}, {"experiment", e.experiment}, {"seed", e.seed},
        {"spec_hash", e.specHash}, {"changed", changed}, {"outcome", nameOf(e.outcome)}, {"seconds", e.seconds}, {"version", e.version},
        {"metrics", jsonOf(e.noted)}, {"tags", e.tags}, {"note", e.note}, {"starred", e.starred}, {"trashed", e.trashed != 0},
        {"missing", e.missing}, {"bytes", e.bytes}, {"source", e.source}};
}

HistoryQuery queryOf(const HistoryArguments& a, History& history)
{
    HistoryQuery query{
        .words = a.words, .experiment = a.experiment, .tag = a.tag, .starredOnly = a.starred, .trash = a.trash, .descending = !a.ascending};
    query.limit = a.limit;
    for (const Outcome o : {Outcome::Finished, Outcome::Stopped, Outcome::Diverged, Outcome::Failed})
        if (a.outcome == nameOf(o)) query.outcome = o;
    const std::map<std::string, HistoryOrder> orders{{"started", HistoryOrder::Started}, {"seconds", HistoryOrder::Seconds},
        {"bytes", HistoryOrder::Bytes}, {"experiment", HistoryOrder::Experiment}, {"outcome", HistoryOrder::Outcome}};
    if (const auto order = orders.find(a.sort); order != orders.end()) {
        query.order = order->second;
        return query;
    }
    query.order = HistoryOrder::Metric;
    query.metric = a.sort;
    const std::vector<std::string> names = history.metricNames();
    if (std::find(names.begin(), names.end(), a.sort) == names.end()) {
        const std::string near = nearest(a.sort, names);
        throw WrongUse(text("--sort: no run has a metric \"%1\"; %2", printable(a.sort),
            near.empty() ? text("`bitstill-cli history show` lists those of a run") : text("did you mean %1?", near)));
    }
    return query;
}

/// The metric it is sorted by, or the first that is noted.
std::string metricText(History& history, const HistoryEntry& e, const std::string& metric)
{
    if (!metric.empty()) {
        const double value = metricIn(history.metrics(e.id), metric);
        return std::isnan(value) ? "" : metric + "=" + significant(value, 4);
    }
    return e.noted.empty() ? "" : e.noted.front().first + "=" + significant(e.noted.front().second, 4);
}

void printRow(const HistoryEntry& e, const std::string& metric)
{
    std::string line = std::to_string(e.id);
    line.insert(0, line.size() < 5 ? 5 - line.size() : 0, ' ');
    line += (e.starred ? " * " : "   ") + timeText(e.started, false, "%Y-%m-%d %H:%M") + "  " + e.experiment + "  "
        + said(wordOf(e.outcome)) + "  " + fixed(e.seconds, 1) + " s  seed=" + std::to_string(e.seed);
    if (!e.changed.empty()) line += " " + e.settings();
    if (!metric.empty()) line += "  " + metric;
    for (const std::string& tag : e.tags) line += "  #" + tag;
    if (!e.note.empty()) line += "  \"" + e.note.substr(0, e.note.find('\n')) + "\"";
    if (e.missing) line += "  (" + said(text("a file is gone")) + ")";
    std::cout << printable(line, kLongestLine) << '\n';
}

void printAll(History& history, RunId run)
{
    const HistoryEntry e = history.entry(run);
    printRow(e, "");
    std::cout << "  "
              << printable(said(text("spec %1, Bitstill %2, %3, %4", e.specHash, e.version, bytesText(e.bytes), e.source)), kLongestLine)
              << '\n';
    if (!e.note.empty()) std::cout << "  " << printable(e.note, kLongestLine) << '\n';
    for (const auto& [name, value] : history.metrics(run)) std::cout << "  " << printable(name) << "  " << shortest(value) << '\n';
    const std::vector<std::string> networks = history.modelNames(run);
    if (!networks.empty()) std::cout << "  " << printable(said(text("networks: %1", joined(networks))), kLongestLine) << '\n';
}

} // namespace

int historyList(const HistoryArguments& a)
{
    History history(storeOf(a.store));
    const HistoryQuery query = queryOf(a, history);
    const std::vector<HistoryEntry> entries = history.find(query);
    if (a.json) {
        json document = json::array();
        for (const HistoryEntry& e : entries) document.push_back(jsonOf(e));
        std::cout << jsonText(document, 2) << std::endl;
        return 0;
    }
    for (const HistoryEntry& e : entries) printRow(e, metricText(history, e, query.metric));
    std::cout << said(counted(history.count(query), "%1 run, %2 on the disk", "%1 runs, %2 on the disk", bytesText(history.usage())))
              << std::endl;
    return 0;
}

int historyShow(const HistoryArguments& a)
{
    History history(storeOf(a.store));
    if (!a.json) {
        for (const RunId run : a.runs) printAll(history, run);
        return 0;
    }
    json document = json::array();
    for (const RunId run : a.runs) {
        json one = jsonOf(history.entry(run));
        one["metrics"] = jsonOf(history.metrics(run));
        one["spec"] = toJson(history.spec(run));
        one["networks"] = history.modelNames(run);
        document.push_back(std::move(one));
    }
    std::cout << jsonText(document, 2) << std::endl;
    return 0;
}

} // namespace bitstill::cli
