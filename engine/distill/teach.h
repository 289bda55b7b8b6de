#pragma once

#include "engine/data/dataset.h"
#include "engine/distill/distill_log.h"
#include "engine/distill/method.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"

namespace bitstill {

/// What a taught student learns from. Everything it points to must outlive the training; settings may change between two steps.
struct DistillLoss {
    const Samples* samples = nullptr;
    const Logits* teacher = nullptr; ///< of all samples, in their order; null where nobody teaches
    const std::vector<char>* labelled = nullptr; ///< by sample; null: all are
    const DistillSettings* settings = nullptr;
    TeacherLoss method = nullptr; ///< null: the labels alone
    bool hardLabels = false; ///< of the teacher only its choice
    DistillLog* log = nullptr; ///< kept up to date where there is one
};

/// teacherWeight·(teacher's part) + (1 − teacherWeight)·cross-entropy with the label; for samples without a label the teacher's
/// part alone. Each sample meets its own soft labels whatever the order. Without a method: cross-entropy where there is a label.
SampleLoss lossOf(const DistillLoss& loss);

/// How a student is taught, by any method.
struct Teaching {
    DistillMethod method;
    DistillLoss loss; ///< its `method` is filled in
    const Graph* teacher = nullptr; ///< for methods on features
    std::string studentTap = "auto", teacherTap = "auto"; ///< see chooseTaps
};

/// Trains the student by `teaching`, from the weights it has. The observer finds them up to date after every step.
/// Methods on features: loss = cross-entropy + featureWeight·method.weight·(mean over taps). The teacher's features of all samples
/// trained on are computed first and kept; throws Error when they would take more than 1 GiB or the taps do not fit.
/// Mutual: a second student starts from a seed of its own; both hear the other's soft labels of the moment, from inference passes.
TrainOutcome teach(
    Graph& student, const Dataset& data, TrainOptions options, const Teaching& teaching, ThreadPool& pool, const StepObserver& observer);

} // namespace bitstill
