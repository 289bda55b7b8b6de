#include "engine/store/job_list.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/store/sweep_axes.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace bitstill {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

fs::path jobsFile(const fs::path& folder) { return folder / "launch/jobs.jsonl"; }

/// A count of runs; nothing where there is none or more than a sweep has.
std::optional<std::size_t> countIn(const json& job, const char* name)
{
    const json count = job.value(name, json());
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() > kMostSpecs) return std::nullopt;
    return count.get<std::size_t>();
}

bool isId(const std::string& id)
{
    return !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<SlurmJob> jobFrom(const std::string& line)
{
    json document;
    try {
        document = parseJson(line, "jobs.jsonl", {.depth = 2, .values = 100});
    } catch (const Error&) {
        return std::nullopt; // cut short
    }
    if (!document.is_object()) return std::nullopt;
    const json id = document.value("id", json()), list = document.value("list", json());
    const std::optional<std::size_t> first = countIn(document, "first"), pack = countIn(document, "pack"),
                                     tasks = countIn(document, "tasks");
    if (!id.is_string() || !isId(id.get<std::string>()) || !list.is_string() || !first || !pack || !tasks) return std::nullopt;
    return SlurmJob{.id = id.get<std::string>(), .list = list.get<std::string>(), .first = *first, .pack = *pack, .tasks = *tasks};
}

} // namespace

void noteJob(const fs::path& folder, const SlurmJob& job)
try {
    appendLine(jobsFile(folder),
        jsonText({{"id", job.id}, {"list", job.list.string()}, {"first", job.first}, {"pack", job.pack}, {"tasks", job.tasks}}));
} catch (const Error& e) {
    throw Error("jobs.jsonl", text("job %1 was submitted, but cannot be noted", job.id), e.hint());
}

std::vector<SlurmJob> jobsIn(const fs::path& folder)
{
    std::error_code none;
    return fs::exists(jobsFile(folder), none) ? jobsFrom(readFile(jobsFile(folder), 100'000'000)) : std::vector<SlurmJob>{};
}

std::vector<SlurmJob> jobsFrom(const std::string& lines)
{
    std::vector<SlurmJob> jobs;
    for (const std::string& line : split(lines, '\n'))
        if (std::optional<SlurmJob> job = jobFrom(line)) jobs.push_back(std::move(*job));
    return jobs;
}

} // namespace bitstill
