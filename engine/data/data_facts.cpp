#include "engine/data/data_facts.h"

#include "engine/core/error.h"
#include "engine/data/sample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace bitstill {

namespace {

constexpr double kAlmostAll = 0.99, kFarOut = 20;
constexpr std::size_t kOften = 1024; // samples between two questions

class Finder {
public:
    Finder(const Dataset& data, const std::function<bool()>& keepGoing) :
        m_data(data), m_size(data.shape.size()), m_keepGoing(keepGoing) { }

    DataFacts find()
    {
        DataFacts facts;
        facts.train.perClass = perClass(m_data.train);
        facts.test.perClass = perClass(m_data.test);
        findRanges(facts);
        findCopies(facts);
        if (m_data.shape.height == 1 && m_data.shape.width == 1) findColumns(facts);
        return facts;
    }

private:
    void stopIfAsked() const
    {
        if (m_keepGoing && !m_keepGoing()) throw Stopped{};
    }

    std::vector<std::size_t> perClass(const Samples& samples) const
    {
        std::vector<std::size_t> counts(m_data.classes.size());
        for (const std::int32_t label : samples.labels) ++counts[static_cast<std::size_t>(label)];
        return counts;
    }

    static double valueOf(const Samples& samples, std::size_t at)
    {
        return samples.bytes.empty() ? static_cast<double>(samples.values[at]) : samples.bytes[at];
    }

    void findRanges(DataFacts& facts) const
    {
        if (m_data.train.bytes.empty())
            rangesOf(m_data.train.values, m_data.test.values, facts);
        else
            rangesOf(m_data.train.bytes, m_data.test.bytes, facts);
    }

    template <class Number> void rangesOf(const std::vector<Number>& train, const std::vector<Number>& test, DataFacts& facts) const
    {
        std::vector<Number> low(train.begin(), train.begin() + static_cast<std::ptrdiff_t>(m_size)), high = low;
        for (std::size_t row = 0; row * m_size < train.size(); ++row) {
            if (row % kOften == 0) stopIfAsked();
            const Number* x = train.data() + row * m_size;
            for (std::size_t i = 0; i < m_size; ++i) {
                low[i] = std::min(low[i], x[i]);
                high[i] = std::max(high[i], x[i]);
            }
        }
        for (std::size_t i = 0; i < m_size; ++i) facts.constantValues += low[i] == high[i];
        Number least = *std::ranges::min_element(low), most = *std::ranges::max_element(high);
        for (const Number value : test) {
            least = std::min(least, value);
            most = std::max(most, value);
        }
        facts.low = static_cast<double>(least);
        facts.high = static_cast<double>(most);
    }

    struct Place {
        std::uint64_t hash;
        std::size_t index; ///< training samples first
    };

    /// What is known of all samples with the same values.
    struct Kind {
        std::size_t first;
        std::int32_t label;
        bool inTrain, inTest;
    };

    const char* bytesOf(std::size_t index) const
    {
        const bool trains = index < m_data.train.count();
        const Samples& part = trains ? m_data.train : m_data.test;
        const std::size_t row = trains ? index : index - m_data.train.count();
        return part.bytes.empty() ? reinterpret_cast<const char*>(part.values.data() + row * m_size)
                                  : reinterpret_cast<const char*>(part.bytes.data() + row * m_size);
    }

    std::size_t bytes() const { return m_size * (m_data.train.bytes.empty() ? sizeof(float) : 1); }

    std::int32_t labelOf(std::size_t index) const
    {
        return index < m_data.train.count() ? m_data.train.labels[index] : m_data.test.labels[index - m_data.train.count()];
    }

    /// Eight bytes at a time; what is equal is compared afterwards.
    std::uint64_t hashOf(const char* x) const
    {
        std::uint64_t hash = 0xCBF29CE484222325u;
        for (std::size_t at = 0; at < bytes(); at += sizeof(hash)) {
            std::uint64_t word = 0;
            std::memcpy(&word, x + at, std::min(sizeof(word), bytes() - at));
            hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
            hash ^= hash >> 29;
        }
        return hash;
    }

