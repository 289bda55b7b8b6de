#include "engine/models/operators/operators.h"
#include "engine/models/operators/typed.h"
#include "engine/quant/scheme.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitstill::foreign {

namespace {

/// Which scale a value has: one for all, one for each index of an axis, or one for each block of it.
class Scales {
public:
    explicit Scales(const Call& call)
    {
        const Shape &x = call.shape(0), &scale = call.shape(1);
        withTypes<float>(call, call.input(1), [](auto) {});
        if (elements(scale) == 1 && scale.size() <= 1) return;
        const auto axis = static_cast<std::size_t>(call.axis(call.integer("axis", 1), call.rank(0)));
        const std::int64_t block = call.integer("block_size", 0);
        const Text misfit = text("shapes %1 and %2 do not fit", describe(x), describe(scale));
        m_length = static_cast<std::size_t>(x[axis]);
        for (std::size_t d = axis + 1; d < x.size(); ++d) m_inner *= static_cast<std::size_t>(x[d]);
        if (block == 0) {
            call.need(scale.size() == 1 && scale[0] == x[axis], misfit);
            m_kind = Kind::Axis;
            return;
        }
        Shape wanted = x;
        call.need(block > 0 && block <= std::max(x[axis], 1), misfit);
        wanted[axis] = static_cast<int>((x[axis] + block - 1) / block);
        call.need(scale == wanted, misfit);
        m_kind = Kind::Blocks;
        m_block = static_cast<std::size_t>(block);
        m_blocks = static_cast<std::size_t>(wanted[axis]);
    }

    std::size_t of(std::size_t i) const
    {
        if (m_kind == Kind::One) return 0;
        const std::size_t inner = i % m_inner, along = i / m_inner % m_length, outer = i / m_inner / m_length;
        return m_kind == Kind::Axis ? along : (outer * m_blocks + along / m_block) * m_inner + inner;
    }

private:
    enum class Kind { One, Axis, Blocks };
    Kind m_kind = Kind::One;
    std::size_t m_inner = 1, m_length = 1, m_block = 1, m_blocks = 1;
};

/// Zeros where there is none.
Array zeroPoints(const Call& call, const std::string& type)
{
    if (!call.has(2)) return zeros(type, call.shape(1));
    call.need(call.input(2).size() == elements(call.shape(1)),
        text("shapes %1 and %2 do not fit", describe(call.shape(1)), describe(call.shape(2))));
    return call.input(2);
}

/// saturate(round(x / scale) + zero_point), ties to even. 4 bits (output_dtype 21 and 22) lie in bytes.
Arrays quantize(const Call& call, const Shapes& shapes)
{
    withTypes<float>(call, call.input(0), [](auto) {});
    const Scales scales(call);
    const std::int64_t wanted = call.integer("output_dtype", 0);
    call.need(wanted == 0 || wanted == 2 || wanted == 3 || wanted == 21 || wanted == 22,
        text("its attribute %1 is %2", "output_dtype", std::to_string(wanted)));
    const Array zero = zeroPoints(call, wanted == 3 || wanted == 22 ? "I8" : "U8");
    Array y = zeros(zero.type(), shapes[0]);
    const float *x = valuesOf<float>(call.input(0)), *scale = valuesOf<float>(call.input(1));
    withTypes<std::int8_t, std::uint8_t>(call, zero, [&](auto t) {
        using T = decltype(t);
        const float low = wanted == 22 ? -8.0f : static_cast<float>(std::numeric_limits<T>::min());
        const float high = wanted == 21 ? 15.0f : wanted == 22 ? 7.0f : static_cast<float>(std::numeric_limits<T>::max());
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t s = scales.of(i);
            const float code = std::nearbyint(x[i] / scale[s]) + static_cast<float>(valuesOf<T>(zero)[s]);
            valuesOf<T>(y)[i] = code != code ? valuesOf<T>(zero)[s] : static_cast<T>(std::clamp(code, low, high));
        }
    });
    return single(std::move(y));
}

/// (code − zero_point)·scale
Arrays dequantize(const Call& call, const Shapes& shapes)
{
    const Array& codes = call.input(0);
    const Scales scales(call);
    const Array zero = zeroPoints(call, codes.type());
    call.need(zero.type() == codes.type(), text("type %1 is not computed here", zero.type()));
    Array y = zerosOf<float>(shapes[0]);
    const float* scale = valuesOf<float>(call.input(1));
    withTypes<std::int8_t, std::uint8_t, std::int32_t>(call, codes, [&](auto t) {
        using T = decltype(t);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t s = scales.of(i);
            const std::int64_t steps = std::int64_t{valuesOf<T>(codes)[i]} - std::int64_t{valuesOf<T>(zero)[s]};
            valuesOf<float>(y)[i] = static_cast<float>(steps) * scale[s];
        }
    });
    return single(std::move(y));
}

/// clamp(round(x / scale) + zero_point, low, high), and what that code stands for.
Arrays fakeQuantized(const Call& call, const Shapes& shapes)
{
    withTypes<float>(call, call.input(0), [](auto) {});
    QuantParameters p{{call.number("scale", 1)}, {static_cast<std::int32_t>(call.integer("zero_point", 0))},
        {static_cast<int>(call.integer("low", 0)), static_cast<int>(call.integer("high", 255))}, {1, 1, call.input(0).size()},
        profileOf(call.word("profile", "onnx"))};
    Array y = zerosOf<float>(shapes[0]);
    fakeQuantize(valuesOf<float>(call.input(0)), p, valuesOf<float>(y));
    return single(std::move(y));
}

} // namespace

const Operator& fakeQuantizeOperator()
{
    static const Operator o{"FakeQuantize", sameShape, fakeQuantized};
    return o;
}

Table quantizationOperators() { return {{"DequantizeLinear", sameShape, dequantize}, {"QuantizeLinear", sameShape, quantize}}; }

} // namespace bitstill::foreign
