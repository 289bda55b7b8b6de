#pragma once

#include "engine/io/manifest.h"

namespace bitstill {

/// Where a run writes its files, as one thing: whenever the process ends, and however, the folder holds the whole earlier result or
/// the whole new one. Files are written beside it; commit() exchanges the two folders (renameat2), or, where that cannot be done (the
/// folder is a mount point, somebody's working folder, in a folder that cannot be written ...), moves file by file with a list that the
/// next run finishes. Files that Bitstill did not write stay, and their names are not taken.
class ResultFolder {
public:
    /// Makes the folder if need be, and locks it (flock): throws Error when another run writes to it, when it cannot be written, or when
    /// spec.json, record.json or model.safetensors in it are somebody else's. Clears up after runs that were killed.
    explicit ResultFolder(const std::filesystem::path& folder);
    /// What was not committed goes; a folder that was made for it too.
    ~ResultFolder();
    ResultFolder(const ResultFolder&) = delete;
    ResultFolder& operator=(const ResultFolder&) = delete;

    /// Is there an earlier result to lose?
    bool hasEarlier() const { return m_hasEarlier; }
    /// `name` is relative to the folder. Throws Error when it cannot be written or is the name of somebody else's file.
    ListedFile write(const std::string& name, const std::string& bytes);
    /// In a child process, which may live a moment longer: the locks are its parent's.
    void leaveLocks();
    /// A child process has written it, with write().
    void add(const std::string& name, const ListedFile& file) { m_written[name] = file; }
    /// What was written takes the place of the earlier result. Throws Error and leaves the earlier one when it cannot.
    void commit();
    /// The earlier result stays; what was written is kept in the folder whose name is returned, empty when commit() has left it between the
    /// two, for the next run to finish.
    std::filesystem::path keepBeside();

private:
    void open();
    void makeStage();
    void lockFolder();
    bool exchange();
    void moveFiles();
    void writeToStage(const std::string& name, const std::string& bytes) const;
    void release();

    std::filesystem::path m_asked, m_folder; ///< as it was named, and where that really is
    std::filesystem::path m_stage;
    int m_lock = -1, m_stageLock = -1;
    bool m_made = false; ///< the folder was not there before
    bool m_hasEarlier = false;
    OwnFiles m_earlier;
    Manifest m_written;
};

} // namespace bitstill
