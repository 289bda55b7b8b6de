#pragma once

#include "engine/core/text.h"
#include "engine/nn/layer.h"

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
    double featureWeight = 1; ///< on top of the method's own
    double warmUp = 1; ///< decoupled: rises to 1 early in training, or its large weights throw the student off
};

/// The teacher's part of the loss for one sample. Returns its value (in nat, or squared logits) and writes its gradient with respect to
/// the student's logits; both before the teacher's weight. `teacher` is null for methods without one.
using TeacherLoss = double (*)(
    const float* student, const float* teacher, std::size_t classes, std::int32_t label, const DistillSettings& settings, float* gradient);

/// What a network makes of a batch somewhere inside: rows × height × width × channels.
struct Features {
    const float* values = nullptr;
    int rows = 0;
    SampleShape shape{};
};

/// A loss between the features of student and teacher over a batch; writes its gradient with respect to the student's.
using FeatureLoss = double (*)(const Features& student, const Features& teacher, float* gradient);

/// Which nodes a method on features reads.
enum class TapKind {
    None,
    Maps, ///< maps of the same height and width, in pairs (needs convolutions in both networks)
    Vectors, ///< what enters the last layer
    Either, ///< the middle pair of maps where there is one, else vectors
};

struct DistillMethod {
    /// Who teaches.
    enum class Source {
        Nobody, ///< a control
        Teacher,
        Peer, ///< another student, learning at the same time
        Itself, ///< the student of a generation before, trained on the labels alone
        Assistant, ///< a network in between, taught by the teacher
    };

    std::string name{};
    Text description{}; ///< one sentence
    Source source = Source::Teacher;
    TeacherLoss loss = nullptr; ///< on logits; null for methods on features, whose students hear the labels in full
    bool usesTemperature = true; ///< the loss divides logits by it
    FeatureLoss features = nullptr;
    TapKind taps = TapKind::None;
    bool regressor = false; ///< a learned layer brings the student's features to the teacher's size
    double weight = 1; ///< of the loss on features
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

/// mean (r(student) − teacher)² with a learned linear r (Romero et al. 2015, FitNets; together with the labels, not in two stages).
DistillMethod hintsMethod();
/// mean (Q_s − Q_t)², Q = A / ‖A‖₂ by sample, A = mean over channels of f² at each position (Zagoruyko & Komodakis 2017).
DistillMethod attentionMethod();
/// ‖Ĝ_s − Ĝ_t‖²_F / b², G = F·Fᵀ over the batch, rows of length 1 (Tung & Mori 2019).
DistillMethod similarityMethod();
/// 25·mean h(ψ_D) + 50·mean h(ψ_A), h smooth L1 of the differences of ψ_D, distances of pairs over their mean, and ψ_A, cosines of
/// the angles of triples (Park et al. 2019); relations among kRelated samples at a time, mean over such groups.
DistillMethod relationalMethod();
constexpr int kRelated = 32;

/// KL(peer ‖ student) at T = 1 beside the label at equal weights, both students trained at once (Zhang et al. 2018, DML).
DistillMethod mutualMethod();
/// Soft labels from a first generation of the same network (Furlanello et al. 2018).
DistillMethod bornAgainMethod();
/// Soft labels from an assistant that the teacher has taught (Mirzadeh et al. 2020, TAKD).
DistillMethod assistantMethod();

} // namespace bitstill
