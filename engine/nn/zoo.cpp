#include "engine/nn/zoo.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/nn/batchnorm.h"
#include "engine/nn/conv2d.h"
#include "engine/nn/dense.h"
#include "engine/nn/pointwise.h"
#include "engine/nn/pooling.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace bitstill {

namespace {

int scaled(int channels, double width)
{
    constexpr double kWidest = 1 << 20;
    return static_cast<int>(std::lround(std::clamp(channels * width, 1.0, kWidest)));
}

void addActivation(Graph& g, const std::string& name, Activation a) { g.add(name, std::make_unique<ActivationLayer>(a)); }

int addConvolution(Graph& g, const std::string& index, int out, const Conv2d::Options& options, Activation activation, int input = -1)
{
    const int from = input < 0 ? g.output() : input;
    g.add("conv" + index, std::make_unique<Conv2d>(g.node(from).shape.channels, out, options), {from});
    const int last = g.add("bn" + index, std::make_unique<BatchNorm>(out));
    if (activation == Activation{}) return last;
    addActivation(g, "relu" + index, activation);
    return g.output();
}

void addDense(Graph& g, const std::string& index, int out)
{
    g.add("dense" + index, std::make_unique<Dense>(g.node(g.output()).shape.features(), out));
}

Graph mlp(const std::vector<int>& hidden, SampleShape input, int classes)
{
    Graph g(input);
    if (input.height * input.width > 1) g.add("flatten", std::make_unique<Flatten>());
    int i = 1;
    for (const int width : hidden) {
        addDense(g, std::to_string(i), width);
        addActivation(g, "relu" + std::to_string(i), Activation::relu());
        ++i;
    }
    addDense(g, std::to_string(i), classes);
    return g;
}

Graph cnn(const std::vector<int>& channels, SampleShape input, int classes, double width)
{
    Graph g(input);
    int i = 1;
    for (const int c : channels) {
        addConvolution(g, std::to_string(i), c, {.kernel = 3, .padding = 1, .bias = false}, Activation::relu());
        g.add("pool" + std::to_string(i), std::make_unique<Pooling>(Pooling::Kind::Max));
        ++i;
    }
    g.add("flatten", std::make_unique<Flatten>());
    addDense(g, "1", scaled(128, width));
    addActivation(g, "relu" + std::to_string(i), Activation::relu());
    addDense(g, "2", classes);
    return g;
}

Graph dwcnn(SampleShape input, int classes, double width)
{
    Graph g(input);
    addConvolution(g, "1", scaled(32, width), {.kernel = 3, .stride = 2, .padding = 1, .bias = false}, Activation::relu6());
    struct Block {
        int channels, stride;
    };
    int i = 1;
    for (const Block b : {Block{64, 1}, {128, 2}, {128, 1}, {256, 2}}) {
        const int in = g.node(g.output()).shape.channels;
        addConvolution(g, "_dw" + std::to_string(i), in, {.kernel = 3, .stride = b.stride, .padding = 1, .groups = in, .bias = false},
            Activation::relu6());
        addConvolution(g, "_pw" + std::to_string(i), scaled(b.channels, width), {.kernel = 1, .bias = false}, Activation::relu6());
        ++i;
    }
    g.add("average", std::make_unique<Pooling>(Pooling::Kind::GlobalAverage));
    addDense(g, "1", classes);
    return g;
}

Graph resnet8(SampleShape input, int classes, double width)
{
    Graph g(input);
    addConvolution(g, "1", scaled(16, width), {.kernel = 3, .padding = 1, .bias = false}, Activation::relu());
    int block = 1;
    for (const int channels : {16, 32, 64}) {
        const int in = g.output(), out = scaled(channels, width), stride = channels == 16 ? 1 : 2;
        const std::string name = "_" + std::to_string(block);
        addConvolution(g, name + "a", out, {.kernel = 3, .stride = stride, .padding = 1, .bias = false}, Activation::relu(), in);
        const int main = addConvolution(g, name + "b", out, {.kernel = 3, .padding = 1, .bias = false}, {});
        const bool sameShape = g.node(main).shape == g.node(in).shape;
        const int shortcut = sameShape ? in : addConvolution(g, name + "s", out, {.kernel = 1, .stride = stride, .bias = false}, {}, in);
        g.add("add" + name, std::make_unique<Add>(), {main, shortcut});
        addActivation(g, "relu_add" + name, Activation::relu());
        ++block;
    }
    g.add("average", std::make_unique<Pooling>(Pooling::Kind::GlobalAverage));
    addDense(g, "1", classes);
    return g;
}

/// The numbers in "mlp-256-128"; empty when one is not a number of 1 to 8192.
std::vector<int> widthsIn(const std::string& name, double width)
{
    std::vector<int> widths;
    const std::vector<std::string> parts = split(name, '-');
    for (std::size_t i = 1; i < parts.size(); ++i) {
        int value = 0;
        const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), value);
        if (error != std::errc{} || end != parts[i].data() + parts[i].size() || value < 1 || value > 8192) return {};
        widths.push_back(scaled(value, width));
    }
    return widths;
}

