#include "engine/kernels/conv.h"

#include "engine/core/tensor.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/onednn.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <mutex>
#include <span>
#include <string_view>

namespace bitstill {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;

namespace {

constexpr auto kFloat = dnnl::memory::data_type::f32;

/// The C call: the C++ one makes a map and a vector of the arguments every time.
void execute(const dnnl::primitive& primitive, const dnnl::stream& stream, std::span<const dnnl_exec_arg_t> args)
{
    computeOnThisThreadAlone();
    [[maybe_unused]] const dnnl_status_t status =
        dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(args.size()), args.data());
    assert(status == dnnl_success);
}

/// Everything one kernel needs to run on one shard without allocating: the primitive, its arguments, its scratch.
struct Runner {
    dnnl::primitive primitive;
    Tensor scratch;
    dnnl::stream stream;
    std::vector<dnnl::memory> memories; ///< those of the arguments
    std::vector<dnnl_exec_arg_t> args;

    void add(int argument, const dnnl::memory& memory)
    {
        memories.push_back(memory);
        args.push_back({argument, memory.get()});
    }
    void set(int argument, const float* data)
    {
        const auto at = std::ranges::find(args, argument, &dnnl_exec_arg_t::arg) - args.begin();
        memories[static_cast<std::size_t>(at)].set_data_handle(const_cast<float*>(data));
    }
    void run() { execute(primitive, stream, args); }
};

/// `lanes`: how many times the scratch that the kernel asks for it may really touch.
template <class Descriptor> Runner makeRunner(const Descriptor& pd, const dnnl::primitive& primitive, std::size_t lanes)
{
    Runner r{
        primitive, Tensor({static_cast<int>(lanes * pd.scratchpad_desc().get_size() / sizeof(float)) + 16}), dnnl::stream(cpu()), {}, {}};
    r.add(DNNL_ARG_SCRATCHPAD, dnnl::memory(pd.scratchpad_desc(), cpu(), r.scratch.data()));
    return r;
}

dnnl::memory unbound(const dnnl::memory::desc& desc) { return dnnl::memory(desc, cpu(), nullptr); }

/// Weights in the order a kernel wants, and the way there.
struct Reordered {
    dnnl::memory plain, wanted;
    dnnl::reorder reorder;
    dnnl::stream stream;

    Reordered(const dnnl::memory::desc& from, const dnnl::memory::desc& to) :
        plain(unbound(from)), wanted(to, cpu()), reorder(plain, wanted), stream(cpu())
    {
    }
    void set(const float* weights)
    {
        plain.set_data_handle(const_cast<float*>(weights));
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, plain.get()}, {DNNL_ARG_TO, wanted.get()}};
        execute(reorder, stream, args);
    }
};

} // namespace

struct ConvKernel::Impl {
    ConvShape s;
    int rowsPerShard;
    Activation activation;
    bool training, inputGradient;

    /// Kernels for one number of rows: a full shard, or the rest at the end of a data set.
    struct Sized {
        dnnl::convolution_forward::primitive_desc forwardPd;
        dnnl::convolution_backward_data::primitive_desc dataPd;
        dnnl::convolution_backward_weights::primitive_desc weightsPd;
        std::map<int, Runner> forward, data, weights; ///< by shard
    };
    std::map<int, Sized> sized; ///< by rows
    std::mutex making;
    std::unique_ptr<Reordered> forwardWeights, dataWeights;
    dnnl::memory gradientTotal, plainGradient;
    dnnl::reorder gradientReorder;
    dnnl::stream gradientStream;
    dnnl::memory::desc gradientDesc;
    std::vector<Tensor> weightGradients, biasGradients; ///< by shard

    /// oneDNN 2.6's strided 1×1 kernels gather whole vectors of channels, and write past the scratch they ask for when
    /// the channels do not fill one (seen with valgrind; tst_kernels has the case).
    std::size_t scratchLanes() const { return s.kernel == 1 && s.stride > 1 && s.inChannels % 16 != 0 ? 16 : 1; }

    Dims strides() const { return {s.stride, s.stride}; }
    Dims pads() const { return {s.padding, s.padding}; }
    dnnl::memory::desc maps(int rows, bool output) const
    {
        return output ? dnnl::memory::desc({rows, s.outChannels, s.outHeight(), s.outWidth()}, kFloat, Tag::nhwc)
                      : dnnl::memory::desc({rows, s.inChannels, s.inHeight, s.inWidth}, kFloat, Tag::nhwc);
    }
    dnnl::memory::desc weightsDesc(bool any) const
    {
        if (s.groups == 1) return {{s.outChannels, s.inChannels, s.kernel, s.kernel}, kFloat, any ? Tag::any : Tag::oihw};
        return {{s.groups, s.outChannels / s.groups, s.inChannels / s.groups, s.kernel, s.kernel}, kFloat, any ? Tag::any : Tag::goihw};
    }
    dnnl::memory::desc biasDesc() const { return {{s.outChannels}, kFloat, Tag::x}; }

