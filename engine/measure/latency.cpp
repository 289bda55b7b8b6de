#include "engine/measure/latency.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace bitstill {

namespace {

using Clock = std::chrono::steady_clock;

double secondsFrom(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

} // namespace

double medianSeconds(double seconds, const std::function<void()>& work)
{
    for (int i = 0; i < 3; ++i) work();
    const Clock::time_point first = Clock::now();
    work();
    const int perRound = std::max(1, static_cast<int>(seconds / 20 / std::max(secondsFrom(first), 1e-9)));
    std::vector<double> rounds;
    for (const Clock::time_point start = Clock::now(); rounds.size() < 5 || secondsFrom(start) < seconds;) {
        const Clock::time_point begin = Clock::now();
        for (int i = 0; i < perRound; ++i) work();
        rounds.push_back(secondsFrom(begin) / perRound);
    }
    std::nth_element(rounds.begin(), rounds.begin() + static_cast<std::ptrdiff_t>(rounds.size() / 2), rounds.end());
    return rounds[rounds.size() / 2];
}

double latencyMicroseconds(double seconds, const Evaluated& network, const std::vector<float>& sample)
{
    const Pass::Fill fill = [&sample](const Shard& s, float* x) {
        for (int r = 0; r < s.rows; ++r) std::copy(sample.begin(), sample.end(), x + static_cast<std::size_t>(r) * sample.size());
    };
    return 1e6 * medianSeconds(seconds, [&] { network.forward(network.batch, fill); });
}

} // namespace bitstill
