#pragma once

#include "engine/models/operators/operators.h"

namespace bitstill::foreign {

/// y[i0, i1, ...] = x[maps[0][i0], maps[1][i1], ...] of any type of whole bytes; where one says −1, `fill` (one value of x's type, zero
/// when null).
Array picked(const Call& call, const Array& x, const std::vector<std::vector<int>>& maps, const Array* fill = nullptr);

/// y's axis d is x's axis order[d].
Array permuted(const Call& call, const Array& x, const std::vector<int>& order);

} // namespace bitstill::foreign
