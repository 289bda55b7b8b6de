#pragma once

#include "engine/experiment/kept_run.h"
#include "engine/store/history_blobs.h"
#include "engine/store/history_database.h"
#include "engine/store/history_lock.h"

#include <nlohmann/json_fwd.hpp>
#include <set>

namespace bitstill {

struct RecordFacts;

using RunId = std::int64_t; ///< never given twice in one history

/// What a list shows of a run.
struct HistoryEntry {
    RunId id = 0;
    std::int64_t started = 0; ///< milliseconds since 1970, UTC
    std::string experiment{}; ///< may be one that this Bitstill does not know
    std::uint64_t seed = 1;
    std::string specHash{};
    Values changed{}; ///< the settings at its end that differ from their defaults, or from spec(), which is how it began
    Outcome outcome = Outcome::Finished;
    double seconds = 0;
    std::string version{};
    Metrics noted{}; ///< at most 8, accuracies among them, and that of HistoryQuery::metric; all: History::metrics()
    std::vector<std::string> tags{};
    std::string note{};
    std::string source{}; ///< who ran it: "window", "command line", the folder that it was imported from
    std::int64_t bytes = 0; ///< of its record and networks on the disk, shared ones too
    std::int64_t trashed = 0; ///< when it went to the trash, as `started`; 0: it is not there
    bool starred = false;
    bool missing = false; ///< a file of it is gone: record() or models() may fail

    /// "quant.bits=4 train.epochs=2"; empty when all settings are defaults.
    std::string settings() const;
};

enum class HistoryOrder { Started, Experiment, Outcome, Seconds, Bytes, Metric };

/// Which runs, and in which order. All that is set must hold.
struct HistoryQuery {
    std::string
        words{}; ///< each is somewhere in experiment, settings, seed, outcome, version, spec hash, source, tags or note; a-z match A-Z
    std::string experiment{};
    std::string tag{};
    bool starredOnly = false;
    bool trash = false; ///< those in the trash, and no others
    std::optional<Outcome> outcome{};
    HistoryOrder order = HistoryOrder::Started;
    std::string metric{}; ///< for HistoryOrder::Metric; runs without it come last either way
    bool descending = true;
    std::int64_t offset = 0, limit = -1; ///< −1: all
};

/// A run that was begun and whose process is gone.
struct UnfinishedRun {
    RunId id = 0;
    std::int64_t started = 0;
    Spec spec{};
};

/// What was tried on a run's networks after its end, by live fields.
struct TouchedSettings {
    Values changed{}; ///< from settingsAtEnd()
    Metrics metrics{}; ///< of the networks that came of it
    bool operator==(const TouchedSettings&) const = default;
};
/// A run keeps the newest.
inline constexpr std::int64_t kMostTouched = 500;

/// What History::check() found.
struct HistoryCheck {
    std::vector<std::string> damage{}; ///< of the file, in SQLite's words; empty: it is whole
    std::vector<RunId> missing{}; ///< runs of which a file is gone or is not what was written
    std::vector<std::string> orphans{}; ///< files that no run names, as a kill may leave; they only take space
    bool isWhole() const { return damage.empty() && missing.empty(); }
};

/// What History::repair() did.
struct HistoryRepair {
    std::filesystem::path broken{}; ///< the damaged file, kept under this name; empty when it was not damaged
    std::int64_t runs = 0; ///< that the history holds now
    std::int64_t recovered = 0; ///< of them, those whose row was lost and whose record was found
    std::int64_t missing = 0; ///< of them, those marked as lacking a file
    std::int64_t orphans = 0; ///< files removed
};

/// Every run that was kept: history.db (history_schema.h) with what lists show, and blobs/ with records and weights. A run whose end() or
/// add() has returned is there after a kill, a crash or a power cut; a call that throws has changed nothing. Several processes and threads
/// may use one folder at once, each thread with a History of its own. All calls throw Error when the disk is full or refuses,
/// HistoryDamaged when the file is broken.
class History {
public:
    /// Opens the folder's history or makes one; where the last process did not close it, with a look at the file's structure (isSound()).
    /// Throws Error when it is of a newer schema or cannot be written.
    explicit History(const std::filesystem::path& folder);
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    /// A run that begins; until it ends it is this process's.
    RunId begin(const Spec& spec, const std::string& source);
    /// The run has ended: its record and networks are kept. Where it was dismissed meanwhile, or its record is there already, as add().
    RunId end(RunId run, const Record& record, const KeptModels& models);

    struct Added {
        RunId id = 0;
        bool isNew = true; ///< false: the same record was there; it is taken out of the trash, and networks that it lacked are added
    };
    Added add(const Record& record, const KeptModels& models, std::int64_t started, const std::string& source);
    /// The same for a record.json that was read (parseJson), called `name`. Throws Error when it is none.
    Added addDocument(
        const nlohmann::json& record, const std::string& name, const KeptModels& models, std::int64_t started, const std::string& source);

