#pragma once

#include "engine/data/dataset.h"
#include "engine/distill/method.h"
#include "engine/distill/soft_labels.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/distill_figures.h"
#include "engine/experiment/earlier_gains.h"
#include "engine/experiment/results.h"
#include "engine/measure/interval.h"

#include <functional>
#include <optional>

/// What teacher-student measures, and the figures that are drawn from it.
namespace bitstill::teacher_student {

/// What was measured of one student.
struct StudentRun {
    std::vector<double> steps{}, accuracies{}; ///< on the way
    DistillTrail heard{}; ///< where it is taught
    double accuracy = 0, agreement = 0, second = 0, divergence = 0; ///< second: choices one and two, where both agree
    Reliability reliability{};

    void measure(const Logits& logits, const Logits& teacher, const Samples& test);
};

/// Students that start alike: one alone, one taught, and perhaps one that hears of the teacher only its choice.
struct Pair {
    std::size_t number = 0; ///< from 0
    StudentRun alone{}, taught{};
    std::optional<StudentRun> hard{};
    DistillSettings settings{}; ///< with which it was taught
};

/// Whether students taught with them can be compared: all that is live is the same.
bool alike(const DistillSettings& a, const DistillSettings& b);

/// A setting that was tried.
struct Trial {
    DistillSettings settings;
    double gain; ///< of the first pair, in points
};

struct Result {
    DistillMethod method{};
    double teacher = 0; ///< its accuracy
    std::size_t trainSamples = 0, labels = 0, raceSamples = 0;
    bool pool = false; ///< the taught student hears the teacher on the samples without labels too
    bool sameData = false; ///< the teacher has seen no more than the students' labels
    std::vector<Pair> pairs{}; ///< those that are through
    DistillSettings settings{}; ///< of the student that was taught last or is to be taught
    bool again = false; ///< all pairs are there and are being taught with these settings
    std::vector<Trial> trials{};
    Spec spec{}; ///< of the pairs that count
    std::vector<EarlierGain> earlier{}; ///< runs with other settings

    /// Those whose students were taught with `settings`: only these are compared.
    std::vector<Pair> counted() const;
};

using OfPair = std::function<double(const Pair&)>;
/// Mean over the pairs with its interval.
Interval over(const std::vector<Pair>& pairs, const OfPair& get);
/// Points of accuracy that each taught student has more than the one alone.
std::vector<double> gains(const std::vector<Pair>& pairs);

enum class Verdict { Open, TooFewSeeds, Better, Worse, NoDifference };
/// Of the interval over the counted pairs; open while students are taught again.
Verdict verdictOf(const Result& result);

std::vector<Contrast> contrasts();
/// What sets the settings apart: the contrast that they are nearest to, then what else differs from it. "Shuffled, Temperature 8"
Text nameOf(const Spec& spec);

Metrics metricsOf(const Result& result);
Figure raceFigure(const Result& result, const StudentRun& alone, const StudentRun* taught);
std::vector<Figure> heardFigures(const Result& result, const StudentRun& taught);
/// The gain beside those of earlier runs, contrast by contrast; those that were not run yet are named.
Figure contrastsFigure(const Result& result);
Figure verdictFigure(const Result& result);
/// Empty until one pair counts.
std::vector<Figure> figuresOf(const Result& result);
Figure trialsFigure(const Result& result);

} // namespace bitstill::teacher_student
