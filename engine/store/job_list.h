#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bitstill {

/// An array that was submitted to Slurm: its task i does the runs on lines first + i·pack (counted from 0) to first + (i+1)·pack − 1 of
/// `list`.
struct SlurmJob {
    std::string id{};
    std::filesystem::path list{};
    std::size_t first = 0, pack = 1, tasks = 0;
};

/// Adds it to launch/jobs.jsonl of the sweep's folder. Throws Error when it cannot be written.
void noteJob(const std::filesystem::path& folder, const SlurmJob& job);
/// Those that were noted. Throws Error when the file is there and cannot be read.
std::vector<SlurmJob> jobsIn(const std::filesystem::path& folder);
/// The jobs in jobs.jsonl, a line each; lines that noteJob() did not write, or only half, are none.
std::vector<SlurmJob> jobsFrom(const std::string& lines);

} // namespace bitstill
