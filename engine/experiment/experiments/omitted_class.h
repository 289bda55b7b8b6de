#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/results.h"
#include "engine/nn/evaluate.h"

/// What omitted-class measures, and the figures that are drawn from it.
namespace bitstill::omitted_class {

/// The samples that are not of this class.
std::vector<std::uint32_t> withoutClass(const Samples& samples, std::int32_t omitted);

/// Answers of a network to which a bias for one class is added.
struct Biased {
    const Logits& logits;
    const std::vector<std::int32_t>& labels;
    std::int32_t omitted; ///< the class whose logit gets the bias

    std::size_t choice(std::size_t sample, double bias) const;
    /// Right answers, as a share of all.
    double accuracy(double bias) const;
    /// Right answers on the samples of the class, one by one, and as a share.
    std::vector<char> recalled(double bias) const;
    double recall(double bias) const;
    /// The first `most` samples of the class.
    std::vector<std::size_t> first(std::size_t most) const;
    /// How often the samples of the class are taken for each, without bias.
    std::vector<double> takenFor() const;
};

/// Those that are tried: −5, −4.75, ... 25.
std::vector<double> biases();
/// The first with which most answers are right.
double bestBias(const Biased& probe);

/// One student and what a bias for the withheld class does to it.
struct Student {
    std::string id;
    Text name{};
    Role role = Role::Neutral;
    std::size_t probes = 0; ///< training samples on which the bias was chosen
    double bias = 0;
    std::vector<double> recall{}, overall{}; ///< on the test set, by biases()
    std::vector<char> recalledPlain{}, recalledCorrected{};
    double accuracy = 0; ///< corrected
    std::vector<double> takenFor{};
};
Student measured(Student student, const Biased& probe, const Biased& test);

struct Result {
    std::string className{}; ///< of the withheld one
    std::vector<std::string> classes{};
    double teacherRecall = 0;
    std::vector<Student> students{}; ///< hard, soft
    std::vector<ImageTile> images{}; ///< the first test images of the withheld class, labelled with what the second student says
};

Metrics metricsOf(const Result& result);
std::vector<Figure> figuresOf(const Result& result);

} // namespace bitstill::omitted_class
