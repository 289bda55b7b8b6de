#include "app/settings_change.h"

#include "engine/experiment/catalogue.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr std::size_t kNamed = 3; ///< of several settings
constexpr std::size_t kLongest = 40; ///< bytes of a value: a path or a typing error may be of any length

Text seedOf(const SettingsState& state) { return state.hasSeed ? Text(std::to_string(state.spec.seed)) : bitstill::text("none"); }

Text shortened(const Text& words) { return words.isData ? Text(printable(words.pattern, kLongest)) : words; }

} // namespace

SettingsChange::SettingsChange(SettingsState before, SettingsState after, std::string field, Text title, Apply apply) :
    m_before(std::move(before)), m_after(std::move(after)), m_field(std::move(field)), m_title(std::move(title)), m_apply(std::move(apply))
{
    m_since.start();
}

Text SettingsChange::words() const
{
    std::vector<Text> labels;
    Text only;
    const auto add = [&](const Text& label, const Text& before, const Text& after) {
        labels.push_back(label);
        only = Text("%1 %2 → %3", {label, shortened(before), shortened(after)});
    };
    for (const Field& f : experimentInfo(m_before.spec.experiment).fields) {
        const Value &before = m_before.spec.values.at(f.key), &after = m_after.spec.values.at(f.key);
        if (!(before == after)) add(f.label, f.words(before), f.words(after));
    }
    if (m_before.hasSeed != m_after.hasSeed || m_before.spec.seed != m_after.spec.seed)
        add(bitstill::text("seed"), seedOf(m_before), seedOf(m_after));
    if (labels.size() == 1) return only;
    if (!m_title.empty()) return bitstill::text("several settings (%1)", m_title);
    Text all;
    for (std::size_t i = 0; i < std::min(labels.size(), kNamed); ++i) all = all.empty() ? labels[i] : Text("%1, %2", {all, labels[i]});
    return bitstill::text("several settings (%1)", labels.size() > kNamed ? Text("%1, …", {all}) : all);
}

bool SettingsChange::mergeWith(const QUndoCommand* next)
{
    constexpr qint64 kPause = 1000; // ms
    const auto& later = static_cast<const SettingsChange&>(*next);
    if (m_field.empty() || later.m_field != m_field || m_since.elapsed() > kPause) return false;
    m_after = later.m_after;
    m_since.restart();
    setObsolete(m_before == m_after); // dragged back to where it was
    return true;
}

} // namespace bitstill
