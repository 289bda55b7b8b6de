#include "engine/kernels/conv.h"

namespace bitstill {

namespace {

/// Without AVX-512's 32 registers of 16 floats its loops lose to oneDNN's.
bool winogradIsFast()
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

} // namespace

std::unique_ptr<ConvKernel> makeConvKernel(const ConvPlan& plan)
{
    return plan.training && winogradIsFast() && winogradServes(plan.shape) ? makeWinogradConv(plan) : makeOneDnnConv(plan);
}

} // namespace bitstill
