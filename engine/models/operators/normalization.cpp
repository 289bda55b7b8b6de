#include "engine/models/operators/broadcast.h"

#include <cmath>

namespace bitstill::foreign {

namespace {

/// Inputs `from` to `to` as floats, of `channels` values each.
void needVectors(const Call& call, std::size_t from, std::size_t to, std::size_t channels)
{
    withTypes<float>(call, call.input(0), [](auto) {});
    for (std::size_t i = from; i < to; ++i) {
        withTypes<float>(call, call.input(i), [](auto) {});
        call.need(call.input(i).size() == channels, text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(call.shape(i))));
    }
}

std::size_t channelsOf(const Call& call)
{
    call.need(call.rank(0) >= 2, text("it wants an input of three dimensions or more, not of shape %1", describe(call.shape(0))));
    return static_cast<std::size_t>(call.shape(0)[1]);
}

std::size_t planeOf(const Shape& x)
{
    std::size_t plane = 1;
    for (std::size_t d = 2; d < x.size(); ++d) plane *= static_cast<std::size_t>(x[d]);
    return plane;
}

/// With the statistics that training left: (x − mean) / sqrt(var + epsilon)·scale + bias.
Arrays batchNormalization(const Call& call, const Shapes& shapes)
{
    const std::size_t channels = channelsOf(call), plane = planeOf(call.shape(0));
    call.need(call.integer("training_mode", 0) == 0 && call.integer("spatial", 1) != 0 && call.node().outputs.size() == 1,
        text("it is made for training, not for running"));
    needVectors(call, 1, 5, channels);
    const float epsilon = call.number("epsilon", 1e-5f);
    const float* p[5];
    for (std::size_t i = 0; i < 5; ++i) p[i] = valuesOf<float>(call.input(i));
    Array y = zerosOf<float>(shapes[0]);
    for (std::size_t row = 0; row < (plane == 0 ? 0 : y.size() / plane); ++row) {
        const std::size_t c = row % channels;
        const float factor = p[1][c] / std::sqrt(p[4][c] + epsilon), shift = p[2][c] - p[3][c] * factor;
        for (std::size_t i = row * plane; i < (row + 1) * plane; ++i) valuesOf<float>(y)[i] = p[0][i] * factor + shift;
    }
    return single(std::move(y));
}

/// Mean and 1 / sqrt(variance + epsilon) of n values, in double.
std::pair<double, double> momentsOf(const float* x, std::size_t n, double epsilon)
{
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
    const double mean = sum / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) squares += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
    return {mean, 1 / std::sqrt(squares / static_cast<double>(n) + epsilon)};
}

Arrays instanceNormalization(const Call& call, const Shapes& shapes)
{
    const std::size_t channels = channelsOf(call), plane = planeOf(call.shape(0));
    needVectors(call, 1, 3, channels);
    const auto epsilon = static_cast<double>(call.number("epsilon", 1e-5f));
    const float *x = valuesOf<float>(call.input(0)), *scale = valuesOf<float>(call.input(1)), *bias = valuesOf<float>(call.input(2));
    Array y = zerosOf<float>(shapes[0]);
    for (std::size_t row = 0; row < (plane == 0 ? 0 : y.size() / plane); ++row) {
        const auto [mean, factor] = momentsOf(x + row * plane, plane, epsilon);
        for (std::size_t i = row * plane; i < (row + 1) * plane; ++i)
            valuesOf<float>(y)[i] =
                static_cast<float>((static_cast<double>(x[i]) - mean) * factor) * scale[row % channels] + bias[row % channels];
    }
    return single(std::move(y));
}

std::size_t layerAxis(const Call& call) { return static_cast<std::size_t>(call.axis(call.integer("axis", -1), call.rank(0))); }

/// Of the output, of the means and of 1 / deviation.
Shapes layerShapes(const Call& call)
{
    Shape kept = call.shape(0);
    std::fill(kept.begin() + static_cast<std::ptrdiff_t>(layerAxis(call)), kept.end(), 1);
    Shapes shapes{call.shape(0), kept, kept};
    shapes.resize(std::max<std::size_t>(call.node().outputs.size(), 1));
    return shapes;
}

Arrays layerNormalization(const Call& call, const Shapes& shapes)
{
    const Array& input = call.input(0);
    needVectors(call, 1, 1, 0);
    const std::size_t axis = layerAxis(call);
    Shape inner(input.shape.begin() + static_cast<std::ptrdiff_t>(axis), input.shape.end());
    const std::size_t n = elements(inner), rows = n == 0 ? 0 : input.size() / n;
    for (std::size_t i = 1; i < call.inputs(); ++i)
        if (call.has(i))
            call.need(broadcastShape(Call(call.node(), {{true, inner, nullptr}, {true, call.shape(i), nullptr}}))[0] == inner
                    && call.input(i).type() == "F32",
                text("shapes %1 and %2 do not fit", describe(input.shape), describe(call.shape(i))));
    Arrays results;
    for (const Shape& shape : shapes) results.push_back(zerosOf<float>(shape));
    const float* x = valuesOf<float>(input);
    for (std::size_t row = 0; row < rows; ++row) {
        const auto [mean, factor] = momentsOf(x + row * n, n, static_cast<double>(call.number("epsilon", 1e-5f)));
        float* y = valuesOf<float>(results[0]) + row * n;
        for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<float>((static_cast<double>(x[row * n + i]) - mean) * factor);
        eachPair(y, inner, valuesOf<float>(call.input(1)), call.shape(1), y, inner, [](float v, float s) { return v * s; });
        if (call.has(2))
            eachPair(y, inner, valuesOf<float>(call.input(2)), call.shape(2), y, inner, [](float v, float b) { return v + b; });
        if (results.size() > 1) valuesOf<float>(results[1])[row] = static_cast<float>(mean);
        if (results.size() > 2) valuesOf<float>(results[2])[row] = static_cast<float>(factor);
    }
    return results;
}

/// x / (bias + alpha / size·Σ x²)^beta, the sum over `size` channels around.
Arrays localResponse(const Call& call, const Shapes& shapes)
{
    const std::size_t channels = channelsOf(call), plane = planeOf(call.shape(0));
    needVectors(call, 1, 1, 0);
    const auto size = static_cast<std::ptrdiff_t>(call.integer("size", 1));
    call.need(size >= 1 && size <= 1 << 20, text("its attribute %1 is %2", "size", std::to_string(size)));
    const float alpha = call.number("alpha", 1e-4f), beta = call.number("beta", 0.75f), bias = call.number("bias", 1);
    const float* x = valuesOf<float>(call.input(0));
    Array y = zerosOf<float>(shapes[0]);
    for (std::size_t i = 0; i < y.size(); ++i) {
        const auto c = static_cast<std::ptrdiff_t>(i / plane % channels), last = static_cast<std::ptrdiff_t>(channels) - 1;
        float squares = 0;
        for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(c - (size - 1) / 2, 0); k <= std::min(c + size / 2, last); ++k) {
            const float v = x[static_cast<std::ptrdiff_t>(i) + (k - c) * static_cast<std::ptrdiff_t>(plane)];
            squares += v * v;
        }
        valuesOf<float>(y)[i] = x[i] / std::pow(bias + alpha / static_cast<float>(size) * squares, beta);
    }
    return single(std::move(y));
}

} // namespace

Table normalizationOperators()
{
    return {{"BatchNormalization", sameShape, batchNormalization}, {"InstanceNormalization", sameShape, instanceNormalization},
        {"LRN", sameShape, localResponse}, {"LayerNormalization", layerShapes, layerNormalization}};
}

} // namespace bitstill::foreign
