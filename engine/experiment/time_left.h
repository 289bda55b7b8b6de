#pragma once

#include <deque>
#include <utility>

namespace bitstill {

/// How long a run still needs at the speed that it has had lately.
class TimeLeft {
public:
    /// At this moment, in seconds, this share of all the work is done, 0...1. Less than before: there is more to do now.
    void reached(double seconds, double done);
    /// In seconds: (1 − done) / speed over the last kLately. −1 until there is a speed.
    double seconds() const;

private:
    static constexpr double kLately = 20, kApart = 0.2; ///< seconds
    std::deque<std::pair<double, double>> m_course; ///< moments and what was done
};

} // namespace bitstill
