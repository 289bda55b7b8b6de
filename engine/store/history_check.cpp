// Whether a history is whole, and how it is made so again.

#include "engine/core/error.h"
#include "engine/io/deflate.h"
#include "engine/io/file_error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/store/history.h"
#include "engine/store/history_document.h"
#include "engine/store/history_schema.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::size_t kLargestBlob = 4'000'000'000, kLargestDocument = 500'000'000;
constexpr const char* kFreshFile = "history.new.db";

std::vector<std::string> linesOf(Statement rows)
{
    std::vector<std::string> lines;
    while (rows.step())
        if (const std::string line = rows.text(0); line != "ok") lines.push_back(printable(line));
    return lines;
}

/// A name that no other repair has used, with the time in it.
fs::path brokenName(const fs::path& folder)
{
    std::array<char, 32> time{};
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::strftime(time.data(), time.size(), "%Y-%m-%dT%H-%M-%SZ", &utc);
    fs::path name = folder / (std::string("history.broken-") + time.data() + ".db");
    std::error_code none;
    for (int n = 2; fs::exists(name, none); ++n)
        name = folder / (std::string("history.broken-") + time.data() + "-" + std::to_string(n) + ".db");
    return name;
}

/// An older schema may not have it.
bool hasTable(Database& database, const std::string& table)
try {
    return database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", {table}) > 0;
} catch (const HistoryDamaged&) {
    return false;
}

/// Both ways, because the walk ends at the first page that cannot be read.
void copyRows(Database& from, Database& to, const std::string& table, const std::string& columns, const std::string& order)
{
    const std::size_t count = split(columns, ',').size();
    std::string marks = "?";
    for (std::size_t i = 1; i < count; ++i) marks += ", ?";
    for (const char* way : {" ASC", " DESC"}) {
        try {
            Statement row = from.query("SELECT " + columns + " FROM " + table + " ORDER BY " + order + way);
            while (row.step()) {
                std::vector<Cell> values;
                for (std::size_t i = 0; i < count; ++i) values.push_back(row.cell(static_cast<int>(i)));
                to.run("INSERT OR IGNORE INTO " + table + " (" + columns + ") VALUES (" + marks + ")", values);
            }
        } catch (const HistoryDamaged&) {
            continue;
        }
    }
}

void removeDatabase(const fs::path& file)
{
    for (const char* ending : {"", "-wal", "-shm"}) unlink((file.string() + ending).c_str());
}

/// The fresh file takes the broken one's place, in one step; that one stays under another name, with what its log held.
void exchange(const fs::path& broken, const fs::path& fresh, const fs::path& kept)
{
    if (link(broken.c_str(), kept.c_str()) != 0 && errno != ENOENT) failWriting(kept, errno);
    // A log of the broken file must not be taken for the fresh one's.
    if (rename((broken.string() + "-wal").c_str(), (kept.string() + "-wal").c_str()) != 0 && errno != ENOENT) failWriting(kept, errno);
    unlink((broken.string() + "-shm").c_str());
    if (rename(fresh.c_str(), broken.c_str()) != 0) failWriting(broken, errno);
    syncFolder(broken.parent_path());
}

} // namespace

bool History::isSound()
try {
    return linesOf(m_database.query("PRAGMA quick_check(1)")).empty();
} catch (const HistoryDamaged&) {
    return false;
}

std::vector<std::string> History::damage()
try {
    std::vector<std::string> lines = linesOf(m_database.query("PRAGMA integrity_check(20)"));
    if (m_database.query("PRAGMA foreign_key_check").step()) lines.emplace_back("rows of runs that are not there");
    return lines;
} catch (const HistoryDamaged& e) {
    return {e.problem().english()};
}

std::set<std::string> History::namedBlobs()
{
    std::set<std::string> named;
    for (Statement row = m_database.query("SELECT record FROM runs WHERE record IS NOT NULL UNION SELECT hash FROM models"); row.step();)
        named.insert(row.text(0));
    return named;
}

