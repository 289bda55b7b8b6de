// Of two or more arrays, value by value.

#include "engine/models/operators/broadcast.h"

#include <cmath>
#include <limits>

namespace bitstill::foreign {

std::vector<std::size_t> stretched(const Shape& shape, const Shape& wide)
{
    const std::vector<std::size_t> own = stridesOf(shape);
    std::vector<std::size_t> strides(wide.size(), 0);
    for (std::size_t d = 0; d < shape.size(); ++d)
        if (shape[d] != 1) strides[wide.size() - shape.size() + d] = own[d];
    return strides;
}

namespace {

/// Whole numbers wrap around, as on every processor.
template <class T> using Wrapping = std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>;

struct Add {
    template <class T> T operator()(T a, T b) const
    {
        if constexpr (std::is_integral_v<T>)
            return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
        else
            return a + b;
    }
};
struct Subtract {
    template <class T> T operator()(T a, T b) const
    {
        if constexpr (std::is_integral_v<T>)
            return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
        else
            return a - b;
    }
};
struct Multiply {
    template <class T> T operator()(T a, T b) const
    {
        if constexpr (std::is_integral_v<T>)
            return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
        else
            return a * b;
    }
};
struct Divide {
    template <class T> T operator()(T a, T b) const
    {
        if constexpr (std::is_integral_v<T>) {
            if (b == 0) return 0;
            if (std::is_signed_v<T> && b == static_cast<T>(-1)) return Subtract()(T(0), a);
            return static_cast<T>(a / b);
        } else {
            return a / b;
        }
    }
};
struct Power {
    template <class T> T operator()(T a, T b) const
    {
        if constexpr (std::is_integral_v<T>) {
            const double p = std::pow(static_cast<double>(a), static_cast<double>(b));
            const double lowest = static_cast<double>(std::numeric_limits<T>::min()),
                         highest = static_cast<double>(std::numeric_limits<T>::max());
            return p >= highest ? std::numeric_limits<T>::max()
                : p <= lowest   ? std::numeric_limits<T>::min()
                : p != p        ? T(0)
                                : static_cast<T>(p);
        } else {
            return std::pow(a, b);
        }
    }
};
struct Remainder {
    template <class T> T operator()(T a, T b) const
    {
        if constexpr (std::is_integral_v<T>) {
            if (b == 0 || (std::is_signed_v<T> && b == static_cast<T>(-1))) return 0;
            const T r = static_cast<T>(a % b);
            return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
        } else {
            return std::fmod(a, b);
        }
    }
};
/// NaN wins, as in NumPy.
struct Larger {
    template <class T> T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};
struct Smaller {
    template <class T> T operator()(T a, T b) const { return a < b || a != a ? a : b; }
};
struct Slope {
    template <class T> T operator()(T x, T slope) const { return x < T(0) ? Multiply()(x, slope) : x; }
};

/// f over all inputs from the first to the last.
template <class F> Arrays chained(const Call& call, const Shapes& shapes)
{
    const Array* left = &call.input(0);
    if (call.inputs() == 1) return {*left};
    Array result;
    for (std::size_t i = 1; i < call.inputs(); ++i) {
        // Pow alone may have an exponent of another type.
        const Array* right = &call.input(i);
        const Array other = right->type() == left->type() ? Array{} : castTo(call, *right, left->type());
        if (right->type() != left->type()) right = &other;
        const Given a{true, left->shape, nullptr}, b{true, right->shape, nullptr};
        Array sum = zeros(left->type(), i + 1 == call.inputs() ? shapes[0] : broadcastShape(Call(call.node(), {a, b}))[0]);
        withNumbers(call, *left, [&](auto t) {
            using T = decltype(t);
            eachPair(valuesOf<T>(*left), left->shape, valuesOf<T>(*right), right->shape, valuesOf<T>(sum), sum.shape, F());
        });
        result = std::move(sum);
        left = &result;
    }
    return single(std::move(result));
}

Arrays mean(const Call& call, const Shapes& shapes)
{
    Arrays sum = chained<Add>(call, shapes);
    withTypes<float, double>(call, sum[0], [&](auto t) {
        using T = decltype(t);
        for (std::size_t i = 0; i < sum[0].size(); ++i) valuesOf<T>(sum[0])[i] /= static_cast<T>(call.inputs());
    });
    return sum;
}

template <template <class> class F> Arrays compared(const Call& call, const Shapes& shapes)
{
    Array result = zerosOf<bool>(shapes[0]);
    const Array &a = call.input(0), b = castTo(call, call.input(1), a.type());
    withTypes<float, double, std::int32_t, std::int64_t, std::int8_t, std::uint8_t, bool>(call, a, [&](auto t) {
        using T = decltype(t);
        eachPair(valuesOf<T>(a), a.shape, valuesOf<T>(b), b.shape, valuesOf<std::uint8_t>(result), result.shape, F<T>());
    });
    return single(std::move(result));
}

Arrays negated(const Call& call, const Shapes& shapes)
{
    Array result = zerosOf<bool>(shapes[0]);
    const Array x = castTo(call, call.input(0), "BOOL");
    for (std::size_t i = 0; i < x.size(); ++i) valuesOf<std::uint8_t>(result)[i] = valuesOf<std::uint8_t>(x)[i] == 0;
    return single(std::move(result));
}

Arrays where(const Call& call, const Shapes& shapes)
{
    const Array chosen = castTo(call, call.input(0), "BOOL");
    const Array &a = call.input(1), b = castTo(call, call.input(2), a.type());
    Array result = zeros(a.type(), shapes[0]);
    std::vector<std::uint8_t> wide(result.size());
    const auto first = [](auto x, auto) { return x; };
    eachPair(valuesOf<std::uint8_t>(chosen), chosen.shape, valuesOf<std::uint8_t>(chosen), chosen.shape, wide.data(), shapes[0], first);
    withTypes<float, double, std::int32_t, std::int64_t, std::int8_t, std::uint8_t, bool>(call, a, [&](auto t) {
        using T = decltype(t);
        std::size_t i = 0;
        eachPair(valuesOf<T>(a), a.shape, valuesOf<T>(b), b.shape, valuesOf<T>(result), shapes[0],
            [&](T yes, T no) { return wide[i++] ? yes : no; });
    });
    return single(std::move(result));
}

} // namespace

Table elementwiseOperators()
{
    return {
        {"Add", broadcastShape, chained<Add>},
        {"And", broadcastShape, compared<std::logical_and>},
        {"Div", broadcastShape, chained<Divide>},
        {"Equal", broadcastShape, compared<std::equal_to>},
        {"Greater", broadcastShape, compared<std::greater>},
        {"GreaterOrEqual", broadcastShape, compared<std::greater_equal>},
        {"Less", broadcastShape, compared<std::less>},
        {"LessOrEqual", broadcastShape, compared<std::less_equal>},
        {"Max", broadcastShape, chained<Larger>},
        {"Mean", broadcastShape, mean},
        {"Min", broadcastShape, chained<Smaller>},
        {"Mod", broadcastShape, chained<Remainder>},
        {"Mul", broadcastShape, chained<Multiply>},
        {"Not", sameShape, negated},
        {"Or", broadcastShape, compared<std::logical_or>},
        {"PRelu", broadcastShape, chained<Slope>},
        {"Pow", broadcastShape, chained<Power>},
        {"Sub", broadcastShape, chained<Subtract>},
        {"Sum", broadcastShape, chained<Add>},
        {"Where", broadcastShape, where},
    };
}

} // namespace bitstill::foreign