    dnnl::primitive_attr attributes(bool withActivation) const
    {
        dnnl::primitive_attr attr;
        attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (withActivation && activation != Activation{}) {
            dnnl::post_ops ops;
            if (std::isinf(activation.high))
                ops.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
            else
                ops.append_eltwise(1, dnnl::algorithm::eltwise_clip, activation.low, activation.high);
            attr.set_post_ops(ops);
        }
        return attr;
    }

    /// The order that the first (full-sized) kernels chose holds for the others too: they share the weights.
    Sized make(int rows) const
    {
        computeOnThisThreadAlone();
        constexpr auto direct = dnnl::algorithm::convolution_direct;
        const auto kind = training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
        const auto any = weightsDesc(true);
        const auto forForward = forwardWeights ? forwardWeights->wanted.get_desc() : any;
        Sized z;
        // next_impl() reads what the descriptor was made from, so that has to live on.
        const dnnl::convolution_forward::desc desc(
            kind, direct, maps(rows, false), forForward, biasDesc(), maps(rows, true), strides(), pads(), pads());
        const dnnl::primitive_attr withActivation = attributes(true);
        z.forwardPd = {desc, withActivation, cpu()};
        // oneDNN 2.6 puts its kernels of small matrix products first; with few channels to multiply the direct ones behind
        // them are faster, with one channel twice as fast (tests/bench/README.md).
        if (s.inChannels / s.groups <= 32)
            while (std::string_view(z.forwardPd.impl_info_str()).starts_with("br") && z.forwardPd.next_impl()) { }
        if (!training) return z;
        // The gradients' descriptors want a hint without post-ops.
        const dnnl::convolution_forward::primitive_desc hint(
            {kind, direct, maps(rows, false), any, biasDesc(), maps(rows, true), strides(), pads(), pads()}, attributes(false), cpu());
        const auto forData = dataWeights ? dataWeights->wanted.get_desc() : any;
        const auto forWeights = weightGradients.empty() ? any : gradientDesc;
        if (inputGradient)
            z.dataPd = {{direct, maps(rows, false), forData, maps(rows, true), strides(), pads(), pads()}, attributes(false), cpu(), hint};
        const auto gradient = s.trainsBias
            ? dnnl::convolution_backward_weights::desc(
                direct, maps(rows, false), forWeights, biasDesc(), maps(rows, true), strides(), pads(), pads())
            : dnnl::convolution_backward_weights::desc(direct, maps(rows, false), forWeights, maps(rows, true), strides(), pads(), pads());
        z.weightsPd = {gradient, attributes(false), cpu(), hint};
        return z;
    }

    Runner makeForward(Sized& z, int rows)
    {
        Runner r = makeRunner(z.forwardPd, dnnl::convolution_forward(z.forwardPd), scratchLanes());
        r.add(DNNL_ARG_SRC, unbound(maps(rows, false)));
        r.add(DNNL_ARG_DST, unbound(maps(rows, true)));
        r.add(DNNL_ARG_BIAS, unbound(biasDesc()));
        r.add(DNNL_ARG_WEIGHTS, forwardWeights->wanted);
        return r;
    }

    /// The runner of `shard` for `rows`, made on first use.
    Runner& runner(std::map<int, Runner> Sized::*which, int shard, int rows, int argument)
    {
        std::lock_guard lock(making);
        auto found = sized.find(rows);
        if (found == sized.end()) found = sized.emplace(rows, make(rows)).first;
        Sized& z = found->second;
        auto& runners = z.*which;
        const auto existing = runners.find(shard);
        if (existing != runners.end()) return existing->second;
        computeOnThisThreadAlone();
        Runner r;
        if (argument == DNNL_ARG_DST) r = makeForward(z, rows);
        if (argument == DNNL_ARG_DIFF_SRC) {
            r = makeRunner(z.dataPd, dnnl::convolution_backward_data(z.dataPd), scratchLanes());
            r.add(DNNL_ARG_DIFF_DST, unbound(maps(rows, true)));
            r.add(DNNL_ARG_DIFF_SRC, unbound(maps(rows, false)));
            r.add(DNNL_ARG_WEIGHTS, dataWeights->wanted);
        }
        if (argument == DNNL_ARG_DIFF_WEIGHTS) {
            r = makeRunner(z.weightsPd, dnnl::convolution_backward_weights(z.weightsPd), scratchLanes());
            const auto index = static_cast<std::size_t>(shard);
            r.add(DNNL_ARG_SRC, unbound(maps(rows, false)));
            r.add(DNNL_ARG_DIFF_DST, unbound(maps(rows, true)));
            r.add(DNNL_ARG_DIFF_WEIGHTS, dnnl::memory(gradientDesc, cpu(), weightGradients[index].data()));
            if (s.trainsBias) r.add(DNNL_ARG_DIFF_BIAS, dnnl::memory(biasDesc(), cpu(), biasGradients[index].data()));
        }
        return runners.emplace(shard, std::move(r)).first->second;
    }
};

