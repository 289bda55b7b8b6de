// Along some axes: sums and the like, and softmax.

#include "engine/models/operators/typed.h"
#include "engine/models/operators/window.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill::foreign {

namespace {

/// Axes that go away; none (noop_with_empty_axes) where the node says so.
std::vector<int> reducedAxes(const Call& call)
{
    const auto given = call.integers("axes", 1);
    if ((!given || given->empty()) && call.integer("noop_with_empty_axes", 0) != 0) return {};
    return call.axes(1, call.rank(0));
}

Shapes reducedShape(const Call& call)
{
    const std::vector<int> axes = reducedAxes(call);
    const bool keep = call.integer("keepdims", 1) != 0;
    Shape shape;
    for (int d = 0; d < call.rank(0); ++d) {
        const bool gone = std::ranges::binary_search(axes, d);
        if (!gone || keep) shape.push_back(gone ? 1 : call.shape(0)[static_cast<std::size_t>(d)]);
    }
    return {shape};
}

/// Where each value of the input goes in the output, in the input's order.
std::vector<std::size_t> targets(const Shape& x, const std::vector<int>& axes)
{
    Shape kept = x;
    for (const int a : axes) kept[static_cast<std::size_t>(a)] = 1;
    std::vector<std::size_t> strides = stridesOf(kept), to(elements(x));
    for (const int a : axes) strides[static_cast<std::size_t>(a)] = 0;
    Shape at(x.size(), 0);
    for (std::size_t& t : to) {
        std::size_t index = 0;
        for (std::size_t d = 0; d < x.size(); ++d) index += strides[d] * static_cast<std::size_t>(at[d]);
        t = index;
        next(at, x);
    }
    return to;
}

/// One after another from `Rule::start`, then Rule::finish(value, count). Floats are summed in double: the order is that of the file.
template <class Rule> Arrays reduced(const Call& call, const Shapes& shapes)
{
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    const std::vector<std::size_t> to = targets(x.shape, reducedAxes(call));
    const double count = y.size() == 0 ? 0 : static_cast<double>(x.size()) / static_cast<double>(y.size());
    withNumbers(call, x, [&](auto t) {
        using T = decltype(t);
        std::vector<double> sums(y.size(), Rule::start);
        for (std::size_t i = 0; i < to.size(); ++i) sums[to[i]] = Rule::add(sums[to[i]], static_cast<double>(valuesOf<T>(x)[i]));
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const double finished = Rule::finish(sums[i], count);
            if constexpr (std::is_floating_point_v<T>)
                valuesOf<T>(y)[i] = static_cast<T>(finished);
            else
                valuesOf<T>(y)[i] = *valuesOf<T>(castTo(call, Array{{}, std::vector<double>{finished}}, typeName<T>()));
        }
    });
    return single(std::move(y));
}

struct SumRule {
    static constexpr double start = 0;
    static double add(double sum, double x) { return sum + x; }
    static double finish(double sum, double) { return sum; }
};
struct MeanRule : SumRule {
    static double finish(double sum, double count) { return sum / count; }
};
struct SquareRule : SumRule {
    static double add(double sum, double x) { return sum + x * x; }
};
struct LengthRule : SquareRule {
    static double finish(double sum, double) { return std::sqrt(sum); }
};
struct AbsoluteRule : SumRule {
    static double add(double sum, double x) { return sum + std::abs(x); }
};
struct ProductRule : SumRule {
    static constexpr double start = 1;
    static double add(double product, double x) { return product * x; }
};
struct MaxRule : SumRule {
    static constexpr double start = -std::numeric_limits<double>::infinity();
    static double add(double largest, double x) { return x > largest || x != x ? x : largest; }
};
struct MinRule : SumRule {
    static constexpr double start = std::numeric_limits<double>::infinity();
    static double add(double smallest, double x) { return x < smallest || x != x ? x : smallest; }
};

/// The array as rows along an axis: outer × length × inner.
struct Rows {
    std::size_t outer = 1, length = 1, inner = 1;
};

