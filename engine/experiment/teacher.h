#pragma once

#include "engine/experiment/training_runner.h"

namespace bitstill {

/// The network, or several averaged, that distill.* name, trained or read; and what it says of every sample.
struct Teacher {
    std::vector<Graph> networks; ///< none of a teacher from elsewhere, of which only the logits are known
    Logits training, test; ///< mean of the networks' logits, in the order of the samples

    /// For methods that look inside; null where nobody can.
    const Graph* inside() const { return networks.empty() ? nullptr : &networks.front(); }
    double accuracy(const Dataset& data) const { return bitstill::accuracy(test, data.test); }
};

/// The metric teacher.accuracy of what it says of the test samples, with the answers behind it.
void tellTeacher(Context& context, const Logits& test, const Dataset& data);

/// Trains the teacher with its figure, or reads distill.teacher_file, as `share` of all the work (none if an earlier run has trained it:
/// the runner's done() tells), or asks the network from elsewhere that it is; keeps those of ours as "teacher", "teacher.2" ... and gives
/// the metric teacher.accuracy. Members of an ensemble start from seeds of their own. With distill.teacher_data = same it learns from
/// `studentSamples` alone, as long as the student does.
Teacher trainTeacher(TrainingRunner& runner, double share, const std::vector<std::uint32_t>& studentSamples = {});

/// What a student of this method hears, of every training sample: the teacher's logits; or of what has to be trained first, as
/// `share` of the work: the student's own first generation or the assistant, from `options` (seed and samples) like the student.
Logits knowledgeFor(TrainingRunner& runner, const DistillMethod& method, const Teacher& teacher, const TrainOptions& options,
    const DistillSettings& settings, double share);
/// Whether there is something to train first.
bool needsPreparation(const DistillMethod& method);

} // namespace bitstill
