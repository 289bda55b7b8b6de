// Of one array, value by value.

#include "engine/models/operators/operators.h"
#include "engine/models/operators/typed.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill::foreign {

namespace {

/// y[i] = f(x[i]), of floats.
template <class F> Arrays each(const Call& call, const Shapes& shapes, const F& f)
{
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    withTypes<float, double>(call, x, [&](auto t) {
        using T = decltype(t);
        std::transform(valuesOf<T>(x), valuesOf<T>(x) + x.size(), valuesOf<T>(y), [&](T v) { return static_cast<T>(f(v)); });
    });
    return single(std::move(y));
}

/// The same of whole numbers too.
template <class F> Arrays eachNumber(const Call& call, const Shapes& shapes, const F& f)
{
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    withNumbers(call, x, [&](auto t) {
        using T = decltype(t);
        std::transform(valuesOf<T>(x), valuesOf<T>(x) + x.size(), valuesOf<T>(y), [&](T v) { return static_cast<T>(f(v)); });
    });
    return single(std::move(y));
}

Arrays relu(const Call& call, const Shapes& shapes)
{
    return eachNumber(call, shapes, [](auto x) { return x < decltype(x)(0) ? decltype(x)(0) : x; });
}

Arrays negative(const Call& call, const Shapes& shapes)
{
    return eachNumber(call, shapes, [](auto x) {
        if constexpr (std::is_integral_v<decltype(x)>)
            return static_cast<decltype(x)>(std::uint64_t{0} - static_cast<std::uint64_t>(x));
        else
            return -x;
    });
}

Arrays signOf(const Call& call, const Shapes& shapes)
{
    return eachNumber(call, shapes, [](auto x) { return (x > decltype(x)(0)) - (x < decltype(x)(0)); });
}

Arrays absolute(const Call& call, const Shapes& shapes)
{
    const Array& x = call.input(0);
    if (x.isFloat()) return each(call, shapes, [](auto v) { return std::abs(v); });
    return eachNumber(call, shapes,
        [](auto v) { return v < decltype(v)(0) ? static_cast<decltype(v)>(std::uint64_t{0} - static_cast<std::uint64_t>(v)) : v; });
}

/// The limit `name`, or that of the type; input `i` where it is computed.
template <class T> T limit(const Call& call, const char* name, std::size_t i, T fallback)
{
    if (call.node().attributes.contains(name)) return static_cast<T>(call.number(name, 0));
    if (!call.has(i)) return fallback;
    const Array given = castTo(call, call.input(i), typeName<T>());
    call.need(given.size() == 1, text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(given.shape)));
    return *valuesOf<T>(given);
}

Arrays clip(const Call& call, const Shapes& shapes)
{
    const Array& x = call.input(0);
    Array y = zeros(x.type(), shapes[0]);
    withNumbers(call, x, [&](auto t) {
        using T = decltype(t);
        const T low = limit<T>(call, "min", 1, std::numeric_limits<T>::lowest());
        const T high = limit<T>(call, "max", 2, std::numeric_limits<T>::max());
        // The upper limit last: it wins where the two cross, as in NumPy.
        const T lowest = std::min(low, high);
        std::transform(valuesOf<T>(x), valuesOf<T>(x) + x.size(), valuesOf<T>(y), [low, high, lowest](T v) {
            const T some = v > high ? high : v;
            return v < low ? lowest : some;
        });
    });
    return single(std::move(y));
}

Arrays gelu(const Call& call, const Shapes& shapes)
{
    if (call.word("approximate", "none") == "tanh")
        return each(call, shapes, [](auto x) {
            using T = decltype(x);
            return T(0.5) * x * (T(1) + std::tanh(T(0.7978845608028654) * (x + T(0.044715) * x * x * x)));
        });
    return each(call, shapes, [](auto x) {
        using T = decltype(x);
        return T(0.5) * x * (T(1) + std::erf(x * T(0.7071067811865476)));
    });
}

Arrays hardSigmoid(const Call& call, const Shapes& shapes)
{
    const float alpha = call.number("alpha", 0.2f), beta = call.number("beta", 0.5f);
    return each(call, shapes, [=](auto x) {
        using T = decltype(x);
        return std::clamp(static_cast<T>(alpha) * x + static_cast<T>(beta), T(0), T(1));
    });
}

Arrays hardSwish(const Call& call, const Shapes& shapes)
{
    return each(call, shapes, [](auto x) {
        using T = decltype(x);
        return x * std::clamp(x / T(6) + T(0.5), T(0), T(1));
    });
}

