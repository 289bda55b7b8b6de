#pragma once

#include "app/cli/interrupts.h"
#include "app/cli/sweep.h"
#include "engine/experiment/data_cache.h"
#include "engine/experiment/session.h"
#include "engine/experiment/teacher_cache.h"
#include "engine/store/claim.h"

namespace bitstill::cli {

/// Does one run of a sweep after the other in this process; data sets and teachers are kept between them.
class SweepWorker {
public:
    enum class End { Done, Failed, Busy };

    SweepWorker(int threads, std::string keep, bool otherVersions);

    /// Done: there is a record now, or was. Busy: somebody else is at it. Throws Error when its files cannot be written. A signal ends the
    /// process: nothing is left of the run but a line in its log.
    End run(const std::filesystem::path& folder, const PlannedRun& planned);

private:
    Record follow(Session& session, Claim& claim, const std::filesystem::path& folder);
    void write(const std::filesystem::path& folder, Record record, const KeptModels& models) const;

    Interrupts m_interrupts;
    int m_threads;
    std::string m_keep;
    bool m_otherVersions;
    std::shared_ptr<DataCache> m_datasets = std::make_shared<DataCache>();
    std::shared_ptr<TeacherCache> m_teachers = std::make_shared<TeacherCache>();
};

} // namespace bitstill::cli
