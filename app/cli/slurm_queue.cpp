#include "app/cli/slurm_queue.h"

#include "engine/core/error.h"
#include "engine/io/files.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <sstream>

namespace bitstill::cli {

namespace fs = std::filesystem;

namespace {

struct Task {
    std::string job, state;
    std::size_t index = 0;
};

bool hasEnded(const std::string& state)
{
    for (const char* end : {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE"})
        if (state == end) return true;
    return false;
}

/// False when Slurm cannot be asked.
bool tasksOf(const std::vector<SlurmJob>& jobs, std::vector<Task>& tasks)
{
    std::string ids;
    for (const SlurmJob& job : jobs) ids += (ids.empty() ? "" : ",") + job.id;
    const Output output = outputOf({"squeue", "--noheader", "--array", "--states=all", "--jobs=" + ids, "--format=%F %K %T"});
    if (output.exit != 0) return output.text.find("Invalid job id") != std::string::npos; // forgotten: ended long ago
    std::istringstream lines(output.text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        Task task;
        if (words >> task.job >> task.index >> task.state) tasks.push_back(task);
    }
    return true;
}

std::vector<std::string> linesOf(const fs::path& file)
{
    std::error_code none;
    return fs::exists(file, none) ? split(readFile(file, 100'000'000), '\n') : std::vector<std::string>{};
}

} // namespace

SlurmQueue queuedRuns(const fs::path& folder)
{
    const std::vector<SlurmJob> jobs = jobsIn(folder);
    if (jobs.empty()) return {};
    SlurmQueue queue;
    std::vector<Task> tasks;
    const bool known = tasksOf(jobs, tasks);
    for (const SlurmJob& job : jobs) {
        const std::vector<std::string> hashes = linesOf(job.list);
        std::set<std::size_t> left;
        for (const Task& task : tasks)
            if (task.job == job.id && task.index < job.tasks && !hasEnded(task.state)) left.insert(task.index);
        for (std::size_t i = 0; !known && i < job.tasks; ++i) left.insert(i);
        for (const std::size_t index : left)
            for (std::size_t k = 0; k < job.pack && job.first + index * job.pack + k < hashes.size(); ++k)
                queue.hashes.insert(hashes[job.first + index * job.pack + k]);
        queue.over = queue.over && left.empty();
    }
    return queue;
}

std::string statesText(const fs::path& folder)
{
    std::vector<Task> tasks;
    std::map<std::string, int> counts;
    if (const std::vector<SlurmJob> jobs = jobsIn(folder); !jobs.empty() && tasksOf(jobs, tasks))
        for (const Task& task : tasks)
            if (task.state != "COMPLETED") ++counts[task.state];
    std::vector<std::string> words;
    for (const auto& [state, count] : counts) words.push_back(state + " " + std::to_string(count));
    return words.empty() ? "?" : joined(words);
}

std::size_t largestArray()
{
    const Output config = outputOf({"scontrol", "show", "config"});
    if (!config.started)
        throw Error("slurm", text("Slurm is not installed here"), text("run this on a node that submits jobs, or choose --on here"));
    if (config.exit != 0) throw Error("scontrol", text("Slurm does not answer: %1", config.text), text("see `scontrol ping`"));
    constexpr std::size_t kUsual = 1001;
    const std::size_t at = config.text.find("MaxArraySize"), equals = at == std::string::npos ? at : config.text.find('=', at);
    if (equals == std::string::npos) return kUsual;
    std::size_t digits = equals + 1, most = 0;
    while (digits < config.text.size() && config.text[digits] == ' ') ++digits;
    std::from_chars(config.text.data() + digits, config.text.data() + config.text.size(), most);
    return most > 0 ? most : kUsual;
}

std::string submittedId(const Output& output)
{
    if (!output.started)
        throw Error("slurm", text("Slurm is not installed here"), text("run this on a node that submits jobs, or choose --on here"));
    if (output.late)
        throw Error("sbatch", text("it has not answered in %1 minutes, and may have taken the job or not", std::to_string(kSubmitMinutes)),
            text("look with `squeue --me`, and give the command again when Slurm answers"));
    // The id is a line of its own, "12" or "12;cluster"; a cluster's own script may say more.
    std::istringstream lines(output.text);
    std::string id;
    for (std::string line; std::getline(lines, line);) {
        const std::string number = line.substr(0, line.find(';'));
        if (!number.empty() && std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) id = number;
    }
    if (output.exit != 0 || id.empty())
        throw Error("sbatch", text("the job was refused: %1", output.text), text("options behind -- are sbatch's"));
    return id;
}

} // namespace bitstill::cli
