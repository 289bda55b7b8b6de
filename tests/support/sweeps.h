#pragma once

#include "tests/support/cli.h"

#include <map>
#include <nlohmann/json.hpp>

namespace bitstill {

/// A run of them takes a tenth of a second.
inline const QStringList kQuick{"--set", "data.set=strokes", "--set", "data.samples=600", "--set", "model.name=mlp-16", "--set",
    "quant.calibration=64", "--set", "train.epochs=1"};

/// With 1000 epochs, minutes.
inline const QStringList kLong{"--set", "data.samples=20000", "--set", "model.name=mlp-256-128"};

inline QString sweepFolder(const Folder& folder) { return QString::fromStdString(folder.path("s").string()); }

/// before-after in the folder's `s`, small; what the arguments vary is not set.
inline QStringList sweepCommand(const Folder& folder, const QStringList& arguments)
{
    QStringList command{"sweep", "before-after", "--out", sweepFolder(folder)};
    for (qsizetype i = 0; i < kQuick.size(); i += 2) {
        const QString key = kQuick[i + 1].split('=').front() + "=", varied = arguments.join(' ');
        const bool zipped = varied.contains(key.chopped(1) + ",") || varied.contains("," + key);
        if (!varied.contains(key) && !zipped) command << kQuick[i] << kQuick[i + 1];
    }
    return command + arguments;
}

inline Result sweepIn(const Folder& folder, const QStringList& arguments) { return cli(sweepCommand(folder, arguments)); }

inline Result status(const Folder& folder, const QStringList& arguments)
{
    return cli(QStringList{"sweep", "status", sweepFolder(folder)} + arguments);
}

inline std::string textIn(const Folder& folder, const std::string& name)
{
    std::ifstream in(folder.path("s") / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// "runs/HASH/" of each run.
inline std::vector<std::string> runFolders(const Folder& folder)
{
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path("s/runs"), none))
        names.push_back("runs/" + entry.path().filename().string() + "/");
    return names;
}

/// record.json of each run that has one, by hash.
inline std::map<std::string, std::string> recordsIn(const Folder& folder)
{
    std::map<std::string, std::string> records;
    for (const std::string& run : runFolders(folder))
        if (const std::string bytes = textIn(folder, run + "record.json"); !bytes.empty()) records[run.substr(5, 16)] = bytes;
    return records;
}

/// How often each run was begun, sorted.
inline std::vector<int> attemptsIn(const Folder& folder)
{
    std::vector<int> attempts;
    for (const std::string& run : runFolders(folder)) {
        const std::string log = textIn(folder, run + "log.txt");
        int begun = 0;
        for (std::size_t at = log.find("Z begun on "); at != std::string::npos; at = log.find("Z begun on ", at + 1)) ++begun;
        attempts.push_back(begun);
    }
    std::sort(attempts.begin(), attempts.end());
    return attempts;
}

/// Processes that have claimed a run.
inline std::vector<pid_t> workersOf(const Folder& folder)
{
    std::vector<pid_t> workers;
    for (const std::string& run : runFolders(folder)) {
        const nlohmann::json holder = nlohmann::json::parse(textIn(folder, run + "claim"), nullptr, false);
        if (holder.is_object()) workers.push_back(holder["pid"].get<pid_t>());
    }
    return workers;
}

/// A CSV of two classes, small.
inline void writeClasses(const Folder& folder, const std::string& name)
{
    std::string rows = "a,b,class\n";
    for (int i = 0; i < 200; ++i) rows += std::to_string(i % 7) + "," + std::to_string(i % 5) + "," + (i % 2 ? "x" : "y") + "\n";
    folder.write(name, rows);
}

/// Process that has claimed the run with this value; 0: none.
inline pid_t workerOf(const Folder& folder, const std::string& field, int value)
{
    for (const std::string& run : runFolders(folder)) {
        const nlohmann::json spec = nlohmann::json::parse(textIn(folder, run + "spec.json"), nullptr, false);
        const nlohmann::json claim = nlohmann::json::parse(textIn(folder, run + "claim"), nullptr, false);
        if (!spec.is_discarded() && !claim.is_discarded() && spec["fields"][field] == value) return claim["pid"].get<pid_t>();
    }
    return 0;
}

/// Each run that has a record has finished by its log, and was not begun again after that. As many as `cut` may have been killed between
/// the record and that line.
inline bool nothingTwice(const Folder& folder, int cut = 0)
{
    for (const auto& [hash, bytes] : recordsIn(folder)) {
        const std::string log = textIn(folder, "runs/" + hash + "/log.txt");
        const std::size_t end = log.find("Z finished after");
        if (end == std::string::npos) --cut;
        if (end != std::string::npos && log.find("Z begun on", end) != std::string::npos) return false;
    }
    return cut >= 0;
}

/// What the runs found, without who found it and when.
inline std::string findingsIn(const Folder& folder)
{
    cli({"sweep", "table", sweepFolder(folder), "-o", QString::fromStdString(folder.path("t.json").string())});
    nlohmann::json table = nlohmann::json::parse(textIn(folder, "../t.json"));
    for (nlohmann::json& row : table["rows"])
        for (const char* column : {"seconds", "host", "threads"}) row.erase(column);
    return table.dump();
}

/// Names of files that nobody should have left.
inline std::string strayFiles(const Folder& folder)
{
    std::string stray;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path("s"))) {
        const std::string name = entry.path().filename();
        if (contains(name, ".part-") || name == "claim") stray += entry.path().string() + "\n";
    }
    return stray;
}

} // namespace bitstill
