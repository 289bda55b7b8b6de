#include "engine/models/work.h"

#include "engine/models/facts.h"
#include "engine/models/operators/call.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

/// Elements; an empty dimension counts as one of 1, a dimension that is not known makes it −1.
double volume(const Shape& shape)
{
    double n = 1;
    for (const int d : shape) {
        if (d < 0) return -1;
        n *= std::max(d, 1);
    }
    return n;
}

/// Values under a window, for each that comes out.
double windowOf(const Node& node)
{
    const char* name = node.op == "LRN" ? "size" : node.op == "AveragePool" || node.op == "MaxPool" ? "kernel_shape" : nullptr;
    const auto found = name ? node.attributes.find(name) : node.attributes.end();
    if (found == node.attributes.end()) return 0;
    double size = 1;
    if (const auto* sides = std::get_if<std::vector<std::int64_t>>(&found->second))
        for (const std::int64_t side : *sides) size *= static_cast<double>(side);
    else if (const auto* channels = std::get_if<std::int64_t>(&found->second))
        size = static_cast<double>(*channels);
    return std::max(size, 0.0);
}

} // namespace

double productsOf(const Node& node, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs)
{
    const bool conv = node.op == "Conv" || node.op == "ConvTranspose", matrix = node.op == "Gemm" || node.op == "MatMul";
    const bool recurrent = node.op == "LSTM" || node.op == "GRU" || node.op == "RNN";
    if (!node.domain.empty() || !(conv || matrix || recurrent) || inputs.size() < 2 || outputs.empty() || inputs[0].empty()
        || inputs[1].empty())
        return 0;
    const Shape &x = inputs[0], &w = inputs[1];
    if (conv) {
        // Each output (of a transposed one: each input) meets the weights of one channel.
        const double each = volume(w) / std::max(w[0], 1), places = volume(node.op == "Conv" ? outputs[0] : x);
        return each < 0 || places < 0 ? -1 : each * places;
    }
    if (recurrent) { // each weight of the input and of the state once a step and sequence
        const double weights = inputs.size() > 2 ? volume(w) + volume(inputs[2]) : -1;
        return weights < 0 || x.size() != 3 || x[0] < 0 || x[1] < 0 ? -1 : weights * x[0] * x[1];
    }
    const auto found = node.attributes.find("transA");
    const auto* turned = found == node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    const int inner = turned && *turned != 0 ? x[0] : x.back();
    const double places = volume(outputs[0]);
    return places < 0 || inner < 0 ? -1 : places * inner;
}

void Workload::add(const Node& node, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs)
{
    double in = 0, out = 0;
    for (const Shape& shape : inputs) in += volume(shape);
    for (const Shape& shape : outputs) out += volume(shape);
    // What takes any number of inputs goes over its output for each.
    const double values = in + out * static_cast<double>(std::max<std::size_t>(inputs.size(), 1));
    m_done += productsOf(node, inputs, outputs) + windowOf(node) * out + kOperationsPerValue * values;
    if (m_done > m_most)
        throw Error(nodeText(node),
            text("with this node one sample takes %1 operations; the limit is %2", significant(m_done / m_samples),
                significant(kMostOperations)),
            text("choose a smaller network"));
}

void refuseTooMuch(const Network& network, const std::vector<Shape>& inputs, double samples)
{
    const Facts facts = factsOf(network, {inputs.begin(), inputs.end()});
    const auto shapesOf = [&](const std::vector<ValueId>& ids, std::vector<Shape>& shapes) {
        bool known = true;
        for (const ValueId id : ids) {
            const auto& shape = id == kAbsent ? std::optional<Shape>(Shape{}) : facts.shapes[static_cast<std::size_t>(id)];
            known = known && shape;
            shapes.push_back(shape.value_or(Shape{}));
        }
        return known;
    };
    Workload work(samples);
    for (const Node& node : network.nodes) {
        std::vector<Shape> in, out;
        if (shapesOf(node.inputs, in) && shapesOf(node.outputs, out)) work.add(node, in, out);
    }
}

} // namespace bitstill::foreign
