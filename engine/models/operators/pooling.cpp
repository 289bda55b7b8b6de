#include "engine/models/operators/typed.h"
#include "engine/models/operators/window.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill::foreign {

namespace {

Shapes poolShape(const Call& call)
{
    const Window w = windowOf(call, kernelOf(call));
    std::vector<std::int64_t> shape{call.shape(0)[0], call.shape(0)[1]};
    shape.insert(shape.end(), w.out.begin(), w.out.end());
    call.need(call.node().outputs.size() == 1, text("its second output is not computed"));
    return {call.checked(shape)};
}

/// visit(index in the plane) for each tap that lies inside, `padded` counting those between the pads too.
template <class Visit> int eachTap(const Window& w, const Shape& position, const Visit& visit)
{
    const std::vector<std::size_t> strides = stridesOf(w.in);
    int padded = 0;
    Shape tap(w.axes(), 0);
    do {
        std::size_t index = 0;
        bool inside = true, between = true;
        for (std::size_t d = 0; d < w.axes(); ++d) {
            const int at = w.at(d, position[d], tap[d]);
            inside = inside && at >= 0 && at < w.in[d];
            between = between && at < w.in[d] + w.after[d];
            index += strides[d] * static_cast<std::size_t>(std::max(at, 0));
        }
        padded += between;
        if (inside) visit(index);
    } while (next(tap, w.kernel));
    return padded;
}

Arrays maxPool(const Call& call, const Shapes& shapes)
{
    const Window w = windowOf(call, kernelOf(call));
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    const std::size_t plane = elements(w.in), out = elements(w.out), planes = out == 0 ? 0 : y.size() / out;
    if (planes == 0) return single(std::move(y));
    withTypes<float, double, std::int8_t, std::uint8_t>(call, x, [&](auto t) {
        using T = decltype(t);
        Shape position(w.axes(), 0);
        std::vector<std::size_t> taps;
        for (std::size_t i = 0; i < out; ++i, next(position, w.out)) {
            taps.clear();
            eachTap(w, position, [&](std::size_t index) { taps.push_back(index); });
            for (std::size_t p = 0; p < planes; ++p) {
                const T* from = valuesOf<T>(x) + p * plane;
                T largest = std::numeric_limits<T>::lowest();
                for (const std::size_t index : taps) largest = from[index] > largest || from[index] != from[index] ? from[index] : largest;
                valuesOf<T>(y)[p * out + i] = largest;
            }
        }
    });
    return single(std::move(y));
}

/// Of the values inside, or (count_include_pad) of all between the pads.
Arrays averagePool(const Call& call, const Shapes& shapes)
{
    const Window w = windowOf(call, kernelOf(call));
    const bool withPads = call.integer("count_include_pad", 0) != 0;
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    const std::size_t plane = elements(w.in), out = elements(w.out), planes = out == 0 ? 0 : y.size() / out;
    if (planes == 0) return single(std::move(y));
    withTypes<float, double>(call, x, [&](auto t) {
        using T = decltype(t);
        Shape position(w.axes(), 0);
        std::vector<std::size_t> taps;
        for (std::size_t i = 0; i < out; ++i, next(position, w.out)) {
            taps.clear();
            const int padded = eachTap(w, position, [&](std::size_t index) { taps.push_back(index); });
            const T count = withPads ? static_cast<T>(padded) : static_cast<T>(taps.size());
            for (std::size_t p = 0; p < planes; ++p) {
                T sum = 0;
                for (const std::size_t index : taps) sum += valuesOf<T>(x)[p * plane + index];
                valuesOf<T>(y)[p * out + i] = count > 0 ? sum / count : T(0);
            }
        }
    });
    return single(std::move(y));
}

Shapes globalShape(const Call& call)
{
    call.need(call.rank(0) >= 2, text("it wants an input of three dimensions or more, not of shape %1", describe(call.shape(0))));
    Shape shape = call.shape(0);
    std::fill(shape.begin() + 2, shape.end(), 1);
    return {shape};
}

/// f(values of one plane, their number)
template <class F> Arrays eachPlane(const Call& call, const Shapes& shapes, const F& f)
{
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    const std::size_t plane = y.size() == 0 ? 0 : x.size() / y.size();
    withTypes<float, double>(call, x, [&](auto t) {
        using T = decltype(t);
        for (std::size_t p = 0; p < y.size(); ++p) valuesOf<T>(y)[p] = f(valuesOf<T>(x) + p * plane, plane);
    });
    return single(std::move(y));
}

Arrays globalAverage(const Call& call, const Shapes& shapes)
{
    return eachPlane(call, shapes, [](const auto* x, std::size_t n) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
        return static_cast<std::decay_t<decltype(*x)>>(sum / static_cast<double>(n));
    });
}

Arrays globalMax(const Call& call, const Shapes& shapes)
{
    return eachPlane(call, shapes, [](const auto* x, std::size_t n) {
        auto largest = std::numeric_limits<std::decay_t<decltype(*x)>>::lowest();
        for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, x[i]);
        return largest;
    });
}

} // namespace

Table poolingOperators()
{
    return {{"AveragePool", poolShape, averagePool}, {"GlobalAveragePool", globalShape, globalAverage},
        {"GlobalMaxPool", globalShape, globalMax}, {"MaxPool", poolShape, maxPool}};
}

} // namespace bitstill::foreign