bool History::isIntact(const std::string& hash) const
try {
    m_blobs.read(hash, kLargestBlob);
    return true;
} catch (const Error&) {
    return false;
}

HistoryCheck History::check()
{
    HistoryCheck found{.damage = damage()};
    if (!found.damage.empty()) return found;
    const std::set<std::string> named = namedBlobs();
    std::set<RunId> missing;
    for (const std::string& hash : named) {
        if (isIntact(hash)) continue;
        Statement row = m_database.query("SELECT id FROM runs WHERE record = ?1 UNION SELECT run FROM models WHERE hash = ?1", {hash});
        while (row.step()) missing.insert(row.integer(0));
    }
    found.missing.assign(missing.begin(), missing.end());
    for (const std::string& hash : m_blobs.all())
        if (!named.contains(hash)) found.orphans.push_back(hash);
    return found;
}

void History::salvage(Database& broken)
{
    // What a row points to may be lost, or come later.
    m_database.run("PRAGMA foreign_keys = OFF");
    Transaction transaction(m_database);
    copyRows(broken, m_database, "runs",
        "id,started,experiment,seed,spec_hash,outcome,seconds,bytes,starred,trashed,missing,version,source,changed,noted,note,search,"
        "identity,record",
        "id");
    copyRows(broken, m_database, "details", "run,spec,claim", "run");
    copyRows(broken, m_database, "metrics", "name,run,value", "name");
    copyRows(broken, m_database, "tags", "run,tag", "run");
    copyRows(broken, m_database, "models", "run,name,hash", "run");
    if (hasTable(broken, "touched")) copyRows(broken, m_database, "touched", "id,run,changed,metrics", "id");
    // A run whose settings stood on a spoilt page has them from its record again, under the id to which star, note and tags belong.
    m_database.run("INSERT OR IGNORE INTO details (run, spec) SELECT id, '' FROM runs WHERE identity IS NOT NULL");
    m_database.run("DELETE FROM runs WHERE id NOT IN (SELECT run FROM details) OR (identity IS NOT NULL AND record IS NULL)");
    for (const char* table : {"details", "metrics", "tags", "models", "touched"})
        m_database.run("DELETE FROM " + std::string(table) + " WHERE run NOT IN (SELECT id FROM runs)");
    for (const std::string& hash : namedBlobs()) {
        std::error_code none;
        const std::uintmax_t bytes = m_blobs.has(hash) ? fs::file_size(m_blobs.file(hash), none) : 0;
        m_database.run("INSERT OR IGNORE INTO blobs (hash, bytes) VALUES (?, ?)", {hash, static_cast<std::int64_t>(bytes)});
    }
    transaction.commit();
    m_database.run("PRAGMA foreign_keys = ON");
}

