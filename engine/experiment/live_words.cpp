#include "engine/experiment/live_words.h"

#include <algorithm>

namespace bitstill {

namespace {

bool counts(const Field& field, const Values& values)
{
    const Field::Condition& when = field.visibleWhen;
    return when.key.empty() || std::ranges::find(when.values, describe(values.at(when.key))) != when.values.end();
}

Text wordsOf(const Field& field, const std::string& value)
{
    Text words(value);
    for (const Field::Choice& c : field.choices)
        if (c.value == value) words = c.label;
    return field.unit.empty() ? Text("%1 %2", {field.label, words}) : Text("%1 %2 %3", {field.label, words, Text(field.unit)});
}

} // namespace

Text liveWords(const ExperimentInfo& info, const Values& values)
{
    Text all;
    for (const Field& field : info.fields) {
        if (!field.live || field.kind == Field::Kind::File || !counts(field, values)) continue;
        const std::string value = describe(values.at(field.key));
        if (value == describe(field.initial)) continue;
        const Text words = wordsOf(field, value);
        all = all.empty() ? words : Text("%1, %2", {all, words});
    }
    return all.empty() ? text("defaults") : all;
}

} // namespace bitstill
