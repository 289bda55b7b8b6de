#pragma once

namespace bitstill {

/// The instruction sets that hot loops are compiled for, the poorest first. Sse41 is oneDNN's least; our own loops then do with plain
/// x86-64 (and on other CPUs with what these have). Avx2 and Avx512 come with all of x86-64-v3 and x86-64-v4.
enum class CpuIsa { Sse41, Avx2, Avx512 };

/// As the environment's BITSTILL_MAX_CPU_ISA names it: "sse41", "avx2" or "avx512".
const char* nameOf(CpuIsa isa);

/// What BITSTILL_MAX_CPU_ISA says; Avx512, which is no limit, where it is unset. Throws Error when it holds none of the names.
CpuIsa cpuIsaLimit();

/// The richest that this CPU has within that limit: the same until the program ends. Throws Error as cpuIsaLimit() does.
CpuIsa cpuIsa();

/// AVX-512 VBMI, which looks up bytes in tables of 128, is there and cpuIsa() allows it.
bool canLookUpBytes();

} // namespace bitstill
