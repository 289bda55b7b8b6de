#include "engine/core/rng.h"
#include "engine/data/readers.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bitstill {

namespace {

struct Point {
    double x, y;
};

/// Draws `classes` equally often; place(label, t) is a point of that class's curve, t in [0, 1).
template <class Place> Dataset planar(const DatasetOptions& options, int classes, double noise, const Place& place)
{
    Dataset data;
    data.shape = {1, 1, 2};
    for (int c = 0; c < classes; ++c) data.classes.push_back(std::string(1, static_cast<char>('A' + c)));
    const auto draw = [&](Samples& samples, int count, std::uint64_t part) {
        Rng rng(options.seed, "data", part);
        for (int i = 0; i < count; ++i) {
            const int label = i % classes;
            const Point p = place(label, rng.uniform());
            samples.values.push_back(static_cast<float>(p.x + noise * rng.normal()));
            samples.values.push_back(static_cast<float>(p.y + noise * rng.normal()));
            samples.labels.push_back(label);
        }
    };
    draw(data.train, options.samples, 0);
    draw(data.test, std::max(options.samples / 5, classes), 1);
    return data;
}

} // namespace

Dataset makeMoons(const DatasetOptions& options)
{
    return planar(options, 2, 0.3 * options.noise, [](int label, double t) {
        const double a = std::numbers::pi * t;
        return label == 0 ? Point{std::cos(a) - 0.5, std::sin(a) - 0.25} : Point{0.5 - std::cos(a), 0.25 - std::sin(a)};
    });
}

Dataset makeSpirals(const DatasetOptions& options)
{
    return planar(options, 3, 0.1 * options.noise, [](int label, double t) {
        const double radius = 0.1 + 1.2 * t, angle = 4.5 * t + 2 * std::numbers::pi * label / 3;
        return Point{radius * std::cos(angle), radius * std::sin(angle)};
    });
}

Dataset makeRings(const DatasetOptions& options)
{
    return planar(options, 3, 0.2 * options.noise, [](int label, double t) {
        const double radius = 0.3 + 0.5 * label, angle = 2 * std::numbers::pi * t;
        return Point{radius * std::cos(angle), radius * std::sin(angle)};
    });
}

} // namespace bitstill
