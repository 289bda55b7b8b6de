#include "engine/models/shrink/graph_layers.h"

#include "engine/models/operators/window.h"
#include "engine/nn/conv2d.h"
#include "engine/quant/aware.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bitstill::foreign {

namespace {

std::vector<std::int64_t> integersOf(const Node& node, const char* name)
{
    const auto found = node.attributes.find(name);
    const auto* values = found == node.attributes.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&found->second);
    return values ? *values : std::vector<std::int64_t>();
}

bool areEqual(const Shape& sizes)
{
    return std::ranges::all_of(sizes, [&](int s) { return s == sizes[0]; });
}

} // namespace

SquareWindow squareWindow(const Node& node, const Shape& input, const Shape& kernel)
{
    if (input.size() != 4 || kernel.size() != 2) return {.why = text("its kernel has other than two dimensions")};
    const Window w = windowOf(Call(node, {{.given = true, .shape = input}}), kernel);
    if (!areEqual(w.kernel) || !areEqual(w.strides)) return {.why = text("its kernel is not square")};
    if (!areEqual(w.dilations) || (w.dilations[0] != 1 && w.kernel[0] != 1)) return {.why = text("its kernel is dilated")};
    SquareWindow square{.kernel = w.kernel[0], .stride = w.strides[0], .sides = {w.before[0], w.before[1], w.after[0], w.after[1]}};
    square.padding = areEqual({w.before[0], w.before[1], w.after[0], w.after[1]}) ? w.before[0] : -1;
    return square;
}

std::unique_ptr<Layer> convolution(const Node& node, const Shape& weights, const SquareWindow& window, bool bias)
{
    const int groups = static_cast<int>(integerOf(node.attributes, "group", 1));
    return std::make_unique<Conv2d>(
        weights[1] * groups, weights[0], Conv2d::Options{window.kernel, window.stride, std::max(window.padding, 0), groups, bias});
}

std::unique_ptr<Layer> fakeQuantizeLayer(const Node& node)
{
    const auto& word = std::get<std::string>(node.attributes.at("profile"));
    const QuantParameters p{{numberOf(node.attributes, "scale", 1)},
        {static_cast<std::int32_t>(integerOf(node.attributes, "zero_point", 0))},
        {static_cast<int>(integerOf(node.attributes, "low", 0)), static_cast<int>(integerOf(node.attributes, "high", 255))}, {1, 1, 1}};
    const int bits = std::bit_width(static_cast<unsigned>(p.range.high - p.range.low));
    return std::make_unique<FakeQuantize>(bits, rangeOf(p), AwareMethod::LearnedStep, profileOf(word));
}

Activation activationOf(const Node& node)
{
    if (node.op == "Relu") return Activation::relu();
    constexpr Activation all;
    return {numberOf(node.attributes, "min", all.low), numberOf(node.attributes, "max", all.high)};
}

Shape shapeOfIntegers(const Node& node, const char* name)
{
    const std::vector<std::int64_t> values = integersOf(node, name);
    return {values.begin(), values.end()};
}

bool averagesAll(const Node& node, const Shape& input, bool last)
{
    if (node.op == "GlobalAveragePool") return !last;
    if (node.op == "ReduceMean") {
        Shape axes = shapeOfIntegers(node, "axes");
        for (int& axis : axes) axis += axis < 0 ? 4 : 0;
        std::ranges::sort(axes);
        return axes == (last ? Shape{1, 2} : Shape{2, 3});
    }
    const Shape pads = shapeOfIntegers(node, "pads");
    return node.op == "AveragePool" && !last && shapeOfIntegers(node, "kernel_shape") == Shape{input[2], input[3]}
    && std::ranges::count(pads, 0) == std::ssize(pads);
}

std::optional<Padding::Sides> zerosAround(const Node& node, bool last)
{
    if (node.op != "Pad" || node.inputs.size() != 1 || node.attributes.contains("axes") || numberOf(node.attributes, "value", 0) != 0)
        return {};
    const auto mode = node.attributes.find("mode");
    const auto* word = mode == node.attributes.end() ? nullptr : std::get_if<std::string>(&mode->second);
    if (word && *word != "constant") return {};
    const std::vector<std::int64_t> pads = integersOf(node, "pads");
    constexpr std::int64_t kMost = 1 << 16;
    const std::size_t place = last ? 1 : 2, channel = last ? 3 : 1;
    if (pads.size() != 8 || pads[0] != 0 || pads[4] != 0 || pads[channel] != 0 || pads[channel + 4] != 0) return {};
    if (std::ranges::any_of(pads, [](std::int64_t p) { return p < 0 || p > kMost; })) return {};
    const Shape sizes(pads.begin(), pads.end());
    return Padding::Sides{sizes[place], sizes[place + 1], sizes[place + 4], sizes[place + 5]};
}

std::vector<std::size_t> densePlaces(int out, int in, int axis, const SampleShape& flattened)
{
    const auto outs = static_cast<std::size_t>(out), ins = static_cast<std::size_t>(in);
    const auto map = static_cast<std::size_t>(flattened.height * flattened.width), channels = static_cast<std::size_t>(flattened.channels);
    std::vector<std::size_t> places(outs * ins);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::size_t input = i % ins % channels * map + i % ins / channels;
        places[i] = axis == 0 ? i / ins * ins + input : input * outs + i / ins;
    }
    return places;
}

bool isNeverNegative(const Network& network, ValueId value)
{
    const Node* maker = network.makerOf(value);
    if (!maker) return false;
    if (maker->op == "FakeQuantize" || maker->op == "MaxPool") return isNeverNegative(network, maker->inputs[0]);
    return maker->op == "Relu" || (maker->op == "Clip" && numberOf(maker->attributes, "min", -1) >= 0);
}

} // namespace bitstill::foreign
