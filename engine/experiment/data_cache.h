#pragma once

#include "engine/data/catalogue.h"

#include <memory>
#include <mutex>

namespace bitstill {

/// Data sets that were loaded, so that runs one after the other need not read the same files again. A file that changes meanwhile is not
/// read again: for somebody who runs many specs on the same data. Sessions may share one, also at the same time.
class DataCache {
public:
    /// What makes a data set the same: its id, its options, and the seed of those that are generated.
    static std::string keyOf(const std::string& id, const DatasetOptions& options);

    /// Null when there is none.
    std::shared_ptr<const Dataset> find(const std::string& key) const;
    /// Drops the oldest when all would take more than 512 MiB.
    void keep(const std::string& key, std::shared_ptr<const Dataset> data);

private:
    mutable std::mutex m_mutex;
    std::vector<std::pair<std::string, std::shared_ptr<const Dataset>>> m_entries; ///< oldest first
};

} // namespace bitstill
