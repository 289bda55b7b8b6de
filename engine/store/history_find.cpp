// What History tells of the runs it holds.

#include "engine/io/deflate.h"
#include "engine/io/safetensors.h"
#include "engine/store/claim.h"
#include "engine/store/history.h"
#include "engine/store/history_document.h"

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

namespace bitstill {

namespace {

constexpr const char* kColumns = "SELECT r.id, r.started, r.experiment, r.seed, r.spec_hash, r.outcome, r.seconds, r.version, r.source, "
                                 "r.changed, r.noted, r.note, r.bytes, r.starred, r.trashed, r.missing, "
                                 "(SELECT group_concat(tag, char(10)) FROM tags WHERE run = r.id) FROM runs r ";

Outcome outcomeOf(const std::string& word)
{
    for (const Outcome o : {Outcome::Finished, Outcome::Stopped, Outcome::Diverged, Outcome::Failed})
        if (word == nameOf(o)) return o;
    return Outcome::Running;
}

HistoryEntry entryOf(const Statement& row)
{
    HistoryEntry e{.id = row.integer(0),
        .started = row.integer(1),
        .experiment = row.text(2),
        .seed = std::bit_cast<std::uint64_t>(row.integer(3)),
        .specHash = row.text(4)};
    e.outcome = outcomeOf(row.text(5));
    e.seconds = row.real(6);
    e.version = row.text(7);
    e.source = row.text(8);
    e.changed = valuesInColumn(e.experiment, row.text(9));
    e.noted = metricsInColumn(row.text(10));
    e.note = row.text(11);
    e.bytes = row.integer(12);
    e.starred = row.integer(13) != 0;
    e.trashed = row.integer(14);
    e.missing = row.integer(15) != 0;
    e.tags = split(row.text(16), '\n');
    return e;
}

/// WHERE and what its question marks stand for.
std::string conditionOf(const HistoryQuery& q, std::vector<Cell>& values)
{
    std::string condition = std::string("WHERE r.identity IS NOT NULL AND r.trashed IS ") + (q.trash ? "NOT NULL" : "NULL");
    const auto add = [&](const char* sql, std::string value) {
        condition += std::string(" AND ") + sql;
        values.emplace_back(std::move(value));
    };
    if (!q.experiment.empty()) add("r.experiment = ?", q.experiment);
    if (q.outcome) add("r.outcome = ?", nameOf(*q.outcome));
    if (!q.tag.empty()) add("EXISTS (SELECT 1 FROM tags WHERE run = r.id AND tag = ?)", q.tag);
    if (q.starredOnly) condition += " AND r.starred";
    std::istringstream words(lowered(q.words));
    for (std::string word; words >> word;) {
        const std::string at = "?" + std::to_string(values.size() + 1);
        add(("(instr(r.search, " + at + ") OR instr(lower(r.note), " + at + ") OR instr(lower(r.source), " + at
                + ") OR EXISTS (SELECT 1 FROM tags WHERE run = r.id AND instr(lower(tag), " + at + ")))")
                .c_str(),
            word);
    }
    return condition;
}

std::string orderOf(const HistoryQuery& q, std::vector<Cell>& values)
{
    const std::string way = q.descending ? " DESC" : " ASC", rest = ", r.started" + way + ", r.id" + way;
    switch (q.order) {
    case HistoryOrder::Started: break;
    case HistoryOrder::Experiment: return " ORDER BY r.experiment" + way + rest;
    case HistoryOrder::Outcome: return " ORDER BY r.outcome" + way + rest;
    case HistoryOrder::Seconds: return " ORDER BY r.seconds" + way + rest;
    case HistoryOrder::Bytes: return " ORDER BY r.bytes" + way + rest;
    case HistoryOrder::Metric:
        values.emplace_back(q.metric);
        return " ORDER BY (SELECT value FROM metrics WHERE name = ? AND run = r.id)" + way + " NULLS LAST" + rest;
    }
    return " ORDER BY r.started" + way + ", r.id" + way;
}

std::vector<std::pair<std::string, std::int64_t>> countsOf(Statement rows)
{
    std::vector<std::pair<std::string, std::int64_t>> counts;
    while (rows.step()) counts.emplace_back(rows.text(0), rows.integer(1));
    return counts;
}

[[noreturn]] void noSuchRun(RunId run)
{
    throw Error("history", text("there is no run %1 in the history", std::to_string(run)),
        text("`bitstill-cli history list` shows those there are"));
}

} // namespace

std::string HistoryEntry::settings() const
{
    std::string line;
    for (const auto& [key, value] : changed) line += (line.empty() ? "" : " ") + key + "=" + describe(value);
    return line;
}

std::vector<HistoryEntry> History::find(const HistoryQuery& query)
{
    std::vector<Cell> values;
    std::string sql = kColumns + conditionOf(query, values);
    sql += orderOf(query, values) + " LIMIT ? OFFSET ?";
    values.emplace_back(query.limit);
    values.emplace_back(query.offset);
    std::vector<HistoryEntry> entries;
    for (Statement row = m_database.query(sql, values); row.step();) entries.push_back(entryOf(row));
    if (query.metric.empty()) return entries;
    std::map<RunId, double> asked;
    for (Statement row = m_database.query("SELECT run, value FROM metrics WHERE name = ? AND value IS NOT NULL", {query.metric});
         row.step();)
        asked.emplace(row.integer(0), row.real(1));
    for (HistoryEntry& entry : entries)
        if (const auto found = asked.find(entry.id); found != asked.end() && std::isnan(metricIn(entry.noted, query.metric)))
            entry.noted.emplace_back(query.metric, found->second);
    return entries;
}

std::int64_t History::count(const HistoryQuery& query)
{
    std::vector<Cell> values;
    const std::string condition = conditionOf(query, values);
    return m_database.number("SELECT count(*) FROM runs r " + condition, values);
}

HistoryEntry History::entry(RunId run)
{
    Statement row = m_database.query(std::string(kColumns) + "WHERE r.id = ? AND r.identity IS NOT NULL", {run});
    if (!row.step()) noSuchRun(run);
    return entryOf(row);
}

Metrics History::metrics(RunId run)
{
    Metrics metrics;
    for (Statement row = m_database.query("SELECT name, value FROM metrics WHERE run = ? ORDER BY name", {run}); row.step();)
        metrics.emplace_back(row.text(0), row.isNull(1) ? std::numeric_limits<double>::quiet_NaN() : row.real(1));
    return metrics;
}

std::vector<std::pair<std::string, std::int64_t>> History::experiments()
{
    return countsOf(m_database.query(
        "SELECT experiment, count(*) FROM runs WHERE identity IS NOT NULL AND trashed IS NULL GROUP BY experiment ORDER BY experiment"));
}

std::vector<std::pair<std::string, std::int64_t>> History::tags()
{
    return countsOf(m_database.query(
        "SELECT tag, count(*) FROM tags JOIN runs ON run = id WHERE identity IS NOT NULL AND trashed IS NULL GROUP BY tag ORDER BY tag"));
}

std::vector<std::string> History::metricNames()
{
    std::vector<std::string> names;
    for (Statement row = m_database.query("SELECT DISTINCT name FROM metrics ORDER BY name"); row.step();) names.push_back(row.text(0));
    return names;
}

std::string History::record(RunId run)
{
    constexpr std::size_t kLargest = 1'000'000'000;
    Statement row = m_database.query("SELECT record FROM runs WHERE id = ? AND identity IS NOT NULL", {run});
    if (!row.step()) noSuchRun(run);
    const std::string hash = row.text(0), name = "run " + std::to_string(run);
    std::string document = inflated(m_blobs.read(hash, kLargest), kLargest, name);
    return document.substr(document.find('\n') + 1); // behind what the store says of it
}

Spec History::spec(RunId run)
{
    Statement row = m_database.query("SELECT spec FROM details WHERE run = ?", {run});
    if (!row.step()) noSuchRun(run);
    return specFromJson(row.text(0), "history");
}

std::vector<std::string> History::modelNames(RunId run)
{
    std::vector<std::string> names;
    for (Statement row = m_database.query("SELECT name FROM models WHERE run = ? ORDER BY name", {run}); row.step();)
        if (isNetworkName(row.text(0))) names.push_back(row.text(0)); // another is nobody's: it would be the name of a file
    return names;
}

std::map<std::string, Tensor> History::tensorsIn(const std::string& hash, const std::string& name) const
{
    constexpr std::size_t kLargest = 4'000'000'000;
    std::map<std::string, Tensor> tensors;
    for (const auto& [tensor, array] : safetensorsFromBytes(m_blobs.read(hash, kLargest), name))
        tensors.emplace(tensor, array.toTensor(tensor));
    return tensors;
}

std::map<std::string, Tensor> History::model(RunId run, const std::string& name)
{
    Statement row = m_database.query("SELECT hash FROM models WHERE run = ? AND name = ?", {run, name});
    if (!row.step())
        throw Error("history", text("run %1 keeps no network \"%2\"", std::to_string(run), name), text("choose one of its networks"));
    return tensorsIn(row.text(0), name);
}

KeptModels History::models(RunId run)
{
    KeptModels models;
    for (const std::string& name : modelNames(run)) models.emplace(name, model(run, name));
    return models;
}

KeptRun History::read(RunId run)
{
    KeptRun kept;
    kept.record = recordFromJson(record(run), "run " + std::to_string(run), &kept.leftOut);
    kept.repeatable = kept.leftOut.empty();
    for (const std::string& name : modelNames(run)) try {
            kept.models.emplace(name, model(run, name));
        } catch (const Error& e) {
            kept.leftOut.push_back(e.sentence());
        }
    return kept;
}

std::vector<UnfinishedRun> History::unfinished()
{
    std::vector<UnfinishedRun> runs;
    Statement row = m_database.query("SELECT r.id, r.started, d.spec, d.claim FROM runs r JOIN details d ON d.run = r.id "
                                     "WHERE r.identity IS NULL ORDER BY r.started DESC");
    while (row.step()) {
        // Of another boot or container nobody can tell: it is offered, and ends all the same if it lives.
        if (Claim::holderLives(row.text(3)).value_or(false)) continue;
        try {
            runs.push_back({.id = row.integer(0), .started = row.integer(1), .spec = specFromJson(row.text(2), "history")});
        } catch (const Error&) {
            continue; // of another version: there is nothing to run again
        }
    }
    return runs;
}

} // namespace bitstill
