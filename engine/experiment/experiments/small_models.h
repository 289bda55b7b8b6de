#pragma once

#include "engine/experiment/results.h"
#include "engine/measure/interval.h"

/// What small-models measures, and the figures that are drawn from it.
namespace bitstill::small_models {

inline constexpr int kBits[] = {8, 7, 6, 5, 4, 3, 2};

/// What was measured at one width; one entry for each seed, accuracies as fractions.
struct Width {
    int width = 0;
    std::size_t weights = 0;
    std::vector<double> exact{}, aware{};
    std::vector<double> rounded[std::size(kBits)]{}; ///< by kBits

    /// The first so many.
    void keepSeeds(std::size_t count);
    /// Points against float.
    std::vector<double> change(const std::vector<double>& against) const;
    /// "mlp-16-8"
    std::string name() const;
    /// "w16"
    std::string id() const { return "w" + std::to_string(width); }
};

struct Result {
    std::vector<Width> widths{}; ///< narrowest first
    std::size_t bits = 4; ///< those that are also trained aware of: index into kBits
    std::size_t testSamples = 0;

    /// By seed, in points: what the narrowest loses less the widest's loss, and what aware training gives the narrowest back.
    std::vector<double> narrowestAgainstWidest() const;
    std::vector<double> givenBack() const;
};

enum class Verdict { TooFewSeeds, Confirmed, Refuted, NoDifference };
/// What the interval over seeds says of a claim that puts the difference on the side of `sign`.
Verdict verdictOn(const std::vector<double>& points, int sign);

Metrics metricsOf(const Result& result);
std::vector<Figure> figuresOf(const Result& result);

} // namespace bitstill::small_models
