#include "engine/kernels/dots.h"
#include "engine/models/operators/broadcast.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

/// rows × columns, turned.
template <class T> std::vector<T> turned(const T* x, std::size_t rows, std::size_t columns)
{
    std::vector<T> y(rows * columns);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) y[c * rows + r] = x[r * columns + c];
    return y;
}

/// y[i, j] = Σ a[i, ·]·b[j, ·], the sum in one order whatever the rows.
template <class T> void product(const T* a, const T* b, std::size_t rows, std::size_t columns, std::size_t k, T* y)
{
    if constexpr (std::is_same_v<T, float>) {
        kernels::dots(a, b, rows, columns, k, y);
    } else {
        using Sum = std::conditional_t<std::is_integral_v<T>, std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>, T>;
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j) {
                Sum sum = 0;
                for (std::size_t l = 0; l < k; ++l) sum += static_cast<Sum>(a[i * k + l]) * static_cast<Sum>(b[j * k + l]);
                y[i * columns + j] = static_cast<T>(sum);
            }
    }
}

struct Matrices {
    std::size_t rows = 0, columns = 0, inner = 0;
    bool turnA = false, turnB = false;
};

Matrices gemmSizes(const Call& call)
{
    const Shape &a = call.shape(0), &b = call.shape(1);
    call.need(a.size() == 2 && b.size() == 2, text("shapes %1 and %2 do not fit", describe(a), describe(b)));
    const bool turnA = call.integer("transA", 0) != 0, turnB = call.integer("transB", 0) != 0;
    const int rows = a[turnA ? 1 : 0], inner = a[turnA ? 0 : 1], columns = b[turnB ? 0 : 1];
    call.need(b[turnB ? 1 : 0] == inner, text("shapes %1 and %2 do not fit", describe(a), describe(b)));
    return {static_cast<std::size_t>(rows), static_cast<std::size_t>(columns), static_cast<std::size_t>(inner), turnA, turnB};
}

Shapes gemmShape(const Call& call)
{
    const Matrices m = gemmSizes(call);
    return {call.checked({static_cast<std::int64_t>(m.rows), static_cast<std::int64_t>(m.columns)})};
}

/// alpha·op(A)·op(B) + beta·C, C stretched to the product.
Arrays gemm(const Call& call, const Shapes& shapes)
{
    const Matrices m = gemmSizes(call);
    const Array &a = call.input(0), &b = call.input(1);
    call.need(a.type() == b.type(), text("type %1 is not computed here", b.type()));
    Array y = zeros(a.type(), shapes[0]);
    withTypes<float, double, std::int32_t, std::int64_t>(call, a, [&](auto t) {
        using T = decltype(t);
        const std::vector<T> flippedA = m.turnA ? turned(valuesOf<T>(a), m.inner, m.rows) : std::vector<T>();
        const std::vector<T> flippedB = m.turnB ? std::vector<T>() : turned(valuesOf<T>(b), m.inner, m.columns);
        product(m.turnA ? flippedA.data() : valuesOf<T>(a), m.turnB ? valuesOf<T>(b) : flippedB.data(), m.rows, m.columns, m.inner,
            valuesOf<T>(y));
        const T alpha = static_cast<T>(call.number("alpha", 1)), beta = static_cast<T>(call.number("beta", 1));
        if (alpha != T(1))
            for (std::size_t i = 0; i < y.size(); ++i) valuesOf<T>(y)[i] *= alpha;
        if (!call.has(2) || beta == T(0)) return;
        const Array& c = call.input(2);
        call.need(c.type() == a.type(), text("type %1 is not computed here", c.type()));
        call.need(broadcastShape(Call(call.node(), {{true, y.shape, nullptr}, {true, c.shape, nullptr}}))[0] == y.shape,
            text("shapes %1 and %2 do not fit", describe(y.shape), describe(c.shape)));
        eachPair(valuesOf<T>(y), y.shape, valuesOf<T>(c), c.shape, valuesOf<T>(y), y.shape,
            [&](T product, T added) { return beta == T(1) ? static_cast<T>(product + added) : static_cast<T>(product + beta * added); });
    });
    return single(std::move(y));
}

/// NumPy's matmul: vectors are one row or column that goes away again, axes before the last two are stretched.
struct Stack {
    Shape a, b; ///< of at least two dimensions
    Shape outerA, outerB, outer;
    std::int64_t rows = 0, columns = 0, inner = 0;
};

Stack stackOf(const Call& call)
{
    Stack s{.a = call.shape(0), .b = call.shape(1), .outerA = {}, .outerB = {}, .outer = {}};
    const Text misfit = text("shapes %1 and %2 do not fit", describe(s.a), describe(s.b));
    call.need(!s.a.empty() && !s.b.empty(), misfit);
    if (s.a.size() == 1) s.a.insert(s.a.begin(), 1);
    if (s.b.size() == 1) s.b.push_back(1);
    s.rows = s.a[s.a.size() - 2];
    s.inner = s.a.back();
    s.columns = s.b.back();
    call.need(s.b[s.b.size() - 2] == s.inner, misfit);
    s.outerA.assign(s.a.begin(), s.a.end() - 2);
    s.outerB.assign(s.b.begin(), s.b.end() - 2);
    s.outer = broadcastShape(Call(call.node(), {{true, s.outerA, nullptr}, {true, s.outerB, nullptr}}))[0];
    return s;
}

Shapes matMulShape(const Call& call)
{
    const Stack s = stackOf(call);
    std::vector<std::int64_t> shape(s.outer.begin(), s.outer.end());
    if (call.rank(0) > 1) shape.push_back(s.rows);
    if (call.rank(1) > 1) shape.push_back(s.columns);
    return {call.checked(shape)};
}

Arrays matMul(const Call& call, const Shapes& shapes)
{
    const Stack s = stackOf(call);
    const Array &a = call.input(0), &b = call.input(1);
    call.need(a.type() == b.type(), text("type %1 is not computed here", b.type()));
    Array y = zeros(a.type(), shapes[0]);
    const auto rows = static_cast<std::size_t>(s.rows), columns = static_cast<std::size_t>(s.columns),
               inner = static_cast<std::size_t>(s.inner);
    // Which matrix of each stack belongs to which of the output.
    std::vector<std::size_t> whichA(elements(s.outerA)), whichB(elements(s.outerB));
    for (std::size_t i = 0; i < whichA.size(); ++i) whichA[i] = i;
    for (std::size_t i = 0; i < whichB.size(); ++i) whichB[i] = i;
    std::vector<std::size_t> fromA(elements(s.outer)), fromB(elements(s.outer));
    const auto first = [](std::size_t x, std::size_t) { return x; };
    eachPair(whichA.data(), s.outerA, whichA.data(), s.outerA, fromA.data(), s.outer, first);
    eachPair(whichB.data(), s.outerB, whichB.data(), s.outerB, fromB.data(), s.outer, first);
    withTypes<float, double, std::int32_t, std::int64_t>(call, a, [&](auto t) {
        using T = decltype(t);
        std::vector<T> flipped;
        for (std::size_t i = 0; i < fromA.size(); ++i) {
            if (i == 0 || fromB[i] != fromB[i - 1]) flipped = turned(valuesOf<T>(b) + fromB[i] * inner * columns, inner, columns);
            product(valuesOf<T>(a) + fromA[i] * rows * inner, flipped.data(), rows, columns, inner, valuesOf<T>(y) + i * rows * columns);
        }
    });
    return single(std::move(y));
}

} // namespace

Table matrixOperators() { return {{"Gemm", gemmShape, gemm}, {"MatMul", matMulShape, matMul}}; }

} // namespace bitstill::foreign
