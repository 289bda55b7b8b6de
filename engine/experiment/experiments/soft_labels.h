#pragma once

#include "engine/data/dataset.h"
#include "engine/experiment/results.h"
#include "engine/measure/interval.h"
#include "engine/nn/evaluate.h"

/// What soft-labels measures, and the figures that are drawn from it.
namespace bitstill::soft_labels {

/// The network as it was tested last, and what it does at every temperature.
struct Seen {
    Logits teacher{}, student{}; ///< of the test set; the student is the same network early on
    std::vector<double> temperatures{}, entropy{}, gradient{};
    long step = 0;
    std::vector<ImageTile> classes{}; ///< one of the training images of each; empty where samples are no pictures
};

/// The first image of each class; empty where samples are no pictures, or a class has none.
std::vector<ImageTile> classPictures(const Dataset& data);
/// From 0.1 to 50, evenly on a logarithmic axis.
std::vector<double> sweptTemperatures();
/// Mean length over these rows of the gradient of the soft part of the loss, without the T² of the method; 0 without a student.
double gradientSize(const Logits& student, const Logits& teacher, const std::vector<std::uint32_t>& rows, double temperature);

/// What is looked at.
struct View {
    const Dataset& data;
    const Seen& seen;
    std::size_t image;
    double temperature;

    std::vector<double> labelsAt(double t) const; ///< of the image
};

Figure imageFigure(const View& view);
/// What follows the temperature, but for entropy and similarity. `others`: what such labels give to other classes, over the test set.
std::vector<Figure> labelFigures(const View& view, const Interval& others);
/// `here`: effective classes at the view's temperature.
Figure entropyFigure(const View& view, double here);
Figure similarityFigure(const View& view, std::vector<double> similarity);
Figure gradientFigure(const Seen& seen);
Figure readoutFigure(const View& view, const std::string& teacher);

} // namespace bitstill::soft_labels
