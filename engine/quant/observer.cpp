#include "engine/quant/observer.h"

namespace bitstill {

Range movingAverage(const Range& now, const Range& batch)
{
    constexpr auto kConstant = static_cast<double>(0.01f);
    const auto moved = [](float from, float to) {
        return static_cast<float>(static_cast<double>(from) + kConstant * (static_cast<double>(to) - static_cast<double>(from)));
    };
    return {moved(now.low, batch.low), moved(now.high, batch.high)};
}

std::vector<Range> observedRanges(
    const std::string& observer, int bits, Scheme scheme, const float* x, const Blocks& b, const std::string& where)
{
    if (observer == "min-max") return rangesOf(x, b, where);
    std::vector<Range> ranges;
    std::vector<float> channel;
    const auto watcher = makeObserver(observer); // one for all channels: a histogram is larger than most of them
    for (std::size_t c = 0; c < b.channels; ++c) {
        watcher->reset();
        channel.clear();
        for (std::size_t o = 0; o < b.outer; ++o) {
            const float* first = x + (o * b.channels + c) * b.inner;
            channel.insert(channel.end(), first, first + b.inner);
        }
        watcher->observe(channel.data(), channel.size(), where);
        ranges.push_back(watcher->range(bits, scheme));
    }
    return ranges;
}

} // namespace bitstill
