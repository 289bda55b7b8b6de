#pragma once

#include "engine/experiment/course.h"

namespace bitstill {

/// The network, or several averaged, that distill.* name, trained; and what it says of every sample.
struct Teacher {
    std::vector<Graph> networks;
    Logits training, test; ///< mean of the networks' logits, in the order of the samples

    double accuracy(const Dataset& data) const { return bitstill::accuracy(test, data.test); }
};

/// Trains the teacher with its figure, as `share` of all the work; keeps the first network as the run's model and gives the
/// metric teacher.accuracy. Members of an ensemble start from seeds of their own.
Teacher trainTeacher(Course& course, double share);

} // namespace bitstill
