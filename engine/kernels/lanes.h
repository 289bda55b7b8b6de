#pragma once

#include "engine/core/for_this_cpu.h"

#include <cstring>

namespace bitstill::kernels {

/// What fills a register of AVX-512, of AVX2 and of less. Sums of a wider one than the CPU has the compiler keeps in memory, at a thirtieth
/// of the speed: a loop that is for every CPU takes its vector as a parameter.
typedef float Sixteen __attribute__((vector_size(64)));
typedef float Eight __attribute__((vector_size(32)));
typedef float Four __attribute__((vector_size(16)));

/// From and to any address.
template <class Vector> BITSTILL_INLINE void load(const float* from, Vector& v) { std::memcpy(&v, from, sizeof v); }
template <class Vector> BITSTILL_INLINE void store(const Vector& v, float* to) { std::memcpy(to, &v, sizeof v); }

/// Sixteen floats: one register with AVX-512.
typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));

BITSTILL_INLINE const Lanes& at(const float* p) { return *reinterpret_cast<const Lanes*>(p); }
BITSTILL_INLINE Lanes& at(float* p) { return *reinterpret_cast<Lanes*>(p); }

} // namespace bitstill::kernels
