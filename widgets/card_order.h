#pragma once

#include "engine/experiment/figure.h"

#include <string>
#include <vector>

namespace bitstill {

/// In which order a person wants the figures of an experiment, by their ids. Those that are not named stand where the experiment puts
/// them: behind the figure that it shows before them.
struct CardOrder {
    std::vector<std::string> pinned; ///< on top of all others
    std::vector<std::string> placed; ///< the rest of them, in the order in which they stand once one was moved

    bool operator==(const CardOrder&) const = default;
    bool isDefault() const { return pinned.empty() && placed.empty(); }
    bool isPinned(const std::string& id) const;

    std::vector<FigurePointer> sorted(const std::vector<FigurePointer>& figures) const;
    /// To the end of those that are pinned, or back among the others.
    void pin(const std::string& id, bool pinned);
    /// Before (−1) or behind (1) its neighbour in `shown`, the figures in their order now; a pinned one stays among the pinned.
    void move(const std::string& id, int by, const std::vector<FigurePointer>& shown);

    /// "p:id", "m:id", one a line.
    std::string text() const;
    /// What is not an order is passed over.
    static CardOrder from(const std::string& text);
};

} // namespace bitstill
