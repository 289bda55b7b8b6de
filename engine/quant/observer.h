#pragma once

#include "engine/core/text.h"
#include "engine/quant/scheme.h"

#include <memory>

namespace bitstill {

/// Watches a stream of values (calibration) and says which range the codes should cover.
class Observer {
public:
    virtual ~Observer() = default;
    /// Values that are not finite throw Error, naming `where`.
    virtual void observe(const float* values, std::size_t n, const std::string& where) = 0;
    /// For codes of this many bits; {0, 0} before anything was observed.
    virtual Range range(int bits, Scheme scheme) const = 0;
    /// Forgets what it has seen.
    virtual void reset() = 0;
};

struct ObserverInfo {
    std::string name;
    Text description; ///< one sentence
    std::unique_ptr<Observer> (*make)();
};

/// `now` moved 0.01 of the way to the range of one more batch (PyTorch's moving average); in double, where no difference overflows.
Range movingAverage(const Range& now, const Range& batch);

/// All observers, one line each in registry.cpp.
const std::vector<ObserverInfo>& observers();
/// Throws Error for a name that is none.
std::unique_ptr<Observer> makeObserver(const std::string& name);

/// The range that the named observer chooses for each channel of x. Throws Error when a value is not finite.
std::vector<Range> observedRanges(
    const std::string& observer, int bits, Scheme scheme, const float* x, const Blocks& blocks, const std::string& where);

std::unique_ptr<Observer> makeMinMax();
std::unique_ptr<Observer> makeMovingAverage();
std::unique_ptr<Observer> makePercentile();
std::unique_ptr<Observer> makeMse();
std::unique_ptr<Observer> makeEntropy();

} // namespace bitstill
