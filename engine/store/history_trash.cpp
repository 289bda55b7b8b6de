// What is done to the runs that History holds.

#include "engine/store/history.h"

namespace bitstill {

void History::setStarred(RunId run, bool starred)
{
    m_database.run("UPDATE runs SET starred = ? WHERE id = ?", {std::int64_t{starred}, run});
}

void History::setNote(RunId run, const std::string& note)
{
    constexpr std::size_t kMost = 10'000;
    if (note.size() > kMost || !isUtf8(note))
        throw Error("history", text("a note is text of at most %1 bytes", grouped(kMost)), text("keep the rest in a file beside it"));
    m_database.run("UPDATE runs SET note = ? WHERE id = ?", {note, run});
}

void History::addTag(RunId run, const std::string& tag)
{
    constexpr std::size_t kMost = 100;
    const std::size_t first = tag.find_first_not_of(' '), last = tag.find_last_not_of(' ');
    const std::string bare = first == std::string::npos ? "" : tag.substr(first, last - first + 1);
    if (bare.empty() || bare.size() > kMost || printable(bare) != bare)
        throw Error("history", text("a tag is a line of 1 to %1 bytes", std::to_string(kMost)), text("choose a word or two"));
    m_database.run("INSERT OR IGNORE INTO tags (run, tag) SELECT id, ? FROM runs WHERE id = ?", {bare, run});
}

void History::removeTag(RunId run, const std::string& tag) { m_database.run("DELETE FROM tags WHERE run = ? AND tag = ?", {run, tag}); }

void History::toTrash(const std::vector<RunId>& runs)
{
    Transaction transaction(m_database);
    for (const RunId run : runs)
        m_database.run("UPDATE runs SET trashed = ? WHERE id = ? AND trashed IS NULL AND identity IS NOT NULL", {historyNow(), run});
    transaction.commit();
}

void History::restore(const std::vector<RunId>& runs)
{
    Transaction transaction(m_database);
    for (const RunId run : runs) m_database.run("UPDATE runs SET trashed = NULL WHERE id = ?", {run});
    transaction.commit();
}

void History::forgetRows(const std::vector<RunId>& runs, std::vector<std::string>& hashes)
{
    for (const RunId run : runs) {
        Statement row = m_database.query(
            "SELECT record FROM runs WHERE id = ?1 AND record IS NOT NULL UNION SELECT hash FROM models WHERE run = ?1", {run});
        while (row.step()) hashes.push_back(row.text(0));
        m_database.run("DELETE FROM runs WHERE id = ?", {run});
    }
}

bool History::isNamed(const std::string& hash)
{
    return m_database.number(
               "SELECT EXISTS (SELECT 1 FROM runs WHERE record = ?1) OR EXISTS (SELECT 1 FROM models WHERE hash = ?1)", {hash})
        != 0;
}

// Rows first, files in a transaction of its own: a kill between the two leaves files without a row, never a row without its file. Within
// the second nobody can name a file that this one is about to remove.
void History::removeUnnamed(const std::vector<std::string>& hashes)
{
    Transaction transaction(m_database);
    for (const std::string& hash : hashes) {
        if (isNamed(hash)) continue;
        m_database.run("DELETE FROM blobs WHERE hash = ?", {hash});
        m_blobs.remove(hash);
    }
    transaction.commit();
    m_database.run("PRAGMA incremental_vacuum");
}

/// Of the files that these runs alone name.
void History::removeFirst(const std::vector<RunId>& runs)
{
    const Transaction alone(m_database); // writes nothing; nobody else names a file meanwhile
    for (const RunId run : runs) {
        Statement row = m_database.query("SELECT record FROM runs WHERE id = ?1 UNION SELECT hash FROM models m WHERE run = ?1 "
                                         "AND NOT EXISTS (SELECT 1 FROM models WHERE hash = m.hash AND run != ?1)",
            {run});
        while (row.step()) m_blobs.remove(row.text(0));
    }
}

void History::forget(const std::vector<RunId>& runs)
try {
    forgetNow(runs);
} catch (const DiskFull&) {
    // Not even that they go can be written: their files make room for it, and the log where it is not needed any more.
    removeFirst(runs);
    m_database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    forgetNow(runs);
}

void History::forgetNow(const std::vector<RunId>& runs)
{
    std::vector<std::string> hashes;
    {
        Transaction transaction(m_database);
        forgetRows(runs, hashes);
        transaction.commit();
    }
    removeUnnamed(hashes);
}

void History::emptyTrash()
{
    std::vector<RunId> runs;
    for (Statement row = m_database.query("SELECT id FROM runs WHERE trashed IS NOT NULL"); row.step();) runs.push_back(row.integer(0));
    forget(runs);
}

void History::dismiss(RunId run) { m_database.run("DELETE FROM runs WHERE id = ? AND identity IS NULL", {run}); }

std::int64_t History::usage()
{
    const std::int64_t pages = m_database.number("PRAGMA page_count") - m_database.number("PRAGMA freelist_count");
    return pages * m_database.number("PRAGMA page_size") + m_database.number("SELECT total(bytes) FROM blobs");
}

std::vector<HistoryEntry> History::keepWithin(std::int64_t bytes)
{
    std::vector<HistoryEntry> gone;
    std::int64_t used = usage();
    if (used <= bytes) return gone;
    std::vector<std::string> hashes;
    Transaction transaction(m_database);
    std::vector<RunId> candidates;
    for (Statement row = m_database.query("SELECT id FROM runs WHERE identity IS NOT NULL AND NOT starred AND note = '' "
                                          "AND NOT EXISTS (SELECT 1 FROM tags WHERE run = id) "
                                          "AND id != (SELECT max(id) FROM runs WHERE identity IS NOT NULL) "
                                          "ORDER BY trashed IS NULL, trashed, started, id");
         row.step();)
        candidates.push_back(row.integer(0));
    for (const RunId run : candidates) {
        if (used <= bytes) break;
        gone.push_back(entry(run));
        std::vector<std::string> own;
        forgetRows({run}, own);
        for (const std::string& hash : own)
            if (!isNamed(hash)) used -= m_database.number("SELECT bytes FROM blobs WHERE hash = ?", {hash});
        hashes.insert(hashes.end(), own.begin(), own.end());
    }
    transaction.commit();
    removeUnnamed(hashes);
    return gone;
}

} // namespace bitstill
