#include "app/settings_change.h"

namespace bitstill {

SettingsChange::SettingsChange(SettingsState before, SettingsState after, std::string field, Apply apply) :
    m_before(std::move(before)), m_after(std::move(after)), m_field(std::move(field)), m_apply(std::move(apply))
{
    m_since.start();
}

bool SettingsChange::mergeWith(const QUndoCommand* next)
{
    constexpr qint64 kPause = 1000; // ms
    const auto& later = static_cast<const SettingsChange&>(*next);
    if (m_field.empty() || later.m_field != m_field || m_since.elapsed() > kPause) return false;
    m_after = later.m_after;
    m_since.restart();
    return true;
}

} // namespace bitstill
