#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/spec.h"
#include "engine/nn/graph.h"
#include "engine/nn/pass.h"

#include <functional>
#include <map>
#include <set>

namespace bitstill {

/// A trained network of ours, and what it was trained on.
struct TrainedNetwork {
    bool isOfRun = false; ///< otherwise `spec` is made of what was said of the network
    Spec spec; ///< complete
    std::string name; ///< of the network among the run's, where it is of one
    std::string model; ///< "cnn-16-32"
    Dataset data;
    Graph graph;
};

/// The model of the network that a run of this spec keeps under this name; empty where the spec does not say it: of a sweep over widths.
std::string modelOf(const Spec& spec, const std::string& network);
/// The model, without its BatchNorm where `tensors`, the names that were saved, has none of its statistics: after QAT it was folded.
Graph graphFor(const std::string& model, const Dataset& data, const std::set<std::string>& tensors);
/// The network that a run of this spec has kept as these tensors (Session::models()); loads the data. Throws Error where the spec does not
/// say its model.
TrainedNetwork trainedNetwork(const Spec& spec, const std::string& name, const std::map<std::string, Tensor>& tensors);
/// Which of all test samples the pass, of this network or of one made from it, gets right. Throws Error when its outputs are no numbers,
/// Stopped when `keepGoing` says no.
std::vector<char> correctOnTest(const TrainedNetwork& network, Pass& pass, const std::function<bool()>& keepGoing);

} // namespace bitstill
