#pragma once

#include "engine/experiment/spec.h"
#include "engine/store/claim.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>

namespace bitstill {

/// Notes of the runs that are under way in this window, so that one that a crash cuts short can be offered again. Each window has a folder
/// of its own in `folder` and holds a claim on it; what nobody holds is left from a window that is no more.
class UnfinishedRuns {
public:
    explicit UnfinishedRuns(std::filesystem::path folder) : m_folder(std::move(folder)) { }
    ~UnfinishedRuns();
    UnfinishedRuns(const UnfinishedRuns&) = delete;
    UnfinishedRuns& operator=(const UnfinishedRuns&) = delete;

    /// The runs that windows left unfinished, the latest first. All that was left is taken away: of several windows one offers it. What
    /// cannot be read is passed over.
    std::deque<Spec> take();
    /// The run of this number of the spec's experiment, as it is now; nothing happens where it is noted already. A note is not worth an
    /// error: where none can be written, there is none.
    void begin(const Spec& spec, std::uint64_t number);
    /// It is in the history.
    void end(const std::string& experiment, std::uint64_t number);
    /// To be called every few seconds: tells windows on other machines that this one lives.
    void beat();

private:
    bool claim();

    std::filesystem::path m_folder, m_own;
    std::optional<Claim> m_claim;
    std::map<std::string, Spec> m_noted; ///< by the name of the note
};

} // namespace bitstill
