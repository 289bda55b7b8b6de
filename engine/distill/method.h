#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bitstill {

/// What can be set about distillation. Weights are named: the teacher's, and 1 minus it for the labels.
struct DistillSettings {
    double temperature = 2;
    double teacherWeight = 0.9;
    double targetWeight = 1; ///< decoupled: of the part about the true class (the paper's α)
    double othersWeight = 2; ///< decoupled: of the part about the others (the paper's β, there 2 to 8)
    double warmUp = 1; ///< decoupled: rises to 1 early in training, or its large weights throw the student off
};

/// The teacher's part of the loss for one sample. Returns its value (in nat, or squared logits) and writes its gradient with respect to
/// the student's logits; both before the teacher's weight. `teacher` is null for methods without one.
using TeacherLoss = double (*)(
    const float* student, const float* teacher, std::size_t classes, std::int32_t label, const DistillSettings& settings, float* gradient);

struct DistillMethod {
    std::string name;
    std::string description; ///< one sentence
    bool needsTeacher = true;
    TeacherLoss loss;
};

/// All methods, one line each in registry.cpp.
const std::vector<DistillMethod>& distillMethods();
/// Throws Error for a name that is none.
const DistillMethod& distillMethod(const std::string& name);

/// T²·KL(softmax(teacher/T) ‖ softmax(student/T)) (Hinton et al. 2015).
DistillMethod hintonMethod();
/// ½·mean of (student − teacher)² over the classes, both less their means (Ba & Caruana 2014): what T²·KL tends to for large T.
DistillMethod logitsMethod();
/// The share of the warm-up that is over after `step` of `steps`: 1 from a third of the training on.
double warmUpAt(long step, long steps);

/// warmUp times: targetWeight·T²·KL of (true class, all others) + othersWeight·T²·KL among the others (Zhao et al. 2022, DKD).
DistillMethod decoupledMethod();
/// Cross-entropy with 0.9 for the label and 0.1 spread over all classes (Szegedy et al. 2016): softness without knowledge.
DistillMethod smoothingMethod();
/// T²·KL from a hand-made teacher, 0.9 for the label (Yuan et al. 2020, Tf-KD): the other control.
DistillMethod virtualTeacherMethod();

} // namespace bitstill
