#include "engine/models/operators/move.h"
#include "engine/models/operators/typed.h"
#include "engine/models/operators/window.h"

#include <algorithm>
#include <cmath>

namespace bitstill::foreign {

namespace {

/// One axis of it. Positions are in the input's pixels.
struct Axis {
    int in = 0, out = 0;
    double scale = 1, roiFrom = 0, roiTo = 1;
};

std::vector<Axis> axesOf(const Call& call)
{
    const auto rank = static_cast<std::size_t>(call.rank(0));
    const auto scales = call.numbers("scales", 2), roi = call.numbers("roi", 1);
    const auto sizes = call.integers("sizes", 3);
    std::vector<int> which;
    for (const std::int64_t a : call.integers("axes").value_or(std::vector<std::int64_t>{})) which.push_back(call.axis(a, call.rank(0)));
    if (which.empty())
        for (int d = 0; d < call.rank(0); ++d) which.push_back(d);
    const bool bySize = sizes && !sizes->empty();
    call.need(bySize ? sizes->size() == which.size() : scales && scales->size() == which.size(),
        text("its attribute %1 is of another type than it takes", bySize ? "sizes" : "scales"));
    call.need(call.word("keep_aspect_ratio_policy", "stretch") == "stretch" && call.integer("antialias", 0) == 0,
        text("its attribute %1 is %2", "antialias", "1"));
    std::vector<Axis> axes(rank);
    for (std::size_t d = 0; d < rank; ++d) axes[d].in = axes[d].out = call.shape(0)[d];
    for (std::size_t i = 0; i < which.size(); ++i) {
        Axis& a = axes[static_cast<std::size_t>(which[i])];
        if (roi && roi->size() == 2 * which.size()) {
            a.roiFrom = static_cast<double>((*roi)[i]);
            a.roiTo = static_cast<double>((*roi)[which.size() + i]);
        }
        const double out =
            bySize ? static_cast<double>((*sizes)[i]) : std::floor(static_cast<double>(a.in) * static_cast<double>((*scales)[i]));
        call.need(
            out >= 0 && out <= 1 << 20 && (a.in > 0 || out == 0), text("it would make an array with a dimension of %1", shortest(out)));
        a.scale = bySize ? out / a.in : static_cast<double>((*scales)[i]);
        a.out = static_cast<int>(out);
    }
    return axes;
}

Shapes resizeShape(const Call& call)
{
    std::vector<std::int64_t> shape;
    for (const Axis& a : axesOf(call)) shape.push_back(a.out);
    return {call.checked(shape)};
}

/// Where the middle of output pixel i lies in the input (Resize's coordinate_transformation_mode).
double positionOf(const Call& call, const Axis& a, int i, const std::string& mode)
{
    const double x = i, in = a.in, out = in * a.scale;
    if (mode == "align_corners") return a.out == 1 ? 0 : x * (in - 1) / (a.out - 1);
    if (mode == "asymmetric") return x / a.scale;
    if (mode == "pytorch_half_pixel") return a.out > 1 ? (x + 0.5) / a.scale - 0.5 : 0;
    if (mode == "tf_half_pixel_for_nn") return (x + 0.5) / a.scale;
    if (mode == "half_pixel_symmetric") return in / 2 * (1 - a.out / out) + (x + 0.5) / a.scale - 0.5;
    if (mode == "tf_crop_and_resize")
        return a.out > 1 ? a.roiFrom * (in - 1) + x * (a.roiTo - a.roiFrom) * (in - 1) / (a.out - 1)
                         : 0.5 * (a.roiFrom + a.roiTo) * (in - 1);
    call.need(mode == "half_pixel", text("its attribute %1 is %2", "coordinate_transformation_mode", mode));
    return (x + 0.5) / a.scale - 0.5;
}

int nearestTo(double x, const std::string& rounding)
{
    const double whole = rounding == "floor" ? std::floor(x)
        : rounding == "ceil"                 ? std::ceil(x)
        : rounding == "round_prefer_ceil"    ? std::floor(x + 0.5)
                                             : std::ceil(x - 0.5);
    return static_cast<int>(std::clamp(whole, -1e9, 1e9));
}

/// Values of the input that make an output, with their weights.
struct Taps {
    std::vector<int> index;
    std::vector<double> weight;
    bool outside = false; ///< tf_crop_and_resize: nothing is there
};

/// Keys' cubic convolution with parameter a (IEEE TASSP 29, 1981).
std::vector<double> cubicWeights(double t, double a)
{
    const auto near = [a](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
    const auto far = [a](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
    return {far(1 + t), near(t), near(1 - t), far(2 - t)};
}

Taps tapsAt(const Call& call, const Axis& a, int i, const std::string& mode, const std::string& coordinates)
{
    const double x = positionOf(call, a, i, coordinates);
    Taps taps;
    taps.outside = coordinates == "tf_crop_and_resize" && (x < 0 || x > a.in - 1);
    if (mode == "nearest") return {{nearestTo(x, call.word("nearest_mode", "round_prefer_floor"))}, {1}, taps.outside};
    const double whole = std::floor(x), t = x - whole;
    const bool cubic = mode == "cubic";
    taps.weight = cubic ? cubicWeights(t, static_cast<double>(call.number("cubic_coeff_a", -0.75f))) : std::vector<double>{1 - t, t};
    for (std::size_t k = 0; k < taps.weight.size(); ++k)
        taps.index.push_back(static_cast<int>(std::clamp(whole, -1e9, 1e9)) + static_cast<int>(k) - (cubic ? 1 : 0));
    if (call.integer("exclude_outside", 0) != 0) {
        double sum = 0;
        for (std::size_t k = 0; k < taps.index.size(); ++k) {
            if (taps.index[k] < 0 || taps.index[k] >= a.in) taps.weight[k] = 0;
            sum += taps.weight[k];
        }
        for (double& w : taps.weight) w = sum != 0 ? w / sum : 0;
    }
    return taps;
}

/// One axis after another: outer × in × inner to outer × out × inner.
Array alongAxis(const Array& x, std::size_t axis, const std::vector<Taps>& taps)
{
    Shape shape = x.shape;
    const auto in = static_cast<std::size_t>(shape[axis]);
    shape[axis] = static_cast<int>(taps.size());
    std::size_t outer = 1, inner = 1;
    for (std::size_t d = 0; d < shape.size(); ++d)
        if (d != axis) (d < axis ? outer : inner) *= static_cast<std::size_t>(shape[d]);
    Array y = zerosOf<float>(shape);
    float* to = valuesOf<float>(y);
    for (std::size_t o = 0; o < outer; ++o)
        for (const Taps& t : taps)
            for (std::size_t i = 0; i < inner; ++i) {
                double sum = 0;
                for (std::size_t k = 0; k < t.index.size(); ++k)
                    sum +=
                        t.weight[k] * static_cast<double>(valuesOf<float>(x)[(o * in + static_cast<std::size_t>(t.index[k])) * inner + i]);
                *to++ = static_cast<float>(sum);
            }
    return y;
}

Arrays resize(const Call& call, const Shapes& shapes)
{
    const std::string mode = call.word("mode", "nearest"), coordinates = call.word("coordinate_transformation_mode", "half_pixel");
    call.need(mode == "nearest" || mode == "linear" || mode == "cubic", text("its attribute %1 is %2", "mode", mode));
    const std::vector<Axis> axes = axesOf(call);
    std::vector<std::vector<Taps>> taps(axes.size());
    bool anyOutside = false;
    for (std::size_t d = 0; d < axes.size(); ++d)
        for (int i = 0; i < axes[d].out; ++i) {
            taps[d].push_back(tapsAt(call, axes[d], i, mode, coordinates));
            for (int& index : taps[d].back().index) index = std::clamp(index, 0, axes[d].in - 1);
            anyOutside = anyOutside || taps[d].back().outside;
        }
    if (mode == "nearest") {
        const Array fill = castTo(call, Array{{}, std::vector<float>{call.number("extrapolation_value", 0)}}, call.input(0).type());
        std::vector<std::vector<int>> maps(axes.size());
        for (std::size_t d = 0; d < axes.size(); ++d)
            for (const Taps& t : taps[d]) maps[d].push_back(t.outside ? -1 : t.index[0]);
        return single(picked(call, call.input(0), maps, &fill));
    }
    withTypes<float>(call, call.input(0), [](auto) {});
    Array y = call.input(0);
    for (std::size_t d = 0; d < axes.size(); ++d)
        if (axes[d].in != axes[d].out || coordinates == "tf_crop_and_resize") {
            std::vector<std::int64_t> between(y.shape.begin(), y.shape.end());
            between[d] = axes[d].out; // one axis may grow before another shrinks
            call.checked(between);
            y = alongAxis(y, d, taps[d]);
        }
    if (!anyOutside) return single(std::move(y));
    Shape at(axes.size(), 0);
    for (std::size_t i = 0; i < y.size(); ++i, next(at, shapes[0]))
        for (std::size_t d = 0; d < axes.size(); ++d)
            if (taps[d][static_cast<std::size_t>(at[d])].outside) valuesOf<float>(y)[i] = call.number("extrapolation_value", 0);
    return single(std::move(y));
}

} // namespace

Table resizeOperators() { return {{"Resize", resizeShape, resize}}; }

} // namespace bitstill::foreign
