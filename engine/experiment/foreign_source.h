#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/fields.h"
#include "engine/experiment/spec.h"
#include "engine/models/network.h"

#include <functional>

/// What own-model opens: a network from a file, and what it is fed with.
namespace bitstill::own_model {

/// The ranges of pixel values that a network from elsewhere may want, but for one of one's own.
std::vector<Field::Choice> scaleChoices();
/// inputs.*: what the network is fed with.
Fields inputFields();

struct Source {
    foreign::Network network;
    bool isFile = true; ///< not trained here
    Text name{}; ///< of the file, or of the network that was trained here
    NamedArrays calibration{}, test{}; ///< by the names of the network's inputs
    std::vector<std::int32_t> labels{}; ///< of the test samples; empty where nobody knows them
    std::size_t classes = 0; ///< that the labels tell apart; 0: whoever made the file knows
    Text inputs{}; ///< what they are, as a sentence
    std::string from{}; ///< "file", "data" or "random"
};

/// What the network may learn from: calibration samples and more like them, never one of the test samples.
struct Practice {
    NamedArrays inputs{};
    std::vector<std::int32_t> labels{}; ///< of each; empty where nobody knows them
};

/// The network in model.file, up to the node of model.cut where that is not empty.
foreign::Network openedAndCut(const Spec& spec);

/// What inputs.* say, for a network that is open already: of the data set that `data` loads when they ask for it. Throws Error naming the
/// field.
void feed(Source& source, const Spec& spec, const std::function<Dataset()>& data);

/// repair.samples of them, or as many as there are, for a source that was fed. Throws Error where they would not fit into memory.
Practice practiceFor(const Source& source, const Spec& spec, const std::function<Dataset()>& data);

/// Tells test samples apart: FNV-1a, 64 bits, of the arrays that the network is given, and the labels.
std::uint64_t fingerprintOf(const Source& source);

} // namespace bitstill::own_model