ConvKernel::ConvKernel(const ConvShape& shape, int rowsPerShard, int shards, Activation activation, bool training, bool inputGradient) :
    m(std::make_unique<Impl>())
{
    assert(activation.low == 0 || activation == Activation{});
    m->s = shape;
    m->rowsPerShard = rowsPerShard;
    m->activation = activation;
    m->training = training;
    m->inputGradient = inputGradient;
    Impl::Sized& z = m->sized.emplace(rowsPerShard, m->make(rowsPerShard)).first->second;
    m->forwardWeights = std::make_unique<Reordered>(m->weightsDesc(false), z.forwardPd.weights_desc());
    if (!training) return;
    if (inputGradient) m->dataWeights = std::make_unique<Reordered>(m->weightsDesc(false), z.dataPd.weights_desc());
    m->gradientDesc = z.weightsPd.diff_weights_desc();
    for (int i = 0; i < shards; ++i) {
        m->weightGradients.emplace_back(Shape{static_cast<int>(m->gradientDesc.get_size() / sizeof(float))});
        m->biasGradients.emplace_back(Shape{shape.outChannels});
    }
    m->gradientTotal = dnnl::memory(m->gradientDesc, cpu(), m->weightGradients[0].data());
    m->plainGradient = unbound(m->weightsDesc(false));
    m->gradientReorder = dnnl::reorder(m->gradientTotal, m->plainGradient);
    m->gradientStream = dnnl::stream(cpu());
}

ConvKernel::~ConvKernel() = default;

void ConvKernel::setWeights(const float* weights)
{
    m->forwardWeights->set(weights);
    if (m->dataWeights) m->dataWeights->set(weights);
}

void ConvKernel::forward(int shard, int rows, const float* x, const float* bias, float* y)
{
    Runner& r = m->runner(&Impl::Sized::forward, shard, rows, DNNL_ARG_DST);
    r.set(DNNL_ARG_SRC, x);
    r.set(DNNL_ARG_BIAS, bias);
    r.set(DNNL_ARG_DST, y);
    r.run();
}

void ConvKernel::backwardData(int shard, int rows, const float* dy, float* dx)
{
    Runner& r = m->runner(&Impl::Sized::data, shard, rows, DNNL_ARG_DIFF_SRC);
    r.set(DNNL_ARG_DIFF_DST, dy);
    r.set(DNNL_ARG_DIFF_SRC, dx);
    r.run();
}

void ConvKernel::backwardWeights(int shard, int rows, const float* x, const float* dy)
{
    Runner& r = m->runner(&Impl::Sized::weights, shard, rows, DNNL_ARG_DIFF_WEIGHTS);
    r.set(DNNL_ARG_SRC, x);
    r.set(DNNL_ARG_DIFF_DST, dy);
    r.run();
}

void ConvKernel::sumGradients(int shards, float* weights, float* bias)
{
    assert(!bias || m->s.trainsBias);
    Tensor& total = m->weightGradients[0];
    for (int i = 1; i < shards; ++i)
        kernels::accumulate(m->weightGradients[static_cast<std::size_t>(i)].data(), total.data(), total.size());
    m->plainGradient.set_data_handle(weights);
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, m->gradientTotal.get()}, {DNNL_ARG_TO, m->plainGradient.get()}};
    execute(m->gradientReorder, m->gradientStream, args);
    if (!bias) return;
    std::copy(m->biasGradients[0].begin(), m->biasGradients[0].end(), bias);
    for (int i = 1; i < shards; ++i) {
        const Tensor& part = m->biasGradients[static_cast<std::size_t>(i)];
        kernels::accumulate(part.data(), bias, part.size());
    }
}

} // namespace bitstill