/// x below zero is alpha·x (LeakyRelu), alpha·(eˣ − 1) (Elu), alpha·(e^(x/alpha) − 1) (Celu), gamma·alpha·(eˣ − 1) (Selu); x up to alpha is
/// 0 (ThresholdedRelu).
Arrays leakyRelu(const Call& call, const Shapes& shapes)
{
    const float alpha = call.number("alpha", 0.01f);
    return each(call, shapes, [=](auto x) { return x < 0 ? static_cast<decltype(x)>(alpha) * x : x; });
}
Arrays elu(const Call& call, const Shapes& shapes)
{
    const float alpha = call.number("alpha", 1);
    return each(call, shapes, [=](auto x) { return x < 0 ? static_cast<decltype(x)>(alpha) * std::expm1(x) : x; });
}
Arrays celu(const Call& call, const Shapes& shapes)
{
    const float alpha = call.number("alpha", 1);
    return each(call, shapes, [=](auto x) {
        const auto a = static_cast<decltype(x)>(alpha);
        return x < 0 ? a * std::expm1(x / a) : x;
    });
}
Arrays thresholdedRelu(const Call& call, const Shapes& shapes)
{
    const float alpha = call.number("alpha", 1);
    return each(call, shapes, [=](auto x) { return x > static_cast<decltype(x)>(alpha) ? x : decltype(x)(0); });
}
Arrays selu(const Call& call, const Shapes& shapes)
{
    const float alpha = call.number("alpha", 1.67326319217681884765625f), gamma = call.number("gamma", 1.05070102214813232421875f);
    return each(call, shapes, [=](auto x) {
        using T = decltype(x);
        return static_cast<T>(gamma) * (x < 0 ? static_cast<T>(alpha) * std::expm1(x) : x);
    });
}

Arrays sigmoid(const Call& call, const Shapes& shapes)
{
    return each(call, shapes, [](auto x) {
        using T = decltype(x);
        const T e = std::exp(-std::abs(x));
        return x >= 0 ? T(1) / (T(1) + e) : e / (T(1) + e);
    });
}

/// The functions of <cmath> by their names there.
#define BITSTILL_PLAIN(name, expression)                                                                                                   \
    Arrays name(const Call& call, const Shapes& shapes)                                                                                    \
    {                                                                                                                                      \
        return each(call, shapes, [](auto x) { return expression; });                                                                      \
    }
BITSTILL_PLAIN(ceiling, std::ceil(x))
BITSTILL_PLAIN(cosine, std::cos(x))
BITSTILL_PLAIN(errorFunction, std::erf(x))
BITSTILL_PLAIN(exponential, std::exp(x))
BITSTILL_PLAIN(floored, std::floor(x))
BITSTILL_PLAIN(logarithm, std::log(x))
BITSTILL_PLAIN(reciprocal, decltype(x)(1) / x)
BITSTILL_PLAIN(rounded, std::nearbyint(x))
BITSTILL_PLAIN(sine, std::sin(x))
BITSTILL_PLAIN(softplus, std::log1p(std::exp(-std::abs(x))) + std::max(x, decltype(x)(0)))
BITSTILL_PLAIN(softsign, x / (decltype(x)(1) + std::abs(x)))
BITSTILL_PLAIN(squareRoot, std::sqrt(x))
BITSTILL_PLAIN(hyperbolicTangens, std::tanh(x))
BITSTILL_PLAIN(arcCosine, std::acos(x))
BITSTILL_PLAIN(areaCosine, std::acosh(x))
BITSTILL_PLAIN(arcSine, std::asin(x))
BITSTILL_PLAIN(areaSine, std::asinh(x))
BITSTILL_PLAIN(arcTangens, std::atan(x))
BITSTILL_PLAIN(areaTangens, std::atanh(x))
BITSTILL_PLAIN(hyperbolicCosine, std::cosh(x))
BITSTILL_PLAIN(hyperbolicSine, std::sinh(x))
BITSTILL_PLAIN(mish, x* std::tanh(std::log1p(std::exp(-std::abs(x))) + std::max(x, decltype(x)(0))))
BITSTILL_PLAIN(tangens, std::tan(x))
#undef BITSTILL_PLAIN

} // namespace

Table activationOperators()
{
    return {
        {"Abs", sameShape, absolute},
        {"Acos", sameShape, arcCosine},
        {"Acosh", sameShape, areaCosine},
        {"Asin", sameShape, arcSine},
        {"Asinh", sameShape, areaSine},
        {"Atan", sameShape, arcTangens},
        {"Atanh", sameShape, areaTangens},
        {"Ceil", sameShape, ceiling},
        {"Celu", sameShape, celu},
        {"Clip", sameShape, clip},
        {"Cos", sameShape, cosine},
        {"Cosh", sameShape, hyperbolicCosine},
        {"Elu", sameShape, elu},
        {"Erf", sameShape, errorFunction},
        {"Exp", sameShape, exponential},
        {"Floor", sameShape, floored},
        {"Gelu", sameShape, gelu},
        {"HardSigmoid", sameShape, hardSigmoid},
        {"HardSwish", sameShape, hardSwish},
        {"LeakyRelu", sameShape, leakyRelu},
        {"Log", sameShape, logarithm},
        {"Mish", sameShape, mish},
        {"Neg", sameShape, negative},
        {"Reciprocal", sameShape, reciprocal},
        {"Relu", sameShape, relu},
        {"Round", sameShape, rounded},
        {"Selu", sameShape, selu},
        {"Sigmoid", sameShape, sigmoid},
        {"Sign", sameShape, signOf},
        {"Sin", sameShape, sine},
        {"Sinh", sameShape, hyperbolicSine},
        {"Softplus", sameShape, softplus},
        {"Softsign", sameShape, softsign},
        {"Sqrt", sameShape, squareRoot},
        {"Tan", sameShape, tangens},
        {"Tanh", sameShape, hyperbolicTangens},
        {"ThresholdedRelu", sameShape, thresholdedRelu},
    };
}

} // namespace bitstill::foreign