    void findCopies(DataFacts& facts) const
    {
        std::vector<Place> places(m_data.train.count() + m_data.test.count());
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (i % kOften == 0) stopIfAsked();
            places[i] = {hashOf(bytesOf(i)), i};
        }
        std::ranges::sort(places, [](const Place& a, const Place& b) { return a.hash != b.hash ? a.hash < b.hash : a.index < b.index; });
        std::vector<Kind> kinds; // of one hash
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (i % kOften == 0) stopIfAsked();
            if (i == 0 || places[i].hash != places[i - 1].hash) kinds.clear();
            count(places[i].index, kinds, facts);
        }
    }

    void count(std::size_t index, std::vector<Kind>& kinds, DataFacts& facts) const
    {
        const bool trains = index < m_data.train.count();
        const auto same =
            std::ranges::find_if(kinds, [&](const Kind& k) { return std::memcmp(bytesOf(k.first), bytesOf(index), bytes()) == 0; });
        if (same == kinds.end()) {
            kinds.push_back({index, labelOf(index), trains, !trains});
            return;
        }
        if (trains)
            ++facts.train.repeated;
        else {
            facts.test.repeated += same->inTest;
            facts.shared += same->inTrain;
            same->inTest = true;
        }
        facts.contradicting += labelOf(index) != same->label;
    }

    void findColumns(DataFacts& facts) const
    {
        std::map<std::uint64_t, std::size_t> byHash; // of whole columns
        std::vector<std::pair<double, std::int32_t>> sorted(m_data.train.count());
        for (std::size_t c = 0; c < m_size; ++c) {
            stopIfAsked();
            for (std::size_t row = 0; row < sorted.size(); ++row)
                sorted[row] = {valueOf(m_data.train, row * m_size + c), m_data.train.labels[row]};
            std::uint64_t hash = 0;
            for (const auto& sample : sorted)
                hash = (hash ^ static_cast<std::uint64_t>(std::hash<double>()(sample.first))) * 0x9E3779B97F4A7C15u;
            std::ranges::sort(sorted);
            ColumnFacts column = judged(sorted);
            column.column = namedColumn(c);
            const auto [before, isNew] = byHash.try_emplace(hash, c);
            if (!isNew && column.suspicion != Suspicion::Constant && areSame(c, before->second)) {
                column.suspicion = Suspicion::SameAsAnother;
                column.same = namedColumn(before->second).name;
            }
            facts.columns.push_back(std::move(column));
        }
    }

    Column namedColumn(std::size_t c) const
    {
        if (c < m_data.columns.size()) return m_data.columns[c];
        Column column{std::to_string(c + 1), valueOf(m_data.train, c), valueOf(m_data.train, c)};
        for (const Samples* part : {&m_data.train, &m_data.test})
            for (std::size_t row = 0; row < part->count(); ++row) {
                column.low = std::min(column.low, valueOf(*part, row * m_size + c));
                column.high = std::max(column.high, valueOf(*part, row * m_size + c));
            }
        return column;
    }

    bool areSame(std::size_t a, std::size_t b) const
    {
        for (std::size_t row = 0; row < m_data.train.count(); ++row)
            if (valueOf(m_data.train, row * m_size + a) != valueOf(m_data.train, row * m_size + b)) return false;
        return true;
    }

    /// Of values in order, with their classes.
    ColumnFacts judged(const std::vector<std::pair<double, std::int32_t>>& sorted) const
    {
        ColumnFacts facts;
        const auto count = static_cast<double>(sorted.size());
        std::size_t run = 0, longest = 0, stretches = 0;
        double sum = 0, squares = 0;
        bool mixed = false;
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            const bool same = i > 0 && sorted[i].first == sorted[i - 1].first;
            const bool otherClass = i == 0 || sorted[i].second != sorted[i - 1].second;
            run = same ? run + 1 : 1;
            longest = std::max(longest, run);
            stretches += otherClass;
            mixed = mixed || (same && otherClass);
            sum += sorted[i].first;
        }
        for (const auto& sample : sorted) squares += (sample.first - sum / count) * (sample.first - sum / count);
        const double deviation = std::sqrt(squares / count);
        if (deviation > 0) facts.deviations = std::max(sum / count - sorted.front().first, sorted.back().first - sum / count) / deviation;
        facts.share = static_cast<double>(longest) / count;
        const auto present = static_cast<std::size_t>(std::ranges::count_if(perClass(m_data.train), [](std::size_t n) { return n > 0; }));
        if (sorted.front().first == sorted.back().first)
            facts.suspicion = Suspicion::Constant;
        else if (!mixed && stretches == present && present > 1)
            facts.suspicion = Suspicion::TellsTheClass;
        else if (facts.share >= kAlmostAll)
            facts.suspicion = Suspicion::AlmostConstant;
        else if (facts.deviations > kFarOut)
            facts.suspicion = Suspicion::FarOut;
        return facts;
    }

    const Dataset& m_data;
    std::size_t m_size;
    const std::function<bool()>& m_keepGoing;
};

} // namespace

DataFacts factsOf(const Dataset& data, const std::function<bool()>& keepGoing) { return Finder(data, keepGoing).find(); }

std::vector<std::vector<std::uint32_t>> examplesOf(const Dataset& data, std::size_t count, std::uint64_t seed)
{
    std::vector<std::vector<std::uint32_t>> rows(data.classes.size());
    for (const std::uint32_t row : sampledRows(data.train.count(), data.train.count(), seed)) {
        std::vector<std::uint32_t>& mine = rows[static_cast<std::size_t>(data.train.labels[row])];
        if (mine.size() < count) mine.push_back(row);
    }
    return rows;
}

} // namespace bitstill
