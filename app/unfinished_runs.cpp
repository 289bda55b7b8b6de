#include "app/unfinished_runs.h"

#include "engine/core/error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"

#include <unistd.h>

namespace bitstill {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostBytes = 1'000'000; ///< of a note
constexpr int kMostNames = 1000;

std::optional<Spec> noted(const fs::path& file)
try {
    const Spec spec = specFromJson(readFile(file, kMostBytes), file.string());
    if (validate(spec).empty()) return withDefaults(spec);
    return {};
} catch (const Error&) {
    return {}; // of a Bitstill that had other fields, or spoilt
}

std::string noteOf(const std::string& experiment, std::uint64_t number) { return experiment + "-" + std::to_string(number) + ".json"; }

} // namespace

UnfinishedRuns::~UnfinishedRuns()
{
    m_claim.reset();
    std::error_code ignored;
    if (!m_own.empty()) fs::remove_all(m_own, ignored);
}

std::deque<Spec> UnfinishedRuns::take()
{
    std::multimap<fs::file_time_type, Spec, std::greater<>> found;
    std::error_code ignored;
    for (const fs::directory_entry& left : fs::directory_iterator(m_folder, ignored)) {
        if (!left.is_directory(ignored) || left.is_symlink(ignored) || left.path() == m_own) continue;
        try {
            const std::optional<Claim> mine = Claim::take(left.path());
            if (!mine) continue; // its window lives
            for (const fs::directory_entry& note : fs::directory_iterator(left, ignored)) {
                if (note.path().extension() != ".json") continue;
                const std::optional<Spec> spec = noted(note.path());
                if (spec) found.emplace(note.last_write_time(ignored), *spec);
            }
            fs::remove_all(left.path(), ignored);
        } catch (const Error&) {
            continue; // not ours to write to
        }
    }
    std::deque<Spec> runs;
    for (const auto& [written, spec] : found) runs.push_back(spec);
    return runs;
}

bool UnfinishedRuns::claim()
{
    for (int i = 0; !m_claim && i < kMostNames; ++i) {
        m_own = m_folder / (std::to_string(getpid()) + "-" + std::to_string(i));
        if (!fs::create_directories(m_own)) continue; // another window of this process, or one that had its number
        if (std::optional<Claim> mine = Claim::take(m_own)) m_claim.emplace(std::move(*mine));
    }
    return m_claim.has_value();
}

void UnfinishedRuns::begin(const Spec& spec, std::uint64_t number)
{
    const std::string name = noteOf(spec.experiment, number);
    const auto known = m_noted.find(name);
    if (known != m_noted.end() && known->second == spec) return;
    m_noted[name] = spec;
    try {
        if (!claim()) return;
        const fs::path file = m_own / name;
        fs::remove(file);
        makeNewFile(file, jsonText(toJson(spec)));
    } catch (const std::exception&) {
        return;
    }
}

void UnfinishedRuns::end(const std::string& experiment, std::uint64_t number)
{
    const std::string name = noteOf(experiment, number);
    if (m_noted.erase(name) == 0) return;
    std::error_code ignored;
    fs::remove(m_own / name, ignored);
}

void UnfinishedRuns::beat()
{
    if (m_claim) m_claim->beat();
}

} // namespace bitstill
