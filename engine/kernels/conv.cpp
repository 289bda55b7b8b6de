#include "engine/kernels/conv.h"

#include "engine/core/cpu_isa.h"
#include "engine/kernels/elementwise.h"

#include <cstdint>

namespace bitstill {

namespace {

/// Without AVX-512's 32 registers of 16 floats our own loops lose to oneDNN's, Winograd's apart.
bool ownLoopsAreFast() { return cpuIsa() == CpuIsa::Avx512; }

/// Its weights take four times the room, and from 512 × 512 channels on they come from memory: little is gained there. With AVX2 it takes
/// 1.05 of oneDNN's time from 16 channels to 32, whose transforms are many for what is saved of products.
bool winogradIsFast(const ConvShape& s)
{
    if (cpuIsa() == CpuIsa::Avx2 && s.inChannels < 32 && s.outChannels > s.inChannels) return false;
    return static_cast<std::int64_t>(s.inChannels) * s.outChannels <= 512 * 512;
}

} // namespace

const Tensor& ConvKernel::summed(std::vector<Tensor>& parts, int shards)
{
    Tensor& total = parts.front();
    for (int i = 1; i < shards; ++i) kernels::accumulate(parts[static_cast<std::size_t>(i)].data(), total.data(), total.size());
    return total;
}

float* ConvKernel::room(std::size_t floats)
{
    static thread_local Tensor scratch;
    if (scratch.size() < floats) scratch = Tensor({static_cast<int>(floats)});
    return scratch.data();
}

std::unique_ptr<ConvKernel> makeConvKernel(const ConvPlan& plan)
{
    if (!plan.training) return makeOneDnnConv(plan);
    if (ownLoopsAreFast() && depthwiseServes(plan.shape)) return makeDepthwiseConv(plan);
    if (ownLoopsAreFast() && narrowConvServes(plan)) return makeNarrowConv(plan);
    return winogradServes(plan.shape) && winogradIsFast(plan.shape) ? makeWinogradConv(plan) : makeOneDnnConv(plan);
}

} // namespace bitstill
