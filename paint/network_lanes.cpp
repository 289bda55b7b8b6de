#include "paint/network_lanes.h"

#include <algorithm>

namespace bitstill {

namespace {

/// Lanes of one layer.
class FreeLanes {
public:
    void take(std::size_t lane)
    {
        if (lane >= m_taken.size()) m_taken.resize(lane + 1, false);
        m_taken[lane] = true;
    }
    std::size_t takeNearest(std::size_t wanted)
    {
        for (std::size_t away = 0;; ++away) {
            if (isFree(wanted + away))
                wanted += away;
            else if (away <= wanted && isFree(wanted - away))
                wanted -= away;
            else
                continue;
            take(wanted);
            return wanted;
        }
    }

private:
    bool isFree(std::size_t lane) const { return lane >= m_taken.size() || !m_taken[lane]; }

    std::vector<bool> m_taken;
};

void findInputs(NetworkLanes& all, const NodeInputs& inputs)
{
    all.inputs.resize(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        for (const int input : inputs[i])
            if (input >= 0 && static_cast<std::size_t>(input) < i) all.inputs[i].push_back(static_cast<std::size_t>(input));
        std::sort(all.inputs[i].begin(), all.inputs[i].end());
        all.inputs[i].erase(std::unique(all.inputs[i].begin(), all.inputs[i].end()), all.inputs[i].end());
    }
}

void findLayers(NetworkLanes& all)
{
    const std::size_t nodes = all.inputs.size();
    std::vector<std::size_t> firstUse(nodes, NetworkLanes::kNone);
    all.layer.assign(nodes, 0);
    for (std::size_t i = 0; i < nodes; ++i) {
        for (const std::size_t input : all.inputs[i]) all.layer[i] = std::max(all.layer[i], all.layer[input] + 1);
        for (const std::size_t input : all.inputs[i]) firstUse[input] = std::min(firstUse[input], all.layer[i]);
    }
    // What reads nothing stands just before the first that reads it.
    for (std::size_t i = 0; i < nodes; ++i)
        if (all.inputs[i].empty() && firstUse[i] != NetworkLanes::kNone) all.layer[i] = firstUse[i] - 1;
    all.lastUse = all.layer;
    std::size_t layers = 0;
    for (std::size_t i = 0; i < nodes; ++i) {
        for (const std::size_t input : all.inputs[i]) all.lastUse[input] = std::max(all.lastUse[input], all.layer[i]);
        layers = std::max(layers, all.layer[i] + 1);
    }
    all.nodesIn.resize(layers);
    for (std::size_t i = 0; i < nodes; ++i) all.nodesIn[all.layer[i]].push_back(i);
}

/// Of branches that part, the longest goes straight on.
void sortByWhatFollows(NetworkLanes& all)
{
    std::vector<std::size_t> follows(all.inputs.size(), 0);
    for (std::size_t i = all.inputs.size(); i-- > 0;)
        for (const std::size_t input : all.inputs[i]) follows[input] = std::max(follows[input], follows[i] + 1);
    for (std::vector<std::size_t>& nodes : all.nodesIn)
        std::stable_sort(nodes.begin(), nodes.end(), [&](std::size_t a, std::size_t b) { return follows[a] > follows[b]; });
}

/// The uppermost of the lanes in which what the node reads arrives.
std::size_t wantedLane(const NetworkLanes& all, std::size_t node)
{
    std::size_t wanted = NetworkLanes::kNone;
    for (const std::size_t input : all.inputs[node])
        wanted = std::min(wanted, all.layer[input] + 1 == all.layer[node] ? all.lane[input] : all.track[input]);
    return wanted == NetworkLanes::kNone ? 0 : wanted;
}

void findLanes(NetworkLanes& all)
{
    all.lane.assign(all.inputs.size(), 0);
    all.track.assign(all.inputs.size(), NetworkLanes::kNone);
    std::vector<std::size_t> passing;
    for (std::size_t at = 0; at < all.layers(); ++at) {
        FreeLanes lanes;
        std::erase_if(passing, [&](std::size_t node) { return !all.passes(node, at); });
        for (const std::size_t node : passing) lanes.take(all.track[node]);
        for (const std::size_t node : all.nodesIn[at]) all.lane[node] = lanes.takeNearest(wantedLane(all, node));
        if (at == 0) continue;
        for (const std::size_t node : all.nodesIn[at - 1]) {
            if (!all.passes(node, at)) continue;
            all.track[node] = lanes.takeNearest(all.lane[node]);
            passing.push_back(node);
        }
    }
}

} // namespace

NetworkLanes lanesOf(const NodeInputs& inputs)
{
    NetworkLanes all;
    findInputs(all, inputs);
    findLayers(all);
    sortByWhatFollows(all);
    findLanes(all);
    return all;
}

} // namespace bitstill
