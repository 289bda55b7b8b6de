#pragma once

#include "engine/store/history.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"

#include <algorithm>

namespace bitstill {

/// A record like that of a run, without the run; another for each number.
inline Record recordOf(int number, Metrics metrics = {{"accuracy", 0.5}})
{
    Record record;
    record.spec = quickSpec("number-line");
    record.spec.seed = static_cast<std::uint64_t>(number);
    record.outcome = Outcome::Finished;
    record.seconds = 0.1 * number;
    record.version = versionText();
    record.metrics = std::move(metrics);
    return record;
}

/// A record of before-after at so many bits, without the run.
inline Record triedAt(int bits, double accuracy, double bytes, std::uint64_t seed = 1)
{
    Record record;
    record.spec = quickSpec("before-after");
    record.spec.seed = seed;
    record.spec.values["quant.bits"] = std::int64_t{bits};
    record.outcome = Outcome::Finished;
    const std::string network = "static.b" + std::to_string(bits);
    record.metrics = {{"test.samples", 400}, {"float32.accuracy", 0.9}, {"float32.bytes", 4000}, {network + ".accuracy", accuracy},
        {network + ".bytes", bytes}, {network + ".change.mean", accuracy - 0.9}};
    return record;
}

inline KeptModels modelsOf(int number, int size = 12)
{
    Tensor weights({size, 2});
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(number) + 0.5F * static_cast<float>(i);
    return {{"network", {{"dense.weight", weights}}}};
}

inline bool sameModels(const KeptModels& a, const KeptModels& b)
{
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
        return x.first == y.first && std::ranges::equal(x.second, y.second, [](const auto& s, const auto& t) {
            return s.first == t.first && s.second.shape() == t.second.shape()
                && std::equal(s.second.begin(), s.second.end(), t.second.begin(), t.second.end());
        });
    });
}

inline std::size_t filesIn(const std::filesystem::path& folder)
{
    std::size_t files = 0;
    std::error_code none;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, none)) files += entry.is_regular_file() ? 1 : 0;
    return files;
}

inline void copyTree(const std::filesystem::path& from, const std::filesystem::path& to)
{
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

} // namespace bitstill
