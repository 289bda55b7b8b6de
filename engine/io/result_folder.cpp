#include "engine/io/result_folder.h"

#include "engine/core/error.h"
#include "engine/io/file_error.h"
#include "engine/io/files.h"
#include "engine/io/folder_moves.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace bitstill {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& folder, int code)
{
    throw Error(
        folder.filename().string(), text("cannot write %1: %2", folder.string(), reasonText(code)), text("choose another folder or file"));
}

[[noreturn]] void refuse(const fs::path& file)
{
    throw Error(
        file.filename().string(), text("%1 was not written by Bitstill", file.string()), text("choose another folder, or move that file"));
}

/// The same sentence with the folder that was asked for in place of the one where its files are made.
Text retold(const Text& sentence, const std::string& stage, const std::string& asked)
{
    Text told = sentence;
    if (sentence.args.empty() && sentence.pattern.starts_with(stage)) told.pattern = asked + sentence.pattern.substr(stage.size());
    for (Text& arg : told.args) arg = retold(arg, stage, asked);
    return told;
}

bool isSame(int descriptor, const fs::path& folder)
{
    struct stat a {
    }, b{};
    return fstat(descriptor, &a) == 0 && stat(folder.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// File systems without locks (some of the network) go without.
bool isTaken(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; }

} // namespace

ResultFolder::ResultFolder(const fs::path& folder) : m_asked(folder)
{
    try {
        open();
    } catch (...) {
        release();
        throw;
    }
}

ResultFolder::~ResultFolder() { release(); }

void ResultFolder::open()
{
    lockFolder();
    moves::clearUp(m_folder);
    m_earlier = ownFiles(m_folder);
    std::error_code none;
    const auto isThere = [&](const char* name) { return fs::exists(fs::symlink_status(m_folder / name, none)); };
    for (const char* name : {"spec.json", "record.json", "model.safetensors"})
        if (isThere(name) && !m_earlier.listed.contains(name)) refuse(m_asked / name);
    m_hasEarlier = isThere("record.json");
    makeStage();
}

void ResultFolder::release()
{
    if (!m_stage.empty()) moves::removeStage(m_stage);
    if (m_made) rmdir(m_folder.c_str()); // fails when there is something in it
    leaveLocks();
}

void ResultFolder::leaveLocks()
{
    for (int* lock : {&m_stageLock, &m_lock})
        if (*lock >= 0) close(std::exchange(*lock, -1));
}

void ResultFolder::lockFolder()
{
    // A folder that is exchanged between opening and locking is not the one of that name any more.
    while (true) {
        std::error_code failed;
        const fs::path asked = m_asked.has_filename() ? m_asked : m_asked.parent_path();
        m_made = fs::create_directories(asked, failed) || m_made;
        if (failed) fail(m_asked, failed.value());
        m_folder = fs::canonical(asked, failed);
        if (failed) fail(m_asked, failed.value());
        m_lock = ::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (m_lock < 0 && errno != ENOENT) fail(m_asked, errno);
        if (m_lock >= 0 && isTaken(m_lock)) {
            m_made = false;
            throw Error(m_asked.filename().string(), text("another run is writing to %1", m_asked.string()),
                text("wait until it is done, or choose another folder"));
        }
        if (m_lock >= 0 && isSame(m_lock, m_folder)) return;
        if (m_lock >= 0) close(std::exchange(m_lock, -1));
    }
}

void ResultFolder::makeStage()
{
    m_stage = moves::makeStage(m_folder);
    if (m_stage.empty()) fail(m_asked, errno);
    m_stageLock = ::open(m_stage.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // Held beyond the exchange, when the stage has become the folder and the rest of the old one is cleared away.
    if (m_stageLock >= 0) flock(m_stageLock, LOCK_EX | LOCK_NB);
}

ListedFile ResultFolder::write(const std::string& name, const std::string& bytes)
{
    const fs::path inside(name);
    if (inside.empty() || inside.is_absolute() || inside.lexically_normal() != inside || *inside.begin() == "..") refuse(m_asked / name);
    std::error_code none;
    const auto kind = [&](const fs::path& p) { return fs::symlink_status(m_folder / p, none).type(); };
    for (fs::path parent = fs::path(name).parent_path(); !parent.empty(); parent = parent.parent_path())
        if (kind(parent) != fs::file_type::not_found && kind(parent) != fs::file_type::directory) fail(m_asked / parent, ENOTDIR);
    if (kind(name) != fs::file_type::not_found && !m_earlier.listed.contains(name)) refuse(m_asked / name);
    writeToStage(name, bytes);
    return m_written[name] = listedFile(bytes);
}

void ResultFolder::writeToStage(const std::string& name, const std::string& bytes) const
{
    try {
        writeFile(m_stage / name, bytes);
    } catch (const Error& e) {
        const auto told = [&](const Text& t) { return retold(t, m_stage.string(), m_asked.string()); };
        throw Error(e.where(), told(e.problem()), told(e.hint()));
    }
}

void ResultFolder::commit()
{
    writeToStage(kManifestName, manifestBytes(m_written));
    if (!exchange()) moveFiles();
    m_stage.clear();
    m_made = false;
}

bool ResultFolder::exchange()
{
    if (!moves::canExchange(m_folder, m_stage) || !moves::linkForeign(m_folder, m_stage, m_earlier.unchanged)) return false;
    moves::markFinished(m_stage);
    if (!moves::exchange(m_stage, m_folder)) return false;
    try {
        syncFolder(m_folder.parent_path());
    } catch (...) {
        if (moves::exchange(m_stage, m_folder)) throw;
        // The new result stands all the same.
    }
    moves::removeOld(m_stage, m_folder, m_earlier);
    return true;
}

void ResultFolder::moveFiles()
{
    std::vector<std::string> names, obsolete;
    for (const auto& [name, file] : m_written) names.push_back(name);
    names.push_back(kManifestName);
    for (const std::string& name : m_earlier.unchanged)
        if (!m_written.contains(name) && name != kManifestName) obsolete.push_back(name);
    const moves::Moved moved = moves::moveInto(m_folder, m_stage, names, obsolete);
    const int code = errno;
    if (moved == moves::Moved::None) fail(m_asked, code);
    if (moved == moves::Moved::Some) {
        m_stage.clear();
        throw Error(m_asked.filename().string(), text("cannot write %1: %2", m_asked.string(), reasonText(code)),
            text("when that is mended, the next run with this folder finishes what was begun"));
    }
    moves::removeStage(m_stage);
}

fs::path ResultFolder::keepBeside()
{
    if (m_stage.empty()) return {};
    writeToStage(kManifestName, manifestBytes(m_written));
    const bool within = m_stage.parent_path() == m_folder;
    const fs::path base = within ? m_folder / "unfinished" : fs::path(m_folder.string() + ".unfinished");
    for (int i = 1; i < 1000; ++i) {
        const fs::path kept = i == 1 ? base : fs::path(base.string() + "-" + std::to_string(i));
        if (renameat2(AT_FDCWD, m_stage.c_str(), AT_FDCWD, kept.c_str(), RENAME_NOREPLACE) == 0) {
            m_stage.clear();
            moves::markFinished(kept);
            return kept;
        }
        if (errno != EEXIST && errno != ENOTEMPTY) break;
    }
    fail(base, errno);
}

} // namespace bitstill
