#pragma once

#include "engine/core/error.h"
#include "engine/models/network.h"

#include <optional>

namespace bitstill::foreign {

/// Largest array that an operator makes, in elements: 1 GiB of float32.
constexpr std::size_t kMostElements = std::size_t{1} << 28;

/// What a node is given for one of its inputs; before anything ran only the shape may be known.
struct Given {
    bool given = false;
    Shape shape;
    const Array* values = nullptr;
};

/// Thrown where values are needed and only shapes are known.
struct NotKnownYet { };

/// One node at work: its attributes and inputs. Everything throws Error, naming the node, where the file asks for what does not fit.
class Call {
public:
    Call(const Node& node, std::vector<Given> inputs) : m_node(node), m_inputs(std::move(inputs)) { }

    const Node& node() const { return m_node; }
    std::size_t inputs() const { return m_inputs.size(); }
    bool has(std::size_t i) const { return i < m_inputs.size() && m_inputs[i].given; }
    const Shape& shape(std::size_t i) const;
    int rank(std::size_t i) const { return static_cast<int>(shape(i).size()); }
    /// Throws NotKnownYet where only the shape is known.
    const Array& input(std::size_t i) const;

    std::int64_t integer(const char* name, std::int64_t fallback) const;
    float number(const char* name, float fallback) const;
    std::string word(const char* name, const std::string& fallback) const;
    std::vector<std::string> words(const char* name) const; ///< none where it is not there
    /// What one opset has as an attribute and another as input `i`; nothing where neither is there.
    std::optional<std::vector<std::int64_t>> integers(const char* name, std::size_t i = kNoInput) const;
    std::optional<std::vector<float>> numbers(const char* name, std::size_t i = kNoInput) const;
    /// An axis, counted from the end where it is negative; throws Error outside [0, rank).
    int axis(std::int64_t axis, int rank) const;
    /// `axes` (or those of input `i`) of an array of that rank, in rising order, each once; all of them where none are given.
    std::vector<int> axes(std::size_t i, int rank) const;

    [[noreturn]] void fail(const Text& what) const;
    /// The shape with these dimensions; throws Error where one is negative or there are more than kMostElements.
    Shape checked(const std::vector<std::int64_t>& dimensions) const;
    void need(bool holds, const Text& what) const
    {
        if (!holds) fail(what);
    }

    static constexpr std::size_t kNoInput = ~std::size_t{0};

private:
    const Attribute* attribute(const char* name) const;

    const Node& m_node;
    std::vector<Given> m_inputs;
};

/// What people call the node: "Conv node conv1", or by its output where it has no name.
Text nodeText(const Node& node);

} // namespace bitstill::foreign