void History::adopt(const std::string& hash, const std::string& bytes, HistoryRepair& done)
{
    const std::size_t line = bytes.find('\n');
    const json about = parseJson(bytes.substr(0, line), hash, {.depth = 3, .values = 10'000}),
               record = parseJson(bytes.substr(line + 1), hash, {.values = 50'000'000});
    KeptModels models;
    for (const auto& [name, model] : about.at("models").items())
        if (!isNetworkName(name))
            throw Error(hash, text("\"%1\" is no name of a network", printable(name)), text("do without this record"));
    for (const auto& [name, model] : about.at("models").items())
        if (isIntact(model.get<std::string>())) models.emplace(name, tensorsIn(model.get<std::string>(), name));
    const std::int64_t trashed = m_database.number("SELECT trashed FROM runs WHERE identity = ?", {factsOf(record, hash).identity});
    const Added added = addDocument(record, hash, models, about.at("started").get<std::int64_t>(), about.at("source").get<std::string>());
    if (trashed != 0) m_database.run("UPDATE runs SET trashed = ? WHERE id = ?", {trashed, added.id});
    done.recovered += added.isNew ? 1 : 0;
    for (const auto& [name, model] : about.at("models").items()) nameModel(added.id, name, model.get<std::string>());
}

std::set<std::string> History::adoptRecords(const std::set<std::string>& except, HistoryRepair& done)
{
    std::set<std::string> refused;
    for (const std::string& hash : m_blobs.all()) {
        if (except.contains(hash)) continue;
        std::string bytes;
        try {
            bytes = inflated(m_blobs.read(hash, kLargestBlob), kLargestDocument, hash);
        } catch (const Error&) {
            continue; // weights, or not what was written
        }
        try {
            adopt(hash, bytes, done);
        } catch (const DiskFull&) {
            throw;
        } catch (const Error&) {
            refused.insert(hash); // of a newer Bitstill, perhaps: it stays for that one
        } catch (const json::exception&) {
            refused.insert(hash);
        }
    }
    return refused;
}

/// Also one whose file is lost: what lacks it is to say so.
void History::nameModel(RunId run, const std::string& name, const std::string& hash)
{
    m_database.run("INSERT OR IGNORE INTO blobs (hash, bytes) VALUES (?, 0)", {hash});
    m_database.run("INSERT OR IGNORE INTO models (run, name, hash) VALUES (?, ?, ?)", {run, name, hash});
}

void History::markMissing(HistoryRepair& done)
{
    Transaction transaction(m_database);
    m_database.run("UPDATE runs SET missing = 0 WHERE missing != 0");
    for (const std::string& hash : namedBlobs()) {
        if (isIntact(hash)) continue;
        // Out of the way, so that an import of the same run can write it anew.
        const fs::path file = m_blobs.file(hash);
        rename(file.c_str(), (file.string() + ".broken").c_str());
        m_database.run("UPDATE runs SET missing = 1 WHERE record = ?1 OR id IN (SELECT run FROM models WHERE hash = ?1)", {hash});
    }
    transaction.commit();
    done.missing = m_database.number("SELECT count(*) FROM runs WHERE missing != 0");
}

void History::removeOrphans(const std::set<std::string>& except, HistoryRepair& done)
{
    const std::set<std::string> named = namedBlobs();
    for (const std::string& hash : m_blobs.all()) {
        if (named.contains(hash) || except.contains(hash)) continue;
        m_blobs.remove(hash);
        ++done.orphans;
    }
    m_database.run("DELETE FROM blobs WHERE hash NOT IN (SELECT record FROM runs WHERE record IS NOT NULL UNION SELECT hash FROM models)");
}

HistoryRepair History::repair(const fs::path& folder)
{
    const HistoryLock alone(folder, HistoryLock::Kind::Alone);
    const fs::path file = folder / kHistoryFile, fresh = folder / kFreshFile;
    HistoryRepair done;
    const bool isWhole = [&] {
        try {
            return History(folder, std::nullopt, kHistoryFile).damage().empty();
        } catch (const HistoryDamaged&) {
            return false;
        }
    }();
    if (!isWhole) {
        removeDatabase(fresh); // of a repair that was killed
        {
            History made(folder, std::nullopt, kFreshFile);
            Database broken(file);
            made.salvage(broken);
        }
        done.broken = brokenName(folder);
        exchange(file, fresh, done.broken);
    }
    History history(folder, std::nullopt, kHistoryFile);
    // Of a damaged file every row is made complete from its record: metrics and networks stand on other pages.
    if (!isWhole) history.m_database.run("UPDATE runs SET missing = 1 WHERE identity IS NOT NULL");
    const std::set<std::string> refused = history.adoptRecords(isWhole ? history.namedBlobs() : std::set<std::string>(), done);
    history.markMissing(done);
    history.removeOrphans(refused, done);
    done.runs = history.count() + history.count({.trash = true});
    return done;
}

} // namespace bitstill