/// More weights than this are not for a desk: a name is refused before the memory is asked for, by what it makes of these data.
void refuseGiants(const std::string& name, const std::vector<int>& widths, const SampleShape& input, int classes)
{
    constexpr double kMostWeights = 50e6, kDense = 128;
    const bool convolves = !name.starts_with("mlp-");
    double weights = 0, before = convolves ? input.channels : static_cast<double>(input.height) * input.width * input.channels;
    for (const int width : widths) {
        weights += before * width * (convolves ? 9 : 1);
        before = width;
    }
    if (convolves) {
        const double halved = std::exp2(static_cast<double>(widths.size()));
        weights += before * std::floor(input.height / halved) * std::floor(input.width / halved) * kDense;
        before = kDense;
    }
    weights += before * classes;
    if (weights > kMostWeights)
        throw Error("model",
            text("\"%1\" would have %2 weights on samples of %3; the limit is 50,000,000", name,
                grouped(static_cast<std::int64_t>(weights)), describe(input)),
            text("choose smaller widths or smaller samples"));
}

} // namespace

const std::vector<ModelFamily>& modelFamilies()
{
    static const std::vector<ModelFamily> families{
        {"mlp-W-W-...", "mlp-256-128", text("dense layers with ReLU, hidden widths in the name")},
        {"cnn-C-C-...", "cnn-16-32", text("3×3 convolutions with BatchNorm, ReLU and max pooling, channels in the name, then dense 128")},
        {"dwcnn", "dwcnn", text("depthwise-separable convolutions with BatchNorm and ReLU6, as in MobileNet")},
        {"resnet-8", "resnet-8", text("three residual blocks of 16, 32 and 64 channels")},
    };
    return families;
}

Graph buildModel(const std::string& name, SampleShape input, int classes, double width)
{
    const std::vector<int> widths = widthsIn(name, width);
    if (name.starts_with("mlp-") || name.starts_with("cnn-")) refuseGiants(name, widths, input, classes);
    if (name.starts_with("mlp-") && !widths.empty()) return mlp(widths, input, classes);
    if (name.starts_with("cnn-") && !widths.empty()) return cnn(widths, input, classes, width);
    if (name == "dwcnn") return dwcnn(input, classes, width);
    if (name == "resnet-8") return resnet8(input, classes, width);
    std::vector<std::string> examples;
    for (const ModelFamily& f : modelFamilies()) examples.push_back(f.example);
    const std::string near = nearest(name, examples);
    const Text models = text("the models are %1 (numbers are widths, 1 to 8192)", joined(examples));
    throw Error(
        "model", text("there is no model %1", "\"" + name + "\""), near.empty() ? models : text("did you mean %1? %2", near, models));
}

} // namespace bitstill
