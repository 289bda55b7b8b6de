#include "engine/store/history.h"

#include "engine/core/sha256.h"
#include "engine/io/deflate.h"
#include "engine/io/file_error.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"
#include "engine/store/claim.h"
#include "engine/store/history_document.h"
#include "engine/store/history_schema.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::size_t kLargestRecord = 1'000'000'000; // unpacked

/// Held while a file gets its tables: SQLite does not wait for the one who turns WAL on.
class Opening {
public:
    explicit Opening(const fs::path& folder) : m_descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        if (m_descriptor < 0) failWriting(folder, errno);
        while (flock(m_descriptor, LOCK_EX) != 0 && errno == EINTR) { }
    }
    ~Opening() { close(m_descriptor); }
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

private:
    int m_descriptor;
};

/// Weights as a file that says nothing of its run, so that runs with the same weights share it.
std::map<std::string, std::string> filesOf(const KeptModels& models)
{
    std::map<std::string, std::string> files;
    for (const auto& [name, tensors] : models) files.emplace(name, modelBytes(tensors, {}));
    return files;
}

/// Is there more in the document than in the one that is kept (figures, of a run that a sweep kept without them), or is that one gone?
bool saysMore(History& history, RunId run, const std::string& document)
{
    try {
        return document.size() > history.record(run).size();
    } catch (const Error&) {
        return true;
    }
}

} // namespace

/// A run that has ended, ready to be written.
struct History::Stored {
    RecordFacts facts{};
    std::string document{};
    std::map<std::string, std::string> models{}; ///< .safetensors files, by the networks' names
    std::int64_t started = 0;
    std::string source{};
    RunId begun = 0; ///< 0: it was not
};

History::History(const fs::path& folder) : History(folder, HistoryLock(folder, HistoryLock::Kind::Shared), kHistoryFile) { }

// Absolute: who opened it may go to another folder.
History::History(const fs::path& folder, std::optional<HistoryLock> lock, const char* file) :
    m_folder(fs::absolute(folder)), m_lock(std::move(lock)), m_file(m_folder / file), m_blobs(m_folder / "blobs"), m_database(m_file)
{
    prepare();
}

void History::prepare()
{
    const Opening alone(m_folder);
    // Its log is there: somebody has it open, or did not end as one should.
    std::error_code none;
    const bool mayBeTorn = fs::exists(m_file.string() + "-wal", none);
    const std::string where = m_file.string();
    const std::int64_t schema = m_database.number("PRAGMA user_version"), application = m_database.number("PRAGMA application_id");
    const bool isEmpty = m_database.number("SELECT count(*) FROM sqlite_schema") == 0;
    if (!isEmpty && application != kHistoryApplication)
        throw Error(where, text("this is another program's database"), text("choose another folder for the history"));
    if (schema > kHistorySchema)
        throw Error(where,
            text("the history is of schema %1, this Bitstill reads up to %2", std::to_string(schema), std::to_string(kHistorySchema)),
            text("update Bitstill"));
    if (mayBeTorn && !isEmpty && !isSound())
        throw HistoryDamaged(
            where, text("the history's file is damaged"), text("`bitstill-cli history check --repair` saves what can be read"));
    if (isEmpty) m_database.script(kHistoryTables);
    for (std::int64_t step = std::max<std::int64_t>(schema, 1); step < kHistorySchema; ++step)
        m_database.script(kHistoryMigrations[static_cast<std::size_t>(step - 1)]);
    m_database.script(kHistoryPragmas);
}

RunId History::insert(const RecordFacts& facts, std::int64_t started, const std::string& source)
{
    m_database.run("INSERT INTO runs (started, experiment, seed, spec_hash, outcome, version, source, changed, search) "
                   "VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?)",
        {started, facts.experiment, std::bit_cast<std::int64_t>(facts.seed), facts.specHash, facts.version, source, facts.changed,
            facts.words});
    const RunId run = m_database.lastId();
    m_database.run("INSERT INTO details (run, spec) VALUES (?, ?)", {run, facts.spec});
    return run;
}

RunId History::begin(const Spec& spec, const std::string& source)
{
    Transaction transaction(m_database);
    const RunId run = insert(factsOf(spec), historyNow(), printable(source));
    m_database.run("UPDATE details SET claim = ? WHERE run = ?", {Claim::bytes(), run});
    transaction.commit();
    return run;
}

RunId History::end(RunId run, const Record& record, const KeptModels& models)
{
    const json document = toJson(record);
    Stored stored{.facts = factsOf(document, "record"),
        .document = jsonText(document),
        .models = filesOf(models),
        .started = historyNow() - static_cast<std::int64_t>(1000 * record.seconds),
        .begun = run};
    if (Statement begun = m_database.query("SELECT started, source FROM runs WHERE id = ?", {run}); begun.step()) {
        stored.started = begun.integer(0);
        stored.source = begun.text(1);
    }
    return store(stored).id;
}

