#include "app/cli/sweep_worker.h"

#include "app/cli/surroundings.h"
#include "engine/core/thread_pool.h"
#include "engine/experiment/catalogue.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sched.h>
#include <unistd.h>

namespace bitstill::cli {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// While it lives, what a run says (or a library that dies in it) goes to the run's log.
class LoggedErrors {
public:
    explicit LoggedErrors(const fs::path& log)
    {
        const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (file < 0) return;
        m_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        dup2(file, STDERR_FILENO);
        close(file);
    }
    ~LoggedErrors()
    {
        if (m_before < 0) return;
        dup2(m_before, STDERR_FILENO);
        close(m_before);
    }
    LoggedErrors(const LoggedErrors&) = delete;
    LoggedErrors& operator=(const LoggedErrors&) = delete;

private:
    int m_before = -1;
};

std::string environment(const char* name)
{
    const char* const value = std::getenv(name);
    return value ? value : "";
}

/// Of the scheduler that started us, if one did.
std::string jobText()
{
    const std::string array = environment("SLURM_ARRAY_JOB_ID");
    return array.empty() ? environment("SLURM_JOB_ID") : array + "_" + environment("SLURM_ARRAY_TASK_ID");
}

} // namespace

int usableCores()
{
    cpu_set_t mask;
    CPU_ZERO(&mask);
    int cores = sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : defaultThreads();
    // Without task/affinity Slurm does not bind: then the environment is all there is. With it the mask is never larger.
    const int said = std::atoi(environment("SLURM_CPUS_PER_TASK").c_str());
    if (said > 0) cores = std::min(cores, said);
    return std::max(cores, 1);
}

bool isDone(const fs::path& runFolder, const std::string& hash, bool otherVersions)
{
    const std::optional<RunResult> result = resultIn(runFolder, hash);
    return result && (!otherVersions || result->version == versionText());
}

SweepWorker::SweepWorker(int threads, std::string keep, bool otherVersions) :
    m_interrupts({SIGUSR1, SIGUSR2}), m_threads(threads), m_keep(std::move(keep)), m_otherVersions(otherVersions)
{
}

Record SweepWorker::follow(Session& session, Claim& claim, const fs::path& folder)
{
    constexpr std::chrono::milliseconds kOften{2};
    while (session.outcome() == Outcome::Running) {
        claim.beat();
        const int signal = m_interrupts.wait(kOften);
        if (signal == 0) continue;
        // Whoever sends a signal may send KILL next, so nobody waits for the session: it writes nothing.
        logLine(folder, std::string("stopped by SIG") + sigabbrev_np(signal));
        claim.release();
        std::_Exit(128 + signal);
    }
    session.wait();
    return session.record();
}

void SweepWorker::write(const fs::path& folder, Record record, const KeptModels& models) const
{
    const std::vector<KeptNetwork>& networks = experimentInfo(record.spec.experiment).networks;
    const auto first = networks.empty() ? models.end() : models.find(networks.front().name);
    if (m_keep == "model" && first != models.end())
        writeFile(
            folder / "model.safetensors", modelBytes(first->second, {{"source", provenance(record.spec)}, {"network", first->first}}));
    if (m_keep == "record") {
        record.figures.clear();
        record.marks.clear();
    }
    json document = toJson(record);
    document["host"] = hostName();
    writeFile(folder / "record.json", jsonText(document, 1) + "\n"); // the last: it says that all is there
}

SweepWorker::End SweepWorker::run(const fs::path& folder, const PlannedRun& planned)
{
    if (isDone(folder, planned.hash, m_otherVersions)) return End::Done;
    std::optional<Claim> claim = Claim::take(folder);
    if (!claim) return isDone(folder, planned.hash, m_otherVersions) ? End::Done : End::Busy;
    if (isDone(folder, planned.hash, m_otherVersions)) return End::Done;
    clearFailure(folder);
    logLine(folder, kAttemptMark + (" on " + hostName()) + ", process " + std::to_string(getpid()));
    const LoggedErrors errors(folder / "log.txt");
    Session session(planned.spec,
        SessionOptions{.threads = m_threads, .yieldToWindow = false, .replay = {}, .teachers = m_teachers, .datasets = m_datasets});
    const Record record = follow(session, *claim, folder);
    if (record.outcome == Outcome::Failed) {
        writeFailure(folder, {.reason = record.message.english(), .exit = 1, .job = jobText()});
        return End::Failed;
    }
    write(folder, record, session.models());
    clearFailure(folder);
    logLine(folder, std::string(nameOf(record.outcome)) + " after " + fixed(record.seconds, 1) + " s");
    return End::Done;
}

} // namespace bitstill::cli
