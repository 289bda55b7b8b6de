#pragma once

#include "engine/data/dataset.h"
#include "engine/distill/method.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"

namespace bitstill {

/// What a taught student learns from. Everything it points to must outlive the loss; settings may change between two steps.
struct Lesson {
    const Samples* samples = nullptr;
    const Logits* teacher = nullptr; ///< of all samples, in their order
    const std::vector<char>* labelled = nullptr; ///< by sample; null: all are
    const DistillSettings* settings = nullptr;
    TeacherLoss method = nullptr;
    bool hardLabels = false; ///< of the teacher only its choice
};

/// teacherWeight·(teacher's part) + (1 − teacherWeight)·cross-entropy with the label; for samples without a label the teacher's
/// part alone. Each sample meets its own soft labels whatever the order.
SampleLoss lossOf(const Lesson& lesson);

} // namespace bitstill
