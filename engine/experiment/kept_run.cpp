#include "engine/experiment/kept_run.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"

#include <algorithm>

namespace bitstill {

namespace {

namespace fs = std::filesystem;

constexpr const char *kRecord = "record.json", *kEnding = ".html";
constexpr const char *kOpens = "<script type=\"application/json\" id=\"bitstill-record\">", *kCloses = "</script>";
constexpr std::size_t kLargestRecord = 512'000'000, kMostNetworks = 1000;

/// The file of the run at a path.
fs::path recordFile(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(path, error) ? path / kRecord : path;
}

} // namespace

std::string recordDocument(const fs::path& path)
{
    const fs::path file = recordFile(path);
    std::string document = readFile(file, kLargestRecord);
    return file.extension() == kEnding ? recordInReport(document, file.filename().string()) : document;
}

namespace {

/// Names of networks beside the record, in their order.
std::vector<std::string> networksBeside(const fs::path& record)
{
    std::vector<std::string> names;
    std::error_code error;
    for (const fs::directory_entry& e : fs::directory_iterator(record.parent_path() / "models", error))
        if (e.path().extension() == ".safetensors" && names.size() < kMostNetworks) names.push_back(e.path().stem().string());
    std::ranges::sort(names);
    return names;
}

void readNetworks(KeptRun& run, const fs::path& record, const std::function<bool()>& keepGoing)
{
    for (const std::string& name : networksBeside(record)) {
        if (keepGoing && !keepGoing()) throw Stopped{};
        try {
            run.models[name] = readModelTensors(record.parent_path() / "models" / (name + ".safetensors"));
        } catch (const Error& e) {
            run.leftOut.push_back(e.sentence());
        }
    }
}

} // namespace

bool mayBeKeptRun(const fs::path& path)
{
    std::error_code error;
    if (fs::is_directory(path, error)) return fs::is_regular_file(path / kRecord, error);
    return path.filename() == kRecord || path.extension() == kEnding;
}

bool isRecord(const std::string& document, const std::string& name)
{
    const nlohmann::json j = parseJson(document, name, {.only = "outcome"});
    return j.is_object() && j.contains("outcome");
}

Record recordToRepeat(const fs::path& path)
{
    const std::string name = recordFile(path).filename().string();
    std::vector<Text> leftOut;
    Record record = recordFromJson(recordDocument(path), name, &leftOut);
    if (!leftOut.empty())
        throw Error(name, text("this version would not repeat this run: %1", leftOut.front()), text("run it anew, and use that record"));
    return record;
}

KeptRun readKeptRun(const fs::path& path, const std::function<bool()>& keepGoing)
{
    const fs::path file = recordFile(path);
    KeptRun run;
    run.record = recordFromJson(recordDocument(file), file.filename().string(), &run.leftOut);
    run.repeatable = run.leftOut.empty();
    if (file.extension() != kEnding) readNetworks(run, file, keepGoing);
    return run;
}

std::string recordElement(const std::string& document)
{
    // JSON has '<' in its strings alone, and there it may stand as this.
    std::string element = kOpens;
    for (const char c : document) {
        if (c == '<')
            element += "\\u003c";
        else
            element += c;
    }
    return element + kCloses;
}

std::string recordInReport(const std::string& html, const std::string& name)
{
    const std::size_t opens = html.find(kOpens), from = opens == std::string::npos ? opens : opens + std::string_view(kOpens).size();
    const std::size_t to = opens == std::string::npos ? opens : html.find(kCloses, from);
    if (to == std::string::npos)
        throw Error(name, text("this is not a report that carries a record"), text("choose a file that Bitstill wrote"));
    return html.substr(from, to - from);
}

} // namespace bitstill
