#include "engine/experiment/live_words.h"

#include <algorithm>

namespace bitstill {

namespace {

bool counts(const Field& field, const Values& values)
{
    const Field::Condition& when = field.visibleWhen;
    return when.key.empty() || std::ranges::find(when.values, describe(values.at(when.key))) != when.values.end();
}

} // namespace

Text settingWords(const Field& field, const Value& value) { return Text("%1 %2", {field.label, field.words(value)}); }

Text liveWords(const ExperimentInfo& info, const Values& values)
{
    Text all;
    for (const Field& field : info.fields) {
        if (!field.live || field.kind == Field::Kind::File || !counts(field, values)) continue;
        const Value& value = values.at(field.key);
        if (value == field.initial) continue;
        const Text words = settingWords(field, value);
        all = all.empty() ? words : Text("%1, %2", {all, words});
    }
    return all.empty() ? text("defaults") : all;
}

} // namespace bitstill
