#pragma once

#include "engine/models/operators/operators.h"
#include "engine/models/operators/typed.h"

namespace bitstill::foreign {

/// Strides of an array of `shape` stretched to `wide`: 0 along the axes on which it has one value.
std::vector<std::size_t> stretched(const Shape& shape, const Shape& wide);

/// y[i] = f(a[i], b[i]) over `wide`, to which both are stretched.
template <class A, class B, class Y, class F>
void eachPair(const A* a, const Shape& shapeA, const B* b, const Shape& shapeB, Y* y, const Shape& wide, const F& f)
{
    if (shapeA == wide && shapeB == wide) {
        for (std::size_t i = 0, n = elements(wide); i < n; ++i) y[i] = f(a[i], b[i]);
        return;
    }
    const std::vector<std::size_t> sa = stretched(shapeA, wide), sb = stretched(shapeB, wide);
    const std::size_t rank = wide.size(), inner = rank == 0 ? 1 : static_cast<std::size_t>(wide[rank - 1]);
    const std::size_t stepA = rank == 0 ? 0 : sa[rank - 1], stepB = rank == 0 ? 0 : sb[rank - 1], n = elements(wide);
    std::vector<int> at(rank, 0);
    for (std::size_t done = 0; done < n; done += inner) {
        std::size_t fromA = 0, fromB = 0;
        for (std::size_t d = 0; d + 1 < rank; ++d) {
            fromA += static_cast<std::size_t>(at[d]) * sa[d];
            fromB += static_cast<std::size_t>(at[d]) * sb[d];
        }
        for (std::size_t i = 0; i < inner; ++i) y[done + i] = f(a[fromA + i * stepA], b[fromB + i * stepB]);
        for (std::size_t d = rank; d-- > 0;) {
            if (d + 1 == rank) continue;
            if (++at[d] < wide[d]) break;
            at[d] = 0;
        }
    }
}

} // namespace bitstill::foreign
