#pragma once

#include "engine/io/manifest.h"

#include <vector>

namespace bitstill {

/// The steps by which one result takes the place of another; for ResultFolder alone, which holds the lock on the folder.
namespace moves {

/// A folder beside it or, where that cannot be written, within it, marked as unfinished; an empty path, with errno, when neither can be.
std::filesystem::path makeStage(const std::filesystem::path& folder);
/// What is in the stage is no longer to be thrown away when its process dies.
void markFinished(const std::filesystem::path& stage);
/// Can another folder take the place of this one without anybody noticing but by what is in it?
bool canExchange(const std::filesystem::path& folder, const std::filesystem::path& stage);
/// Hard links in `stage` for everything in `folder` that is not in `own`; false when one cannot be made.
bool linkForeign(const std::filesystem::path& folder, const std::filesystem::path& stage, const std::set<std::string>& own);
/// Both names change places, in one step of the file system. False, with errno, when it cannot.
bool exchange(const std::filesystem::path& a, const std::filesystem::path& b);
enum class Moved { All, None, Some };
/// Moves `names` from `stage` into `folder` one by one, and what is in `obsolete` out of it. None, with errno: one could not be moved and
/// everything is back. Some, with errno: nor could others be put back; as after a process that is killed meanwhile, a list is left by
/// which clearUp() goes on, and it needs the stage. Throws Error when the list cannot be written.
Moved moveInto(const std::filesystem::path& folder, const std::filesystem::path& stage, const std::vector<std::string>& names,
    const std::vector<std::string>& obsolete);
/// Removes a stage that nobody needs, its mark last.
void removeStage(const std::filesystem::path& stage) noexcept;
/// Finishes what a killed process has begun, and removes what others have left. Throws Error when it cannot be finished now.
void clearUp(const std::filesystem::path& folder);
/// Removes a folder that has been exchanged for `folder`: its own files, and those that are in `folder` too. What came into it since is
/// moved to `folder`.
void removeOld(const std::filesystem::path& old, const std::filesystem::path& folder, const OwnFiles& own) noexcept;

} // namespace moves

} // namespace bitstill
