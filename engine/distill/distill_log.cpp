#include "engine/distill/distill_log.h"

namespace bitstill {

DistillLog::Means DistillLog::means() const
{
    Means m{.features = m_features};
    double count = 0;
    for (const Parts& p : m_parts) {
        if (!p.seen) continue;
        ++count;
        m.teacher += static_cast<double>(p.teacher);
        m.labels += static_cast<double>(p.labels);
        const double both = static_cast<double>(p.teacherPull) + static_cast<double>(p.labelsPull);
        m.teacherShare += both > 0 ? static_cast<double>(p.teacherPull) / both : 0;
    }
    if (count == 0) return m;
    m.teacher /= count;
    m.labels /= count;
    m.teacherShare /= count;
    return m;
}

} // namespace bitstill
