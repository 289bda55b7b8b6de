#include "engine/kernels/conv.h"

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
    check(dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(args.size()), args.data()),
        [] { return text("a convolution"); });
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

class OneDnnConv : public ConvKernel {
public:
    explicit OneDnnConv(const ConvPlan& plan);
    void setWeights(const float* weights) override;
    void forward(int shard, int rows, const float* x, const float* bias, float* y) override;
    void backwardData(int shard, int rows, const float* dy, float* dx) override;
    void backwardWeights(int shard, int rows, const float* x, const float* dy) override;
    void sumGradients(int shards, float* weights, float* bias) override;

private:
    ConvPlan m_plan;
    ConvShape m_shape;

    /// Kernels for one number of rows: a full shard, or the rest at the end of a data set.
    struct Sized {
        dnnl::convolution_forward::primitive_desc forwardPd;
        dnnl::convolution_backward_data::primitive_desc dataPd;
        dnnl::convolution_backward_weights::primitive_desc weightsPd;
        std::map<int, Runner> forward, data, weights; ///< by shard
    };
    std::map<int, Sized> m_sized; ///< by rows
    std::mutex m_making;
    std::unique_ptr<Reordered> m_forwardWeights, m_dataWeights;
    dnnl::memory m_gradientTotal, m_plainGradient;
    dnnl::reorder m_gradientReorder;
    dnnl::stream m_gradientStream;
    dnnl::memory::desc m_gradientDesc;
    std::vector<Tensor> m_weightGradients, m_biasGradients; ///< by shard

    /// oneDNN 2.6's strided 1×1 kernels gather whole vectors of channels, and write past the scratch they ask for when
    /// the channels do not fill one (seen with valgrind; tst_kernels has the case).
    std::size_t scratchLanes() const { return m_shape.kernel == 1 && m_shape.stride > 1 && m_shape.inChannels % 16 != 0 ? 16 : 1; }

    Dims strides() const { return {m_shape.stride, m_shape.stride}; }
    Dims pads() const { return {m_shape.padding, m_shape.padding}; }
    dnnl::memory::desc maps(int rows, bool output) const
    {
        return output ? dnnl::memory::desc({rows, m_shape.outChannels, m_shape.outHeight(), m_shape.outWidth()}, kFloat, Tag::nhwc)
                      : dnnl::memory::desc({rows, m_shape.inChannels, m_shape.inHeight, m_shape.inWidth}, kFloat, Tag::nhwc);
    }
    dnnl::memory::desc weightsDesc(bool any) const
    {
        if (m_shape.groups == 1)
            return {{m_shape.outChannels, m_shape.inChannels, m_shape.kernel, m_shape.kernel}, kFloat, any ? Tag::any : Tag::oihw};
        return {{m_shape.groups, m_shape.outChannels / m_shape.groups, m_shape.inChannels / m_shape.groups, m_shape.kernel, m_shape.kernel},
            kFloat, any ? Tag::any : Tag::goihw};
    }
    dnnl::memory::desc biasDesc() const { return {{m_shape.outChannels}, kFloat, Tag::x}; }

    dnnl::primitive_attr attributes(bool withActivation) const
    {
        dnnl::primitive_attr attr;
        attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (withActivation && m_plan.activation != Activation{}) {
            dnnl::post_ops ops;
            if (std::isinf(m_plan.activation.high))
                ops.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
            else
                ops.append_eltwise(1, dnnl::algorithm::eltwise_clip, m_plan.activation.low, m_plan.activation.high);
            attr.set_post_ops(ops);
        }
        return attr;
    }

    /// The order that the first (full-m_sized) kernels chose holds for the others too: they share the weights.
    Sized makeSized(int rows) const
    {
        constexpr auto direct = dnnl::algorithm::convolution_direct;
        const auto kind = m_plan.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
        const auto any = weightsDesc(true);
        const auto forForward = m_forwardWeights ? m_forwardWeights->wanted.get_desc() : any;
        Sized z;
        // next_impl() reads what the descriptor was made from, so that has to live on.
        const dnnl::convolution_forward::desc desc(
            kind, direct, maps(rows, false), forForward, biasDesc(), maps(rows, true), strides(), pads(), pads());
        const dnnl::primitive_attr withActivation = attributes(true);
        z.forwardPd = {desc, withActivation, cpu()};
        // oneDNN 2.6 puts its kernels of small matrix products first; with few channels to multiply the direct ones behind
        // them are faster, with one channel twice as fast, and 1×1 ones always (tests/bench/README.md).
        if (m_shape.kernel == 1 || m_shape.inChannels / m_shape.groups <= 32)
            while (std::string_view(z.forwardPd.impl_info_str()).starts_with("br") && z.forwardPd.next_impl()) { }
        if (!m_plan.training) return z;
        // The gradients' descriptors want a hint without post-ops.
        const dnnl::convolution_forward::primitive_desc hint(
            {kind, direct, maps(rows, false), any, biasDesc(), maps(rows, true), strides(), pads(), pads()}, attributes(false), cpu());
        const auto forData = m_dataWeights ? m_dataWeights->wanted.get_desc() : any;
        const auto forWeights = m_weightGradients.empty() ? any : m_gradientDesc;
        if (m_plan.inputGradient)
            z.dataPd = {{direct, maps(rows, false), forData, maps(rows, true), strides(), pads(), pads()}, attributes(false), cpu(), hint};
        const auto gradient = m_shape.trainsBias
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
        r.add(DNNL_ARG_WEIGHTS, m_forwardWeights->wanted);
        return r;
    }

