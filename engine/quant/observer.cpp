#include "engine/quant/observer.h"

namespace bitstill {

std::vector<Extent> observedExtents(
    const std::string& observer, int bits, Scheme scheme, const float* x, const Blocks& b, const std::string& where)
{
    if (observer == "min-max") return extentsOf(x, b, where);
    std::vector<Extent> extents;
    std::vector<float> channel;
    for (std::size_t c = 0; c < b.channels; ++c) {
        const auto watcher = makeObserver(observer);
        channel.clear();
        for (std::size_t o = 0; o < b.outer; ++o) {
            const float* first = x + (o * b.channels + c) * b.inner;
            channel.insert(channel.end(), first, first + b.inner);
        }
        watcher->observe(channel.data(), channel.size(), where);
        extents.push_back(watcher->extent(bits, scheme));
    }
    return extents;
}

} // namespace bitstill
