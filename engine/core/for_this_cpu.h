#pragma once

#include "engine/core/cpu_isa.h"

/// Becomes part of whoever calls it, and is compiled for the same instruction set. What a hot loop calls for each number or vector is best
/// marked like this; of the standard library's small functions the compiler knows it.
#define BITSTILL_INLINE __attribute__((always_inline)) inline

#if defined(__x86_64__)
#define BITSTILL_COMPILED_FOR(isa) __attribute__((target(isa), flatten))
#else
#define BITSTILL_COMPILED_FOR(isa)
#endif

namespace bitstill {

template <auto avx512, auto avx2, auto less> struct CompiledThrice;

template <class Result, class... Arguments, Result (*avx512)(Arguments...), Result (*avx2)(Arguments...), Result (*less)(Arguments...)>
struct CompiledThrice<avx512, avx2, less> {
    BITSTILL_COMPILED_FOR("arch=x86-64-v4") static Result forAvx512(Arguments... a) { return avx512(a...); }
    BITSTILL_COMPILED_FOR("arch=x86-64-v3") static Result forAvx2(Arguments... a) { return avx2(a...); }
    static Result forLess(Arguments... a) { return less(a...); }

    static Result run(Arguments... a)
    {
        static const auto chosen = [] {
            const CpuIsa isa = cpuIsa();
            if (isa == CpuIsa::Avx512) return forAvx512;
            return isa == CpuIsa::Avx2 ? forAvx2 : forLess;
        }();
        return chosen(a...);
    }
};

/// A function with a hot loop, as compiled for cpuIsa():
///
///     BITSTILL_INLINE void scale(float* x, std::size_t n, float factor) { ... }
///     forThisCpu<scale>(x, n, 2.0f);
///
/// Where the number and width of registers ask for other code, there is a function for each: forThisCpu<wide, narrow, narrowest>(...).
template <auto avx512, auto avx2 = avx512, auto less = avx2> inline constexpr auto forThisCpu = CompiledThrice<avx512, avx2, less>::run;

} // namespace bitstill