History::Added History::add(const Record& record, const KeptModels& models, std::int64_t started, const std::string& source)
{
    return addDocument(toJson(record), "record", models, started, source);
}

History::Added History::addDocument(
    const json& record, const std::string& name, const KeptModels& models, std::int64_t started, const std::string& source)
{
    Stored stored{.facts = factsOf(record, name),
        .document = jsonText(record),
        .models = filesOf(models),
        .started = started,
        .source = printable(source)};
    if (stored.document.size() > kLargestRecord)
        throw Error(name, text("this record is too large to be kept"), text("run it with fewer marks"));
    return store(stored);
}

void History::keepBlob(const std::string& hash, const std::string& bytes)
{
    m_blobs.put(hash, bytes);
    m_database.run("INSERT OR IGNORE INTO blobs (hash, bytes) VALUES (?, ?)", {hash, static_cast<std::int64_t>(bytes.size())});
}

void History::keepModels(RunId run, const std::map<std::string, std::string>& hashes, const std::map<std::string, std::string>& files)
{
    for (const auto& [name, bytes] : files) {
        keepBlob(hashes.at(name), bytes);
        m_database.run("INSERT OR IGNORE INTO models (run, name, hash) VALUES (?, ?, ?)", {run, name, hashes.at(name)});
    }
}

// The files are written before the row is committed: a kill leaves at most a file that no row names. And within the transaction: who
// removes files that no row names holds one too, and so never meets a file whose row is still to come.
History::Added History::store(const Stored& s)
{
    std::map<std::string, std::string> hashes;
    for (const auto& [name, bytes] : s.models) hashes.emplace(name, sha256(bytes));
    // Beside the record what its row says and it does not: repair() can make the row from it.
    const json about{{"started", s.started}, {"source", s.source}, {"models", hashes}};
    const std::string record = deflated(jsonText(about) + "\n" + s.document), recordHash = sha256(record);

    Transaction transaction(m_database);
    RunId run = m_database.number("SELECT id FROM runs WHERE identity = ?", {s.facts.identity});
    const bool isNew = run == 0, isFuller = !isNew && saysMore(*this, run, s.document);
    if (isNew) {
        const bool isBegun = m_database.number("SELECT count(*) FROM runs WHERE id = ? AND identity IS NULL", {s.begun}) > 0;
        run = isBegun ? s.begun : insert(s.facts, s.started, s.source);
    } else {
        m_database.run("DELETE FROM runs WHERE id = ? AND identity IS NULL", {s.begun});
        m_database.run("UPDATE runs SET trashed = NULL WHERE id = ?", {run});
    }
    keepModels(run, hashes, s.models); // before the record, which names them
    if (isNew || isFuller || m_database.number("SELECT missing FROM runs WHERE id = ?", {run}) != 0) {
        keepBlob(recordHash, record);
        m_database.run("UPDATE runs SET outcome = ?, seconds = ?, version = ?, spec_hash = ?, changed = ?, noted = ?, search = ?, "
                       "identity = ?, record = ?, missing = 0 WHERE id = ?",
            {nameOf(s.facts.outcome), s.facts.seconds, s.facts.version, s.facts.specHash, s.facts.changed, s.facts.noted, s.facts.words,
                s.facts.identity, recordHash, run});
        m_database.run("UPDATE details SET spec = ?, claim = NULL WHERE run = ?", {s.facts.spec, run});
        for (const auto& [name, value] : s.facts.metrics)
            m_database.run("INSERT OR REPLACE INTO metrics (name, run, value) VALUES (?, ?, ?)", {name, run, value});
    }
    m_database.run("UPDATE runs SET bytes = (SELECT total(b.bytes) FROM blobs b WHERE b.hash = runs.record OR b.hash IN "
                   "(SELECT hash FROM models WHERE run = runs.id)) WHERE id = ?",
        {run});
    transaction.commit();
    return {.id = run, .isNew = isNew};
}

std::filesystem::path historyFolder()
{
    for (const auto& [variable, below] : {std::pair{"XDG_DATA_HOME", ""}, {"HOME", ".local/share"}})
        if (const char* base = std::getenv(variable); base && fs::path(base).is_absolute())
            return fs::path(base) / below / "bitstill/history";
    throw Error("history", text("there is no home folder to keep it in"), text("set HOME, or name a folder"));
}

std::int64_t historyNow()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace bitstill
