#pragma once

#include "engine/models/work.h"

#include <functional>

namespace bitstill::foreign {

/// What one node makes of its inputs, counted as `work` where there is one. Throws Error, naming the node.
std::vector<Array> runNode(const Node& node, const std::function<const Array*(ValueId)>& find, Workload* work = nullptr);

/// Every value of a network for one sample, so that what follows from a change can be computed alone.
class Trace {
public:
    /// Runs the whole network; `inputs` by their names, one sample (see samplesOf). Throws Error where it cannot run.
    Trace(const Network& network, const NamedArrays& inputs);

    /// What was computed; null for a value that no node makes.
    const Array* find(ValueId id) const;
    /// The `wanted` values when these are others: nodes that do not depend on them are not computed again.
    std::vector<Array> with(const std::map<ValueId, Array>& changed, const std::vector<ValueId>& wanted) const;
    /// Seconds that each node took.
    const std::vector<double>& seconds() const { return m_seconds; }

private:
    const Network& m_network;
    std::map<ValueId, Array> m_values; ///< without the network's constants
    std::vector<double> m_seconds;
};

} // namespace bitstill::foreign
