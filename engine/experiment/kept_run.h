#pragma once

#include "engine/experiment/record.h"
#include "engine/experiment/session.h"

#include <filesystem>
#include <functional>

namespace bitstill {

/// A run as it lies on a disk: to be shown again without training.
struct KeptRun {
    Record record{};
    KeptModels models{}; ///< none beside a record alone or in a report
    std::vector<Text> leftOut{}; ///< what this version does not know of it, and what could not be read
    bool repeatable = true; ///< nothing of the record itself was left out: what is done again is what it did
};

/// Does the folder hold what `run --out` writes, or is the file named as a record or a report is? By their names alone.
bool mayBeKeptRun(const std::filesystem::path& path);
/// Is this JSON a record (and not a spec)? Throws Error when it is no JSON.
bool isRecord(const std::string& document, const std::string& name);

/// The text of the record at such a path. Throws Error where there is none.
std::string recordDocument(const std::filesystem::path& path);
/// The record at such a path, to be run again: throws Error also where this version leaves something of it out.
Record recordToRepeat(const std::filesystem::path& path);

/// The run in a record.json with the networks beside it (models/NAME.safetensors), in a folder that `run --out` wrote, or in a report.
/// A network that cannot be read is left out. Throws Error where there is no record, see recordFromJson, and Stopped when `keepGoing` says
/// no.
KeptRun readKeptRun(const std::filesystem::path& path, const std::function<bool()>& keepGoing = {});

/// A record as a report carries it: an HTML element that nobody sees, in which nothing can end it.
std::string recordElement(const std::string& document);
/// The document in a report's element; throws Error when it carries none.
std::string recordInReport(const std::string& html, const std::string& name);

} // namespace bitstill
