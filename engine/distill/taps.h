#pragma once

#include "engine/distill/method.h"
#include "engine/nn/graph.h"

namespace bitstill {

/// A node of the student and one of the teacher whose outputs are compared.
struct TapPair {
    int student = 0;
    int teacher = 0;
};

/// The nodes that a method on features compares. "auto" for both names: vectors are what enters the last layer; maps are the last
/// node of each size that both networks have (for Either the middle one of them). Otherwise the named nodes.
/// Throws Error when the pair cannot serve the method, with what would.
std::vector<TapPair> chooseTaps(const DistillMethod& method, const Graph& student, const Graph& teacher, const std::string& studentNode,
    const std::string& teacherNode);

/// The student with a layer behind its tap that brings its features to the teacher's size (1×1 convolution or dense, started from
/// stream "hint" of the seed); `tap.student` then names that layer. All other layers keep their weights.
Graph withRegressor(const Graph& student, TapPair& tap, SampleShape teacher, std::uint64_t seed);

/// Trained values of all nodes that both graphs have, by name.
void copyState(const Graph& from, Graph& to);

} // namespace bitstill
