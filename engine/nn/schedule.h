#pragma once

#include <string>
#include <vector>

namespace bitstill {

/// Learning rate over the steps of a training.
struct Schedule {
    std::string name = "cosine"; ///< one of scheduleNames()
    double learningRate = 0.05;
    double warmup = 0; ///< share of all steps over which the rate rises linearly from 0

    /// constant: lr. cosine: lr·(1 + cos(π·t))/2 (Loshchilov & Hutter 2017, one period to zero).
    /// step: lr, lr/10 from half way, lr/100 from three quarters. t = step / steps after the warm-up.
    double at(long step, long steps) const;
};

const std::vector<std::string>& scheduleNames();

} // namespace bitstill
