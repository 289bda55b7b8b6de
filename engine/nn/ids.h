#pragma once

#include <compare>
#include <cstddef>
#include <utility>
#include <vector>

namespace bitstill {

/// The number of a thing in its list, from 0. What counts nodes is not taken for what counts shards.
template <class Tag> class Id {
public:
    constexpr Id() = default;
    explicit constexpr Id(int value) : m_value(value) { }

    constexpr std::size_t index() const { return static_cast<std::size_t>(m_value); }
    /// For code that counts nodes or shards in ints.
    constexpr operator int() const { return m_value; }
    constexpr Id& operator++()
    {
        ++m_value;
        return *this;
    }
    constexpr Id& operator--()
    {
        --m_value;
        return *this;
    }
    constexpr auto operator<=>(const Id&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a pointer in it

private:
    int m_value = 0;
};

using NodeId = Id<struct NodeTag>; ///< a node of a graph, in topological order
using ShardId = Id<struct ShardTag>; ///< some rows of a batch
using LaneId = Id<struct LaneTag>; ///< a thread of the pool (see ThreadPool::lane)
using SlotId = Id<struct SlotTag>; ///< an array that gradients share

/// A vector that only the ids of its things open.
template <class I, class T> class ById {
public:
    ById() = default;
    explicit ById(std::size_t count) : m_values(count) { }

    typename std::vector<T>::reference operator[](I id) { return m_values[id.index()]; }
    typename std::vector<T>::const_reference operator[](I id) const { return m_values[id.index()]; }
    /// Appends and says under which id.
    I add(T value)
    {
        m_values.push_back(std::move(value));
        return I(static_cast<int>(m_values.size()) - 1);
    }
    std::size_t size() const { return m_values.size(); }
    I endId() const { return I(static_cast<int>(m_values.size())); }
    auto begin() { return m_values.begin(); }
    auto end() { return m_values.end(); }
    auto begin() const { return m_values.begin(); }
    auto end() const { return m_values.end(); }
    bool operator==(const ById&) const = default;

private:
    std::vector<T> m_values;
};

} // namespace bitstill
