// What was tried on the networks of runs that were over.

#include "engine/io/json_text.h"
#include "engine/store/history.h"
#include "engine/store/history_document.h"

namespace bitstill {

using nlohmann::json;

void History::touch(RunId run, const TouchedSettings& touched)
{
    json changed = json::object(), metrics = json::object();
    for (const auto& setting : touched.changed) std::visit([&](const auto& value) { changed[setting.first] = value; }, setting.second);
    for (const auto& [name, value] : touched.metrics) metrics[name] = value;
    Transaction transaction(m_database);
    m_database.run("INSERT OR REPLACE INTO touched (run, changed, metrics) SELECT id, ?, ? FROM runs WHERE id = ?",
        {jsonText(changed), jsonText(metrics), run});
    m_database.run("DELETE FROM touched WHERE run = ?1 AND id NOT IN (SELECT id FROM touched WHERE run = ?1 ORDER BY id DESC LIMIT ?2)",
        {run, kMostTouched});
    transaction.commit();
}

std::map<RunId, std::vector<TouchedSettings>> History::touched(const std::string& experiment)
{
    std::map<RunId, std::vector<TouchedSettings>> all;
    Statement row = m_database.query(
        "SELECT t.run, t.changed, t.metrics FROM touched t JOIN runs r ON r.id = t.run WHERE r.experiment = ? ORDER BY t.id", {experiment});
    while (row.step())
        all[row.integer(0)].push_back({.changed = valuesInColumn(experiment, row.text(1)), .metrics = metricsInColumn(row.text(2))});
    return all;
}

} // namespace bitstill
