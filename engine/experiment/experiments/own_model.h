#pragma once

#include "engine/experiment/foreign_shrinker.h"
#include "engine/experiment/results.h"
#include "engine/experiment/training_curve.h"

/// What own-model measures, and the figures that are drawn from it.
namespace bitstill::own_model {

/// What colours the map.
enum class Colour { Sensitivity, Bytes, Weights, Time };
const std::vector<std::string>& colourNames(); ///< "sensitivity", "bytes", "weights", "time", in the order of Colour

/// One step of the repair ladder in dB at the output; SQNR says more than the few samples whose class changes.
struct Rung {
    Text name;
    double alone = 0, combined = 0; ///< SQNR in dB
    Interval share{}; ///< combined: accuracy, or same class as float
    double before = 0, after = 0; ///< what decides, see Shrinker::judged
    bool taken = true;
};

/// The file as it is, before anything runs: what it is and how far it runs, and its nodes by the bytes of their weights.
std::vector<Figure> figuresOf(const Source& source);
/// The prepared network; values are not there before they are measured.
Figure mapFigure(const Shrinker& shrinker, const foreign::Quantized& quantized, Colour colour, int bits, const std::string& chosen);
Figure sensitivityFigure(const Shrinker& shrinker, std::size_t samples);
/// Layer `index`: its weights before and after, and the largest weight in each channel.
Figure weightsFigure(const Shrinker& shrinker, const foreign::Quantized& quantized, std::size_t index);
Figure channelsFigure(const Shrinker& shrinker, const foreign::Quantized& quantized, std::size_t index);
/// "layers": how they are rounded; "work": what they cost.
std::vector<Figure> tablesOf(const Shrinker& shrinker, const foreign::Quantized& quantized);
std::vector<Figure> figuresOf(const std::vector<Rung>& rungs, const Shrinker& shrinker);
/// While the network learns again.
Figure learningFigure(const Shrinker& shrinker, const TrainingCurve& curve);
/// The headline; `theirs` may be null; `measuring`: the answer is on its way; `whyNotLearning`: it was to learn again and cannot.
Figure verdictFigure(const Shrinker& shrinker, const Measured& measured, const Measured* theirs, int bits, std::size_t repairs,
    bool measuring, const std::vector<std::string>& unknown, const Text& whyNotLearning);

/// Their quantized file beside ours: a table.
Figure theirsFigure(const Shrinker& shrinker, const Measured& theirs, const Measured& ours, int bits);
/// theirs.sqnr_db, theirs.agreement or theirs.accuracy, theirs.bytes (of the file)
Metrics theirMetrics(const Shrinker& shrinker, const Measured& theirs);

/// sqnr_db, agreement or accuracy, float.accuracy, bytes, repair.learn.change.mean (.low, .high).
Metrics metricsOf(const Shrinker& shrinker, const Measured& measured);
/// layer.<name>.b4.sqnr_db and layer.<name>.input.sqnr_db
Metrics metricsOf(const Shrinker& shrinker);
Metrics metricsOf(const std::vector<Rung>& rungs);

/// The layer of this name, or the one that its bits hurt most.
std::size_t chosenLayer(const Shrinker& shrinker, const std::string& name, int bits);

} // namespace bitstill::own_model
