#pragma once

#include "engine/core/for_this_cpu.h"

namespace bitstill::kernels {

/// Sixteen floats: one register with AVX-512.
typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));

BITSTILL_INLINE const Lanes& at(const float* p) { return *reinterpret_cast<const Lanes*>(p); }
BITSTILL_INLINE Lanes& at(float* p) { return *reinterpret_cast<Lanes*>(p); }

} // namespace bitstill::kernels
