#include "engine/kernels/int8.h"

#include "engine/core/error.h"
#include "engine/kernels/dots.h"
#include "engine/kernels/onednn.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <mutex>

namespace bitstill {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

class Int8Weights::Product {
public:
    virtual ~Product() = default;
    virtual void run(int shard, const std::uint8_t* x, int rows, std::int32_t* acc) = 0;
};

/// One packed matrix, and for each shard and number of rows what it takes to multiply with it without allocating.
class Int8Weights::OneDnnProduct : public Product {
public:
    OneDnnProduct(int n, int k, const std::vector<std::int8_t>& codes) : m_n(n), m_k(k)
    {
        constexpr int kTypicalRows = 64; // every number of rows takes the same order
        const dnnl::memory plain({{k, n}, Type::s8, Tag::ba}, cpu(), const_cast<std::int8_t*>(codes.data()));
        m_weights = dnnl::memory(describe(kTypicalRows, {{k, n}, Type::s8, Tag::any}).weights_desc(), cpu());
        dnnl::stream stream(cpu());
        dnnl::reorder(plain, m_weights).execute(stream, const_cast<dnnl::memory&>(plain), m_weights);
        stream.wait();
    }

    void run(int shard, const std::uint8_t* x, int rows, std::int32_t* acc) override
    {
        computeOnThisThreadAlone();
        Runner& r = runner(shard, rows);
        r.x.set_data_handle(const_cast<std::uint8_t*>(x));
        r.acc.set_data_handle(acc);
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, r.x.get()}, {DNNL_ARG_WEIGHTS, m_weights.get()}, {DNNL_ARG_DST, r.acc.get()},
            {DNNL_ARG_SCRATCHPAD, r.scratch.get()}};
        check(dnnl_primitive_execute(r.product.get(), r.stream.get(), 4, args), [] { return text("a matrix product of integers"); });
    }

private:
    struct Runner {
        dnnl::matmul product;
        dnnl::memory x, acc, scratch;
        dnnl::stream stream;
    };

    dnnl::matmul::primitive_desc describe(int rows, const dnnl::memory::desc& weights) const
    {
        dnnl::primitive_attr attributes;
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        return {{{{rows, m_k}, Type::u8, Tag::ab}, weights, {{rows, m_n}, Type::s32, Tag::ab}}, attributes, cpu()};
    }

    Runner& runner(int shard, int rows)
    {
        std::lock_guard lock(m_making);
        const auto found = m_runners.find({shard, rows});
        if (found != m_runners.end()) return found->second;
        Runner fresh = made(text("a matrix product of integers"), [&] {
            const dnnl::matmul::primitive_desc pd = describe(rows, m_weights.get_desc());
            return Runner{dnnl::matmul(pd), dnnl::memory(pd.src_desc(), cpu(), nullptr), dnnl::memory(pd.dst_desc(), cpu(), nullptr),
                dnnl::memory(pd.scratchpad_desc(), cpu()), dnnl::stream(cpu())};
        });
        return m_runners.emplace(std::pair{shard, rows}, std::move(fresh)).first->second;
    }

    int m_n, m_k;
    dnnl::memory m_weights;
    std::mutex m_making;
    std::map<std::pair<int, int>, Runner> m_runners; ///< by shard and rows
};

class Int8Weights::OwnProduct : public Product {
public:
    OwnProduct(int n, int k, const std::vector<std::int8_t>& codes) :
        m_n(static_cast<std::size_t>(n)), m_k(static_cast<std::size_t>(k)),
        m_row((m_k + kernels::kInt16Lanes - 1) / kernels::kInt16Lanes * kernels::kInt16Lanes), m_weights(m_n * m_row)
    {
        for (std::size_t j = 0; j < m_n; ++j) std::copy_n(codes.data() + j * m_k, m_k, m_weights.data() + j * m_row);
    }

    void run(int, const std::uint8_t* x, int rows, std::int32_t* acc) override
    {
        constexpr std::size_t kTogether = 32; // what they fill of the cache leaves room for weights
        thread_local std::vector<std::int16_t> wide;
        if (wide.size() < kTogether * m_row) wide.resize(kTogether * m_row);
        for (std::size_t left = static_cast<std::size_t>(rows); left > 0;) {
            const std::size_t now = std::min(left, kTogether);
            for (std::size_t r = 0; r < now; ++r, x += m_k) {
                std::int16_t* row = wide.data() + r * m_row;
                std::fill(std::copy_n(x, m_k, row), row + m_row, std::int16_t{0});
            }
            kernels::dots(wide.data(), m_weights.data(), now, m_n, m_row, acc);
            acc += now * m_n;
            left -= now;
        }
    }

private:
    std::size_t m_n, m_k, m_row;
    std::vector<std::int16_t> m_weights; ///< rows filled up with zeros to whole registers
};

namespace {

/// Tried out on the two things that go wrong without VNNI: pairs beyond int16, and a sum that no float holds.
bool oneDnnIsExact(const auto& multiply)
{
    constexpr int kRows = 64, kOutputs = 64, kInputs = 1023;
    const std::vector<std::uint8_t> x(kRows * kInputs, 255);
    std::vector<std::int32_t> acc(kRows * kOutputs);
    multiply(kOutputs, kInputs, std::vector<std::int8_t>(kOutputs * kInputs, 127), x.data(), kRows, acc.data());
    return std::ranges::all_of(acc, [](std::int32_t a) { return a == 255 * 127 * kInputs; });
}

void checkRange(int k, const std::vector<std::int8_t>& codes)
{
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (i % static_cast<std::size_t>(k) == 0) sum = 0;
        sum += std::abs(codes[i]);
        if (255 * sum > std::numeric_limits<std::int32_t>::max())
            throw Error("int8", text("the sums of a layer with %1 inputs do not fit into 32 bits", std::to_string(k)),
                text("choose fewer bits for its weights, or a narrower layer"));
    }
}

} // namespace

Int8Weights::Int8Weights(int n, int k, const std::vector<std::int8_t>& codes) : m_n(n), m_k(k)
{
    assert(codes.size() == static_cast<std::size_t>(n) * static_cast<std::size_t>(k));
    checkRange(k, codes);
    const auto packed = [](int outputs, int inputs, const std::vector<std::int8_t>& w) {
        return made(text("a matrix product of integers"), [&] { return std::make_shared<OneDnnProduct>(outputs, inputs, w); });
    };
    static const bool exact = oneDnnIsExact([&](int outputs, int inputs, const std::vector<std::int8_t>& w, const std::uint8_t* x, int rows,
                                                std::int32_t* acc) { packed(outputs, inputs, w)->run(0, x, rows, acc); });
    if (exact)
        m_product = packed(n, k, codes);
    else
        *this = inOwnLoops(n, k, codes);
}

Int8Weights Int8Weights::inOwnLoops(int n, int k, const std::vector<std::int8_t>& codes)
{
    Int8Weights w;
    w.m_n = n;
    w.m_k = k;
    w.m_product = std::make_shared<OwnProduct>(n, k, codes);
    return w;
}

void Int8Weights::multiply(int shard, const std::uint8_t* x, int rows, std::int32_t* acc) const { m_product->run(shard, x, rows, acc); }

} // namespace bitstill
