#include "engine/kernels/int8.h"

#include "engine/kernels/onednn.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <mutex>

namespace bitstill {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

/// One packed matrix, and for each shard and number of rows what it takes to multiply with it without allocating.
class Int8Weights::Product {
public:
    Product(int n, int k, const std::vector<std::int8_t>& codes, bool adds) : m_n(n), m_k(k), m_adds(adds)
    {
        computeOnThisThreadAlone();
        constexpr int kTypicalRows = 64; // every number of rows takes the same order
        const dnnl::memory plain({{k, n}, Type::s8, Tag::ba}, cpu(), const_cast<std::int8_t*>(codes.data()));
        m_weights = dnnl::memory(describe(kTypicalRows, {{k, n}, Type::s8, Tag::any}).weights_desc(), cpu());
        dnnl::stream stream(cpu());
        dnnl::reorder(plain, m_weights).execute(stream, const_cast<dnnl::memory&>(plain), m_weights);
        stream.wait();
    }

    void run(int shard, const std::uint8_t* x, int rows, std::int32_t* acc)
    {
        computeOnThisThreadAlone();
        Runner& r = runner(shard, rows);
        r.x.set_data_handle(const_cast<std::uint8_t*>(x));
        r.acc.set_data_handle(acc);
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, r.x.get()}, {DNNL_ARG_WEIGHTS, m_weights.get()}, {DNNL_ARG_DST, r.acc.get()},
            {DNNL_ARG_SCRATCHPAD, r.scratch.get()}};
        [[maybe_unused]] const dnnl_status_t status = dnnl_primitive_execute(r.product.get(), r.stream.get(), 4, args);
        assert(status == dnnl_success);
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
        if (m_adds) {
            dnnl::post_ops sum;
            sum.append_sum();
            attributes.set_post_ops(sum);
        }
        return {{{{rows, m_k}, Type::u8, Tag::ab}, weights, {{rows, m_n}, Type::s32, Tag::ab}}, attributes, cpu()};
    }

    Runner& runner(int shard, int rows)
    {
        std::lock_guard lock(m_making);
        const auto found = m_runners.find({shard, rows});
        if (found != m_runners.end()) return found->second;
        const dnnl::matmul::primitive_desc pd = describe(rows, m_weights.get_desc());
        return m_runners
            .emplace(std::pair{shard, rows},
                Runner{dnnl::matmul(pd), dnnl::memory(pd.src_desc(), cpu(), nullptr), dnnl::memory(pd.dst_desc(), cpu(), nullptr),
                    dnnl::memory(pd.scratchpad_desc(), cpu()), dnnl::stream(cpu())})
            .first->second;
    }

    int m_n, m_k;
    bool m_adds; ///< to what stands in acc
    dnnl::memory m_weights;
    std::mutex m_making;
    std::map<std::pair<int, int>, Runner> m_runners; ///< by shard and rows
};

bool int8PairsSaturate()
{
    static const bool saturate = [] {
        constexpr int kSize = 64;
        const std::vector<std::uint8_t> x(kSize * kSize, 255);
        std::vector<std::int32_t> acc(kSize * kSize);
        Int8Weights::unsplit(kSize, kSize, std::vector<std::int8_t>(kSize * kSize, 127)).multiply(0, x.data(), kSize, acc.data());
        return std::any_of(acc.begin(), acc.end(), [](std::int32_t a) { return a != 255 * 127 * kSize; });
    }();
    return saturate;
}

Int8Weights Int8Weights::unsplit(int n, int k, const std::vector<std::int8_t>& codes)
{
    Int8Weights w;
    w.m_n = n;
    w.m_k = k;
    w.m_product = std::make_shared<Product>(n, k, codes, false);
    return w;
}

Int8Weights::Int8Weights(int n, int k, const std::vector<std::int8_t>& codes)
{
    assert(codes.size() == static_cast<std::size_t>(n) * static_cast<std::size_t>(k));
    if (!int8PairsSaturate()) {
        *this = unsplit(n, k, codes);
        return;
    }
    constexpr int kMost = 128; // 255·128 still fits
    const auto columns = static_cast<std::size_t>(k);
    std::vector<std::int8_t> narrow = codes;
    std::vector<Outlier> outliers;
    for (std::size_t i = 0; i < narrow.size(); ++i) {
        const std::size_t column = i % columns;
        if (column % 2 == 0) continue; // the kernel's pairs are columns 2i and 2i + 1
        const int sum = narrow[i - 1] + narrow[i];
        const int rest = sum > kMost ? sum - kMost : sum < -kMost ? sum + kMost : 0;
        if (rest == 0) continue;
        narrow[i] = static_cast<std::int8_t>(narrow[i] - rest);
        outliers.push_back({static_cast<int>(i / columns), static_cast<int>(column), rest});
    }
    *this = unsplit(n, k, narrow);
    m_outliers = std::move(outliers);
    constexpr std::size_t kFew = 200; // fewer than one in so many weights: one by one costs less than a second product
    if (m_outliers.size() * kFew <= codes.size()) return;
    std::vector<std::int8_t> rests(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) rests[i] = static_cast<std::int8_t>(codes[i] - narrow[i]);
    m_rests = std::make_shared<Product>(n, k, rests, true);
}

void Int8Weights::multiply(int shard, const std::uint8_t* x, int rows, std::int32_t* acc) const
{
    m_product->run(shard, x, rows, acc);
    if (m_rests) return m_rests->run(shard, x, rows, acc);
    const auto n = static_cast<std::size_t>(m_n), k = static_cast<std::size_t>(m_k);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
        for (const Outlier& o : m_outliers)
            acc[r * n + static_cast<std::size_t>(o.row)] += x[r * k + static_cast<std::size_t>(o.column)] * o.rest;
}

} // namespace bitstill