    std::vector<HistoryEntry> find(const HistoryQuery& query = {});
    /// How many find() would give without offset and limit.
    std::int64_t count(const HistoryQuery& query = {});
    /// Throws Error when there is no such run.
    HistoryEntry entry(RunId run);
    Metrics metrics(RunId run);
    /// Names and how many runs they have: experiments, tags, and metrics that can be sorted by. Not of the trash.
    std::vector<std::pair<std::string, std::int64_t>> experiments();
    std::vector<std::pair<std::string, std::int64_t>> tags();
    std::vector<std::string> metricNames();

    /// The record.json that was kept, as text. Throws Error when it is gone or not what was written.
    std::string record(RunId run);
    /// Settings and seed, without reading a file.
    Spec spec(RunId run);
    std::vector<std::string> modelNames(RunId run);
    std::map<std::string, Tensor> model(RunId run, const std::string& name);
    KeptModels models(RunId run);
    /// All of it, to be shown again. A network that cannot be read is left out, and said. Throws Error as recordFromJson().
    KeptRun read(RunId run);

    void setStarred(RunId run, bool starred);
    void setNote(RunId run, const std::string& note); ///< at most 10,000 bytes
    void addTag(RunId run, const std::string& tag); ///< a line of at most 100 bytes, without spaces around it
    void removeTag(RunId run, const std::string& tag);

    /// Kept with the run, instead of what the same settings gave before; nothing where it was forgotten meanwhile.
    void touch(RunId run, const TouchedSettings& touched);
    /// Of all runs of an experiment, each run's in the order in which they came.
    std::map<RunId, std::vector<TouchedSettings>> touched(const std::string& experiment);

    void toTrash(const std::vector<RunId>& runs);
    void restore(const std::vector<RunId>& runs);
    /// For good, wherever they are; files that no other run names go too.
    void forget(const std::vector<RunId>& runs);
    void emptyTrash();
    /// Bytes on the disk.
    std::int64_t usage();
    /// Forgets until usage() is at most `bytes`: the trash first, then the oldest; never one with a star, a tag or a note, never the
    /// newest, and never one that is under way. What went.
    std::vector<HistoryEntry> keepWithin(std::int64_t bytes);

    std::vector<UnfinishedRun> unfinished();
    /// An unfinished run is not offered again.
    void dismiss(RunId run);

    /// The file's own structure alone: some 50 ms for 10,000 runs, for a thread in the background.
    bool isSound();
    /// Reads everything, changes nothing.
    HistoryCheck check();
    /// Brings the folder's history in order: what can be read of a damaged file goes into a new one, records whose rows were lost are
    /// found again in blobs/, runs that lack a file are marked, files without a run removed. Throws Error when somebody else has it open.
    static HistoryRepair repair(const std::filesystem::path& folder);

private:
    struct Stored;
    History(const std::filesystem::path& folder, std::optional<HistoryLock> lock, const char* file);
    void prepare();
    RunId insert(const RecordFacts& facts, std::int64_t started, const std::string& source);
    Added store(const Stored& stored);
    void keepBlob(const std::string& hash, const std::string& bytes);
    void keepModels(RunId run, const std::map<std::string, std::string>& hashes, const std::map<std::string, std::string>& files);
    void forgetNow(const std::vector<RunId>& runs);
    void removeFirst(const std::vector<RunId>& runs);
    void forgetRows(const std::vector<RunId>& runs, std::vector<std::string>& hashes);
    bool isNamed(const std::string& hash);
    void removeUnnamed(const std::vector<std::string>& hashes);
    std::vector<std::string> damage();
    std::set<std::string> namedBlobs();
    std::map<std::string, Tensor> tensorsIn(const std::string& hash, const std::string& name) const;
    bool isIntact(const std::string& hash) const;
    void salvage(Database& broken);
    void adopt(const std::string& hash, const std::string& bytes, HistoryRepair& done);
    std::set<std::string> adoptRecords(const std::set<std::string>& except, HistoryRepair& done);
    void nameModel(RunId run, const std::string& name, const std::string& hash);
    void markMissing(HistoryRepair& done);
    void removeOrphans(const std::set<std::string>& except, HistoryRepair& done);

    std::filesystem::path m_folder;
    std::optional<HistoryLock> m_lock; ///< while it is open: repair() wants to be alone
    std::filesystem::path m_file;
    HistoryBlobs m_blobs;
    Database m_database;
};

/// Where a user's history is: $XDG_DATA_HOME/bitstill/history, or ~/.local/share/bitstill/history. Throws Error when neither is set.
std::filesystem::path historyFolder();
/// Now, as HistoryEntry::started.
std::int64_t historyNow();

} // namespace bitstill
