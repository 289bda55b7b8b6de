#pragma once

#include "engine/experiment/results.h"
#include "engine/experiment/smoothed.h"
#include "engine/experiment/spec.h"
#include "engine/measure/interval.h"
#include "engine/quant/quantized_network.h"

#include <span>

/// What before-after measures, and the figures that are drawn from it.
namespace bitstill::before_after {

/// The training so far.
struct Course {
    int epochs = 0; ///< in all
    std::size_t trainSamples = 0, testSamples = 0;
    std::vector<double> at{}, loss{}; ///< by step; at: in epochs
    Smoothed accuracies{}; ///< by step, on the training batches
    std::vector<double> testAt{}, testAccuracies{};
};

/// How the settings round a network.
QuantizationOptions optionsOf(const Spec& spec);

/// What a network is rounded to, in words.
struct Rounding {
    Text weights{}; ///< "4-bit symmetric, per tensor"
    std::string kind{}; ///< "int4", "q4_0"
    std::string activations{}; ///< bits, or "float"
    std::string metricPart{}; ///< of names of metrics: "b4", "q4_0"
};

/// Float and rounded, on the same test samples.
struct Comparison {
    Interval before, after, change;
    std::size_t samples = 0;
    std::int64_t bytesBefore = 0, bytesAfter = 0, operationsBefore = 0, operationsAfter = 0;
};
Comparison compared(const std::vector<char>& before, const std::vector<char>& after, const QuantizedNetwork& network);

inline constexpr int kFewestBits = 2, kMostBits = 8;
/// Accuracy of one network at every number of bits, all on the same test samples; from kFewestBits on.
struct Cliff {
    double exact = 0; ///< in float
    std::vector<double> after{};
    std::vector<Interval> changes{};
    std::size_t samples = 0;
};

Metrics metricsOf(const Comparison& comparison, const Rounding& rounding);
/// layer.<name>.sqnr_db.
Metrics metricsOf(const std::vector<LayerQuantization>& layers);

std::vector<Figure> figuresOf(const Course& course);
/// The axis of these layers, zero in its middle.
AxisRange rangeOf(std::span<const LayerQuantization> layers);
/// Captions end with the name of the moment: figures say which network they show.
Figure cliffFigure(const Cliff& cliff, int chosen, const Text& moment);
Figure weightsFigure(const LayerQuantization& layer, AxisRange range, const Text& moment, int span);
Figure sqnrFigure(const std::vector<LayerQuantization>& layers, const Rounding& rounding, const Text& moment);
Figure codesFigure(const std::vector<LayerQuantization>& layers, const Text& moment);
Figure resultFigure(const Comparison& comparison, const Rounding& rounding, const Text& moment);

} // namespace bitstill::before_after