Rows rowsOf(const Shape& shape, std::size_t axis, bool flat)
{
    Rows r;
    for (std::size_t d = 0; d < shape.size(); ++d)
        (d < axis ? r.outer : d == axis || flat ? r.length : r.inner) *= static_cast<std::size_t>(shape[d]);
    return r;
}

/// Softmax or its logarithm. With `flatten` (before opset 13) over the axis and all behind it.
template <bool Log> Arrays softmax(const Call& call, const Shapes& shapes)
{
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    const int axis = call.rank(0) == 0 ? 0 : call.axis(call.integer("axis", -1), call.rank(0));
    const Rows r = rowsOf(x.shape, static_cast<std::size_t>(axis), call.integer("flatten", 0) != 0);
    withTypes<float, double>(call, x, [&](auto t) {
        using T = decltype(t);
        for (std::size_t row = 0; row < r.outer * r.inner; ++row) {
            const std::size_t first = row / r.inner * r.length * r.inner + row % r.inner;
            const T* from = valuesOf<T>(x) + first;
            T* to = valuesOf<T>(y) + first;
            T largest = -std::numeric_limits<T>::infinity();
            for (std::size_t i = 0; i < r.length; ++i) largest = std::max(largest, from[i * r.inner]);
            double sum = 0;
            for (std::size_t i = 0; i < r.length; ++i) sum += std::exp(static_cast<double>(from[i * r.inner] - largest));
            for (std::size_t i = 0; i < r.length; ++i) {
                const auto above = static_cast<double>(from[i * r.inner] - largest);
                to[i * r.inner] = static_cast<T>(Log ? above - std::log(sum) : std::exp(above) / sum);
            }
        }
    });
    return single(std::move(y));
}

Shapes argShape(const Call& call)
{
    const auto axis = static_cast<std::size_t>(call.axis(call.integer("axis", 0), call.rank(0)));
    Shape shape = call.shape(0);
    call.need(shape[axis] > 0, text("its attribute %1 is %2", "axis", std::to_string(axis)));
    shape[axis] = 1;
    if (call.integer("keepdims", 1) == 0) shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    return {shape};
}

template <bool Largest> Arrays argument(const Call& call, const Shapes& shapes)
{
    const Array& x = call.input(0);
    Array y = zerosOf<std::int64_t>(shapes[0]);
    const Rows r = rowsOf(x.shape, static_cast<std::size_t>(call.axis(call.integer("axis", 0), call.rank(0))), false);
    const bool last = call.integer("select_last_index", 0) != 0;
    withNumbers(call, x, [&](auto t) {
        using T = decltype(t);
        for (std::size_t row = 0; row < r.outer * r.inner; ++row) {
            const T* from = valuesOf<T>(x) + row / r.inner * r.length * r.inner + row % r.inner;
            std::size_t best = 0;
            for (std::size_t i = 1; i < r.length; ++i) {
                const T a = from[i * r.inner], b = from[best * r.inner];
                if ((Largest ? a > b : a < b) || (last && a == b)) best = i;
            }
            valuesOf<std::int64_t>(y)[row] = static_cast<std::int64_t>(best);
        }
    });
    return single(std::move(y));
}

} // namespace

Table reductionOperators()
{
    return {
        {"ArgMax", argShape, argument<true>},
        {"ArgMin", argShape, argument<false>},
        {"LogSoftmax", sameShape, softmax<true>},
        {"ReduceL1", reducedShape, reduced<AbsoluteRule>},
        {"ReduceL2", reducedShape, reduced<LengthRule>},
        {"ReduceMax", reducedShape, reduced<MaxRule>},
        {"ReduceMean", reducedShape, reduced<MeanRule>},
        {"ReduceMin", reducedShape, reduced<MinRule>},
        {"ReduceProd", reducedShape, reduced<ProductRule>},
        {"ReduceSum", reducedShape, reduced<SumRule>},
        {"ReduceSumSquare", reducedShape, reduced<SquareRule>},
        {"Softmax", sameShape, softmax<false>},
    };
}

} // namespace bitstill::foreign
