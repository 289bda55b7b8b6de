#pragma once

#include <iterator>

namespace bitstill {

/// The history's tables, with their reasons. A file is ours by its application_id; user_version is its schema. An older schema is brought
/// up to this one when it is opened, by a migration that stands below the tables; a newer one is refused, never guessed at.
inline constexpr const char* kHistoryFile = "history.db";
inline constexpr int kHistorySchema = 2;
inline constexpr int kHistoryApplication = 0x42697473; // "Bits"

/// Set on every connection.
/// - WAL: windows read while a run is written, and a kill leaves the last committed state.
/// - synchronous = FULL: a run whose end was told is there after a power cut as well. It costs one flush for each run, which took seconds.
/// - foreign_keys: a run that goes takes its metrics and tags with it.
/// - trusted_schema off, cell_size_check on: the file may be somebody else's.
inline constexpr const char* kHistoryPragmas = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
)";

/// auto_vacuum comes before the first table, or has no effect: what is forgotten gives its pages back.
inline constexpr const char* kHistoryTables = R"(
PRAGMA auto_vacuum = INCREMENTAL;
BEGIN IMMEDIATE;

-- A file of blobs/, by the SHA-256 of its bytes. Runs with the same weights share one; `bytes` so that use is a sum, not a walk.
CREATE TABLE blobs (
  hash TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL
) WITHOUT ROWID;

-- A run, all that a list shows of it: a list reads one row each, and no file. AUTOINCREMENT: a number that somebody has noted is
-- never given to another run.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started INTEGER NOT NULL,              -- milliseconds since 1970, UTC
  experiment TEXT NOT NULL,
  seed INTEGER NOT NULL,                 -- the bits of 64 without a sign
  spec_hash TEXT NOT NULL,
  outcome TEXT NOT NULL,                 -- as record.json says it; 'running' until it has ended
  seconds REAL NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,      -- of its blobs, shared or not
  starred INTEGER NOT NULL DEFAULT 0,
  trashed INTEGER,                       -- when it went to the trash
  missing INTEGER NOT NULL DEFAULT 0,    -- a blob of it is not there any more
  version TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT '',       -- who has run it: window, command line, the folder that it was imported from
  changed TEXT NOT NULL,                 -- JSON: the settings at its end that differ from their defaults or its spec
  noted TEXT NOT NULL DEFAULT '{}',      -- JSON: the few metrics that a list shows
  note TEXT NOT NULL DEFAULT '',
  search TEXT NOT NULL DEFAULT '',       -- words that find it, in lower case: substrings, because Korean has no spaces to split at,
                                         -- and 10,000 rows are looked through in milliseconds, without an index to keep true
  identity TEXT UNIQUE,                  -- SHA-256 of what makes a record itself: imported twice it is one. NULL until it has ended
  record TEXT REFERENCES blobs(hash)     -- the document, compressed
);
CREATE INDEX runs_started ON runs(started);
CREATE INDEX runs_record ON runs(record);

-- What is wanted of one run only, kept out of the rows that a search reads.
CREATE TABLE details (
  run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  spec TEXT NOT NULL,                    -- spec.json, to run it again without reading a blob
  claim TEXT                             -- of an unfinished run: the process that works on it
);

-- By name first: sorting by a metric walks one stretch of it.
CREATE TABLE metrics (
  name TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  value REAL,                            -- NULL: no number
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE INDEX metrics_run ON metrics(run);

CREATE TABLE tags (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (run, tag)
) WITHOUT ROWID;
CREATE INDEX tags_tag ON tags(tag);

CREATE TABLE models (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,                    -- of the network: student.taught
  hash TEXT NOT NULL REFERENCES blobs(hash),
  PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE INDEX models_hash ON models(hash);

PRAGMA application_id = 1114207347;      -- kHistoryApplication
PRAGMA user_version = 1;
COMMIT;
)";

/// From each schema to the next; a new file goes the same way, so that every one of them is walked every day.
inline constexpr const char* kHistoryMigrations[] = {
    // From 1: what was tried on the networks of a run after its end. By number, the newest has the highest: a run keeps so many.
    R"(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS touched (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  changed TEXT NOT NULL,                 -- JSON: the settings that were no longer as at the run's end
  metrics TEXT NOT NULL,                 -- JSON: of the networks that came of it
  UNIQUE (run, changed)
);
PRAGMA user_version = 2;
COMMIT;
)"};
static_assert(kHistoryApplication == 1114207347 && std::size(kHistoryMigrations) + 1 == kHistorySchema, "the pragmas above say the same");

} // namespace bitstill