    Runner makeBackwardData(Sized& z, int rows)
    {
        Runner r = makeRunner(z.dataPd, dnnl::convolution_backward_data(z.dataPd), scratchLanes());
        r.add(DNNL_ARG_DIFF_DST, unbound(maps(rows, true)));
        r.add(DNNL_ARG_DIFF_SRC, unbound(maps(rows, false)));
        r.add(DNNL_ARG_WEIGHTS, m_dataWeights->wanted);
        return r;
    }

    Runner makeBackwardWeights(Sized& z, int rows, std::size_t shard)
    {
        Runner r = makeRunner(z.weightsPd, dnnl::convolution_backward_weights(z.weightsPd), scratchLanes());
        r.add(DNNL_ARG_SRC, unbound(maps(rows, false)));
        r.add(DNNL_ARG_DIFF_DST, unbound(maps(rows, true)));
        r.add(DNNL_ARG_DIFF_WEIGHTS, dnnl::memory(m_gradientDesc, cpu(), m_weightGradients[shard].data()));
        if (m_shape.trainsBias) r.add(DNNL_ARG_DIFF_BIAS, dnnl::memory(biasDesc(), cpu(), m_biasGradients[shard].data()));
        return r;
    }

    /// The runner of `shard` for `rows`, made on first use.
    Runner& runner(std::map<int, Runner> Sized::*which, int shard, int rows, int argument)
    {
        std::lock_guard lock(m_making);
        auto found = m_sized.find(rows);
        if (found == m_sized.end()) found = m_sized.emplace(rows, made(text("a convolution"), [&] { return makeSized(rows); })).first;
        Sized& z = found->second;
        auto& runners = z.*which;
        const auto existing = runners.find(shard);
        if (existing != runners.end()) return existing->second;
        const auto make = [&] {
            return argument == DNNL_ARG_DST     ? makeForward(z, rows)
                : argument == DNNL_ARG_DIFF_SRC ? makeBackwardData(z, rows)
                                                : makeBackwardWeights(z, rows, static_cast<std::size_t>(shard));
        };
        return runners.emplace(shard, made(text("a convolution"), make)).first->second;
    }
};

OneDnnConv::OneDnnConv(const ConvPlan& plan) : m_plan(plan), m_shape(plan.shape)
{
    assert(plan.activation.low == 0 || plan.activation == Activation{});
    Sized& z = m_sized.emplace(plan.rowsPerShard, makeSized(plan.rowsPerShard)).first->second;
    m_forwardWeights = std::make_unique<Reordered>(weightsDesc(false), z.forwardPd.weights_desc());
    if (!plan.training) return;
    if (plan.inputGradient) m_dataWeights = std::make_unique<Reordered>(weightsDesc(false), z.dataPd.weights_desc());
    m_gradientDesc = z.weightsPd.diff_weights_desc();
    for (int i = 0; i < plan.shards; ++i) {
        m_weightGradients.emplace_back(Shape{static_cast<int>(m_gradientDesc.get_size() / sizeof(float))});
        m_biasGradients.emplace_back(Shape{plan.shape.outChannels});
    }
    m_gradientTotal = dnnl::memory(m_gradientDesc, cpu(), m_weightGradients[0].data());
    m_plainGradient = unbound(weightsDesc(false));
    m_gradientReorder = dnnl::reorder(m_gradientTotal, m_plainGradient);
    m_gradientStream = dnnl::stream(cpu());
}

void OneDnnConv::setWeights(const float* weights)
{
    m_forwardWeights->set(weights);
    if (m_dataWeights) m_dataWeights->set(weights);
}

void OneDnnConv::forward(int shard, int rows, const float* x, const float* bias, float* y)
{
    Runner& r = runner(&Sized::forward, shard, rows, DNNL_ARG_DST);
    r.set(DNNL_ARG_SRC, x);
    r.set(DNNL_ARG_BIAS, bias);
    r.set(DNNL_ARG_DST, y);
    r.run();
}

void OneDnnConv::backwardData(int shard, int rows, const float* dy, float* dx)
{
    Runner& r = runner(&Sized::data, shard, rows, DNNL_ARG_DIFF_SRC);
    r.set(DNNL_ARG_DIFF_DST, dy);
    r.set(DNNL_ARG_DIFF_SRC, dx);
    r.run();
}

void OneDnnConv::backwardWeights(int shard, int rows, const float* x, const float* dy)
{
    Runner& r = runner(&Sized::weights, shard, rows, DNNL_ARG_DIFF_WEIGHTS);
    r.set(DNNL_ARG_SRC, x);
    r.set(DNNL_ARG_DIFF_DST, dy);
    r.run();
}

void OneDnnConv::sumGradients(int shards, float* weights, float* bias)
{
    assert(!bias || m_shape.trainsBias);
    summed(m_weightGradients, shards); // into the first, which is m_gradientTotal
    m_plainGradient.set_data_handle(weights);
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, m_gradientTotal.get()}, {DNNL_ARG_TO, m_plainGradient.get()}};
    execute(m_gradientReorder, m_gradientStream, args);
    if (bias) std::ranges::copy(summed(m_biasGradients, shards), bias);
}

} // namespace

std::unique_ptr<ConvKernel> makeOneDnnConv(const ConvPlan& plan)
{
    return made(text("a convolution"), [&] { return std::make_unique<OneDnnConv>(plan); });
}

} // namespace bitstill
