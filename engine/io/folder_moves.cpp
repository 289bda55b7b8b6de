#include "engine/io/folder_moves.h"

#include "engine/core/error.h"
#include "engine/io/file_error.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace bitstill::moves {

namespace fs = std::filesystem;

namespace {

constexpr const char* kList = ".bitstill-commit.json"; ///< in the folder while files are moved into it
constexpr const char* kUnfinished = ".unfinished"; ///< in a stage that nobody needs when its process is dead
constexpr const char* kOld = ".old"; ///< in the stage: what was moved out of the folder
constexpr int kMostForeign = 10'000; ///< beyond them the folder is somebody's home rather than ours

bool isThere(const fs::path& p)
{
    std::error_code none;
    return fs::exists(fs::symlink_status(p, none));
}

bool isWithin(const fs::path& inner, const fs::path& outer)
{
    const auto [o, i] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return o == outer.end();
}

/// Is `name` one of makeStage()'s for this folder?
bool isStageOf(const std::string& name, const std::string& folder)
{
    const std::size_t at = name.rfind(".part-");
    if (at == std::string::npos) return false;
    const std::string stem = name.substr(0, at);
    return stem == folder || (stem.size() > 200 && folder.starts_with(stem));
}

bool isHeld(const fs::path& stage)
{
    const int descriptor = open(stage.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return true;
    const bool held = flock(descriptor, LOCK_EX | LOCK_NB) != 0;
    close(descriptor);
    return held;
}

bool move(const fs::path& from, const fs::path& to)
{
    std::error_code failed;
    fs::create_directories(to.parent_path(), failed);
    if (failed) errno = failed.value();
    return !failed && rename(from.c_str(), to.c_str()) == 0;
}

/// Goes on from wherever it was left: a name that is not in the stage any more has arrived.
bool moveAll(const fs::path& folder, const fs::path& stage, const std::vector<std::string>& names, const std::vector<std::string>& obsolete)
{
    for (const std::string& name : names) {
        if (!isThere(stage / name)) continue;
        if (isThere(folder / name) && !move(folder / name, stage / kOld / name)) return false;
        if (!move(stage / name, folder / name)) return false;
    }
    for (const std::string& name : obsolete)
        if (isThere(folder / name) && !move(folder / name, stage / kOld / name)) return false;
    return true;
}

/// False when something could not be moved.
bool moveAllBack(const fs::path& folder, const fs::path& stage, const std::vector<std::string>& names)
{
    bool all = true;
    for (const std::string& name : names)
        if (!isThere(stage / name)) all = move(folder / name, stage / name) && all;
    std::vector<fs::path> moved;
    std::error_code failed;
    for (fs::recursive_directory_iterator i(stage / kOld, failed), end; !failed && i != end; i.increment(failed))
        if (!i->is_directory(failed)) moved.push_back(i->path());
    for (const fs::path& p : moved) all = move(p, folder / p.lexically_relative(stage / kOld)) && all;
    return all;
}

/// With the list that was left. False, with errno, when a file cannot be moved.
bool goOn(const fs::path& folder, const std::vector<fs::path>& stages)
{
    try {
        const nlohmann::json list = parseJson(readFile(folder / kList, 100'000'000), kList);
        for (const fs::path& stage : stages)
            if (stage.filename() == list.at("from").get<std::string>()
                && !moveAll(
                    folder, stage, list.at("names").get<std::vector<std::string>>(), list.at("obsolete").get<std::vector<std::string>>()))
                return false;
    } catch (const Error&) {
        // Not a list of ours: there is nothing to go on with.
    } catch (const nlohmann::json::exception&) {
        // Not a list of ours: there is nothing to go on with.
    }
    return true;
}

/// Nothing is lost with one of them. Programs that save a file make a new one, so that it need not be the same.
bool haveSameBytes(const fs::path& a, const fs::path& b)
{
    constexpr std::size_t kMost = 1'000'000'000;
    std::error_code failed;
    if (!fs::is_regular_file(fs::symlink_status(a, failed)) || !fs::is_regular_file(fs::symlink_status(b, failed))) return false;
    if (fs::file_size(a, failed) != fs::file_size(b, failed)) return false;
    try {
        return readFile(a, kMost) == readFile(b, kMost);
    } catch (const Error&) {
        return false;
    }
}

void removeEmptyParents(const fs::path& folder, const std::vector<std::string>& names)
{
    for (const std::string& name : names)
        for (fs::path p = fs::path(name).parent_path(); !p.empty(); p = p.parent_path())
            if (rmdir((folder / p).c_str()) != 0) break;
}

} // namespace

fs::path makeStage(const fs::path& folder)
{
    for (const fs::path& base : {folder, folder / ".bitstill"}) {
        if (!base.has_filename()) continue; // the root
        const fs::path stage = partName(base);
        if (mkdir(stage.c_str(), 0700) != 0) continue;
        const int mark = open((stage / kUnfinished).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        const int code = errno;
        if (mark >= 0 && close(mark) == 0) return stage;
        rmdir(stage.c_str());
        errno = code;
    }
    return {};
}

void markFinished(const fs::path& stage) { unlink((stage / kUnfinished).c_str()); }

bool canExchange(const fs::path& folder, const fs::path& stage)
{
    if (stage.parent_path() != folder.parent_path()) return false;
    std::error_code failed;
    if (isWithin(fs::current_path(failed), folder) || failed) return false; // a shell that stands there would be nowhere
    struct stat now {
    }, mine{};
    if (lstat(folder.c_str(), &now) != 0 || lstat(stage.c_str(), &mine) != 0 || now.st_dev != mine.st_dev) return false;
    char attributes[1024];
    if (const ssize_t n = llistxattr(folder.c_str(), attributes, sizeof attributes); n > 0 && std::string(attributes) != "security.selinux")
        return false; // access lists and the like
    if ((now.st_uid != mine.st_uid || now.st_gid != mine.st_gid) && lchown(stage.c_str(), now.st_uid, now.st_gid) != 0) return false;
    return chmod(stage.c_str(), now.st_mode & 07777) == 0;
}

bool linkForeign(const fs::path& folder, const fs::path& stage, const std::set<std::string>& own)
{
    std::error_code failed;
    int count = 0;
    for (fs::recursive_directory_iterator i(folder, failed), end; !failed && i != end; i.increment(failed)) {
        const fs::path name = i->path().lexically_relative(folder), to = stage / name;
        struct stat s { };
        if (++count > kMostForeign || lstat(i->path().c_str(), &s) != 0) return false;
        if (S_ISDIR(s.st_mode)) {
            const bool forOwn = std::any_of(own.begin(), own.end(), [&](const std::string& o) { return isWithin(o, name); });
            if (forOwn && !isThere(to)) continue; // made when something of somebody else's lies in it
            if (!isThere(to) && mkdir(to.c_str(), 0700) != 0) return false;
            if (chmod(to.c_str(), s.st_mode & 07777) != 0) return false;
            continue;
        }
        if (own.contains(name.string()) || isThere(to)) continue;
        fs::create_directories(to.parent_path(), failed);
        if (failed || linkat(AT_FDCWD, i->path().c_str(), AT_FDCWD, to.c_str(), 0) != 0) return false;
    }
    return !failed;
}

bool exchange(const fs::path& a, const fs::path& b) { return renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0; }

Moved moveInto(
    const fs::path& folder, const fs::path& stage, const std::vector<std::string>& names, const std::vector<std::string>& obsolete)
{
    writeFile(folder / kList, jsonText({{"from", stage.filename().string()}, {"names", names}, {"obsolete", obsolete}}));
    if (!moveAll(folder, stage, names, obsolete)) {
        const int code = errno;
        const bool isBack = moveAllBack(folder, stage, names);
        if (isBack) unlink((folder / kList).c_str());
        errno = code;
        return isBack ? Moved::None : Moved::Some;
    }
    unlink((folder / kList).c_str());
    removeEmptyParents(folder, obsolete);
    syncFolder(folder);
    return Moved::All;
}

void clearUp(const fs::path& folder)
{
    std::error_code failed;
    std::vector<fs::path> stages;
    for (const fs::path& where : {folder.parent_path(), folder})
        for (fs::directory_iterator i(where, failed), end; !failed && i != end; i.increment(failed)) {
            struct stat s { };
            const std::string of = where == folder ? ".bitstill" : folder.filename().string();
            if (isStageOf(i->path().filename().string(), of) && lstat(i->path().c_str(), &s) == 0 && S_ISDIR(s.st_mode)
                && s.st_uid == geteuid() && !isHeld(i->path()))
                stages.push_back(i->path());
        }
    const fs::path list = folder / kList;
    if (isThere(list)) {
        if (!goOn(folder, stages))
            throw Error(folder.filename().string(), text("cannot write %1: %2", folder.string(), reasonText(errno)),
                text("choose another folder or file"));
        unlink(list.c_str());
    }
    for (const fs::path& stage : stages) {
        if (isThere(stage / kUnfinished))
            removeStage(stage);
        else
            removeOld(stage, folder, ownFiles(stage));
    }
}

void removeStage(const fs::path& stage) noexcept
try {
    std::error_code failed;
    std::vector<fs::path> all;
    for (fs::directory_iterator i(stage, failed), end; !failed && i != end; i.increment(failed))
        if (i->path().filename() != kUnfinished) all.push_back(i->path());
    for (const fs::path& p : all) fs::remove_all(p, failed);
    // By it the next run knows that nobody needs the others, should this one be killed.
    unlink((stage / kUnfinished).c_str());
    rmdir(stage.c_str());
} catch (...) {
    // It goes with the next run.
}

void removeOld(const fs::path& old, const fs::path& folder, const OwnFiles& own) noexcept
try {
    std::error_code failed;
    std::vector<fs::path> folders{old}, last; // last: by them the next run knows whose the others are, should this one be killed
    for (fs::recursive_directory_iterator i(old, failed), end; !failed && i != end; i.increment(failed)) {
        const fs::path name = i->path().lexically_relative(old);
        struct stat mine {
        }, there{};
        if (lstat(i->path().c_str(), &mine) != 0) continue;
        const bool isThere = lstat((folder / name).c_str(), &there) == 0;
        if (S_ISDIR(mine.st_mode))
            folders.push_back(i->path());
        else if (name == kManifestName || name == "record.json")
            last.push_back(i->path());
        else if (own.unchanged.contains(name.string()) || (isThere && own.listed.contains(name.string()))
            || (isThere && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino)
            || (isThere && haveSameBytes(i->path(), folder / name)))
            unlink(i->path().c_str());
        else if (!isThere)
            move(i->path(), folder / name);
    }
    for (const fs::path& p : last) unlink(p.c_str());
    for (auto f = folders.rbegin(); f != folders.rend(); ++f) rmdir(f->c_str());
} catch (...) {
    // The new result stands; what is left of the old one goes with the next run.
}

} // namespace bitstill::moves
