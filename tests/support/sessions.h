#pragma once

#include "engine/experiment/session.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace bitstill {

inline Record ran(const Spec& spec, SessionOptions options = {})
{
    Session s(spec, std::move(options));
    s.wait();
    return s.record();
}

/// Waits for a snapshot for which `enough` holds.
template <class Enough> std::unique_ptr<const Snapshot> snapshotWith(Session& s, const Enough& enough)
{
    for (int i = 0; i < 20000; ++i) {
        s.request();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        auto snapshot = s.take();
        if (snapshot && enough(*snapshot)) return snapshot;
    }
    return nullptr;
}

/// Large enough to be interrupted.
inline Spec longSpec(const std::string& id)
{
    Spec spec = quickSpec(id);
    if (spec.values.contains("train.epochs")) spec.values["train.epochs"] = std::int64_t{200};
    return spec;
}

/// All that a seed repeats: everything but measured times.
inline std::string figuresText(Record r)
{
    std::erase_if(r.figures, [](const FigurePointer& f) { return f->timed; });
    std::erase_if(r.metrics, [](const auto& m) { return contains(m.first, "latency"); });
    nlohmann::json j = toJson(r);
    for (auto& mark : j["marks"])
        std::erase_if(mark["figures"].get_ref<nlohmann::json::array_t&>(), [](const nlohmann::json& f) { return f.value("timed", false); });
    return j["figures"].dump() + j["metrics"].dump() + j["answers"].dump() + j["marks"].dump();
}

} // namespace bitstill
