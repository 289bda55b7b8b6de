#pragma once

#include "engine/experiment/session.h"
#include "tests/support/quick.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

/// Runs the experiment to its end on two threads.
inline bitstill::Record ran(const bitstill::Spec& spec, int threads = 2)
{
    bitstill::Session session(spec, {.threads = threads, .yieldToWindow = false, .replay = {}, .delivered = {}});
    session.wait();
    return session.record();
}

/// quickSpec with some fields set.
inline bitstill::Spec quickSpec(const std::string& id, const std::map<std::string, bitstill::Value>& fields)
{
    bitstill::Spec spec = quickSpec(id);
    for (const auto& [key, value] : fields) spec.values.at(key) = value;
    return spec;
}

inline const bitstill::Figure& figureOf(const bitstill::Record& record, const std::string& id)
{
    for (const bitstill::FigurePointer& f : record.figures)
        if (f->id == id) return *f;
    throw std::runtime_error("no figure " + id);
}

/// What a readout says under this label, in English; empty when it does not.
inline std::string saysUnder(const bitstill::Record& record, const std::string& figure, const std::string& label)
{
    for (const auto& item : std::get<bitstill::Readout>(figureOf(record, figure).body).items)
        if (item.label.english() == label) return item.value.english();
    return {};
}
