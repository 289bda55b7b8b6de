#include "engine/core/cpu_isa.h"

#include "engine/core/error.h"

#include <algorithm>
#include <cstdlib>

namespace bitstill {

namespace {

CpuIsa bestOfThisCpu()
{
#if defined(__x86_64__)
    const bool v3 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (v3) return v4 ? CpuIsa::Avx512 : CpuIsa::Avx2;
#endif
    return CpuIsa::Sse41;
}

} // namespace

const char* nameOf(CpuIsa isa)
{
    static constexpr const char* kNames[] = {"sse41", "avx2", "avx512"};
    return kNames[static_cast<int>(isa)];
}

CpuIsa cpuIsaLimit()
{
    const char* value = std::getenv("BITSTILL_MAX_CPU_ISA");
    if (!value || !*value) return CpuIsa::Avx512;
    for (const CpuIsa isa : {CpuIsa::Sse41, CpuIsa::Avx2, CpuIsa::Avx512})
        if (std::string(value) == nameOf(isa)) return isa;
    throw Error("BITSTILL_MAX_CPU_ISA", text("\"%1\" is no instruction set", value), text("set it to sse41, avx2 or avx512, or unset it"));
}

CpuIsa cpuIsa()
{
    static const CpuIsa isa = std::min(bestOfThisCpu(), cpuIsaLimit());
    return isa;
}

bool canLookUpBytes()
{
#if defined(__x86_64__)
    return cpuIsa() == CpuIsa::Avx512 && __builtin_cpu_supports("avx512vbmi");
#else
    return false;
#endif
}

} // namespace bitstill
