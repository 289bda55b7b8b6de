#include "engine/models/inputs.h"

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/models/facts.h"
#include "engine/models/operators/call.h"
#include "engine/models/operators/typed.h"
#include "engine/models/run.h"
#include "engine/models/understand.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitstill::foreign {

namespace {

/// How one sample lies in the input.
struct Layout {
    int height = 1, width = 1, channels = 1;
    bool channelsLast = false;
};

bool isColour(int channels) { return channels == 1 || channels == 3; }

/// A free size is the sample's.
int sizeOr(int dimension, int own) { return dimension < 0 ? own : dimension; }

std::optional<Layout> layoutOf(const Shape& input, const SampleShape& sample)
{
    if (input.size() == 2) {
        if (input[1] >= 0 && static_cast<std::size_t>(input[1]) != sample.size()) return {};
        return Layout{sample.height, sample.width, sample.channels};
    }
    if (input.size() == 3) return Layout{sizeOr(input[1], sample.height), sizeOr(input[2], sample.width), 1};
    if (input.size() != 4) return {};
    const bool first = isColour(input[1]) && (!isColour(input[3]) || input[1] == sample.channels);
    if (!first && !isColour(input[3])) return {};
    if (first) return Layout{sizeOr(input[2], sample.height), sizeOr(input[3], sample.width), input[1]};
    return Layout{sizeOr(input[1], sample.height), sizeOr(input[2], sample.width), input[3], true};
}

/// Pixel of a picture height × width × channels, or the mean of its channels (channel −1).
float pixel(const std::vector<float>& x, const SampleShape& s, int row, int column, int channel)
{
    const auto at = static_cast<std::size_t>((row * s.width + column) * s.channels);
    if (channel >= 0) return x[at + static_cast<std::size_t>(channel)];
    float sum = 0;
    for (int c = 0; c < s.channels; ++c) sum += x[at + static_cast<std::size_t>(c)];
    return sum / static_cast<float>(s.channels);
}

float interpolated(const std::vector<float>& x, const SampleShape& s, const Layout& to, int row, int column, int channel)
{
    if (to.height == s.height && to.width == s.width) return pixel(x, s, row, column, channel);
    const auto place = [](int i, int from, int into) {
        const float at = (static_cast<float>(i) + 0.5f) * static_cast<float>(from) / static_cast<float>(into) - 0.5f;
        return std::clamp(at, 0.0f, static_cast<float>(from - 1));
    };
    const float y = place(row, s.height, to.height), z = place(column, s.width, to.width);
    const int y0 = static_cast<int>(y), z0 = static_cast<int>(z), y1 = std::min(y0 + 1, s.height - 1), z1 = std::min(z0 + 1, s.width - 1);
    const float fy = y - static_cast<float>(y0), fz = z - static_cast<float>(z0);
    const float above = pixel(x, s, y0, z0, channel) * (1 - fz) + pixel(x, s, y0, z1, channel) * fz;
    const float below = pixel(x, s, y1, z0, channel) * (1 - fz) + pixel(x, s, y1, z1, channel) * fz;
    return above * (1 - fy) + below * fy;
}

/// From what read() gives to what the network expects: value · factor + shift.
std::pair<float, float> scaling(const Dataset& data, const Preprocessing& p)
{
    const float mean = data.mean, deviation = data.deviation; // unit interval = value · deviation + mean
    switch (p.scale) {
    case Preprocessing::Scale::Training: return {1.0f, 0.0f};
    case Preprocessing::Scale::UnitInterval: return {deviation, mean};
    case Preprocessing::Scale::Bytes: return {255 * deviation, 255 * mean};
    case Preprocessing::Scale::Symmetric: return {2 * deviation, 2 * mean - 1};
    case Preprocessing::Scale::Own: break;
    }
    const auto d = static_cast<float>(p.deviation);
    return {deviation / d, (mean - static_cast<float>(p.mean)) / d};
}

void place(const std::vector<float>& x, const SampleShape& s, const Layout& to, float* y)
{
    for (int c = 0; c < to.channels; ++c) {
        const int from = to.channels == s.channels ? c : s.channels == 1 ? 0 : -1;
        for (int row = 0; row < to.height; ++row)
            for (int column = 0; column < to.width; ++column) {
                const int last = (row * to.width + column) * to.channels + c, first = (c * to.height + row) * to.width + column;
                y[to.channelsLast ? last : first] = interpolated(x, s, to, row, column, from);
            }
    }
}

/// Why the network cannot run on inputs of these shapes, where its file leaves sizes open: what it has no operators for is said elsewhere.
std::optional<Error> misfit(const Network& network, const std::vector<std::optional<Shape>>& shapes)
{
    if (!hasFreeSize(network) || reachOf(network).kind != Reach::Kind::Whole) return std::nullopt;
    const Facts facts = factsOf(network, shapes);
    if (facts.stuck < 0) return std::nullopt;
    return Error(nodeText(network.nodes[static_cast<std::size_t>(facts.stuck)]),
        text("the file leaves sizes of its inputs open, and guessed ones do not fit: %1", facts.why), text("give a file with inputs"));
}

} // namespace

Preprocessing::Scale scaleOf(const std::string& name)
{
    static constexpr std::array kNames{"training", "0..1", "0..255", "-1..1", "own"}; // in the order of Scale
    return static_cast<Preprocessing::Scale>(std::ranges::find(kNames, name) - kNames.begin());
}

NamedArrays inputsFrom(const Network& network, const Dataset& data, const Samples& samples, const Preprocessing& preprocessing)
{
    const Text hint = text("choose random inputs, or a file with inputs of its own");
    if (network.inputs.size() != 1)
        throw Error("inputs.from", text("the model takes %1 inputs", std::to_string(network.inputs.size())), hint);
    const ValueInfo& info = network.values[static_cast<std::size_t>(network.inputs[0])];
    const std::optional<Layout> to = info.shaped ? layoutOf(info.shape, data.shape) : std::nullopt;
    const bool takesSamples = info.shaped && !info.shape.empty() && (info.shape[0] < 0 || info.shape[0] == 1);
    const auto refuse = [&] {
        throw Error("inputs.from", text("samples of %1 do not fit the model's input %2", data.name, shapeText(info)), hint);
    };
    if (!to || !takesSamples || !(info.type.empty() || info.type == "F32" || takesCodes(network, network.inputs[0]))) refuse();
    Shape shape = info.shape;
    shape[0] = static_cast<int>(samples.count());
    for (std::size_t d = 1; d < shape.size(); ++d)
        if (shape[d] < 0) shape[d] = shape.size() == 2 ? static_cast<int>(data.shape.size()) : 0;
    if (shape.size() > 2) {
        const bool last = to->channelsLast;
        shape[last || shape.size() == 3 ? 1 : 2] = to->height;
        shape[last || shape.size() == 3 ? 2 : 3] = to->width;
    }
    Shape one = shape;
    one[0] = 1;
    if (misfit(network, {one})) refuse();
    const std::size_t each = elements(shape) / std::max<std::size_t>(samples.count(), 1);
    std::vector<float> values(elements(shape)), x(data.shape.size());
    const auto [factor, shift] = scaling(data, preprocessing);
    for (std::size_t i = 0; i < samples.count(); ++i) {
        data.read(samples, i, x.data());
        for (float& v : x) v = v * factor + shift;
        place(x, data.shape, *to, values.data() + i * each);
    }
    return matched(network, {{info.name, {shape, std::move(values)}}});
}

NamedArrays randomInputs(const Network& network, std::size_t count, std::uint64_t seed)
{
    NamedArrays inputs;
    const auto shapes = inputShapes(network, static_cast<int>(count), 64);
    if (const auto wrong = misfit(network, shapes)) throw *wrong;
    Rng random(seed, "inputs");
    for (std::size_t i = 0; i < network.inputs.size(); ++i) {
        const ValueInfo& info = network.values[static_cast<std::size_t>(network.inputs[i])];
        if (!shapes[i]) throw Error(info.name, text("the file does not say the shape of this input"), text("give a file with inputs"));
        Shape shape = *shapes[i];
        if (!shape.empty() && shape[0] == 1) shape[0] = static_cast<int>(count);
        std::vector<float> values(elements(shape));
        const bool floats = info.type.empty() || info.type == "F32" || info.type == "F64" || info.type == "F16";
        const bool whole = !floats && !takesCodes(network, network.inputs[i]);
        for (float& v : values) v = whole ? static_cast<float>(random.uniform() < 0.5) : static_cast<float>(random.normal());
        inputs.emplace(info.name, Array{shape, std::move(values)});
    }
    return matched(network, inputs);
}

InputFile readInputs(const Network& network, const std::filesystem::path& file)
{
    std::optional<NamedArrays> read = readArrays(file);
    if (!read) throw Error("inputs.file", text("only .safetensors, .npy and .npz files are read"), text("choose such a file"));
    NamedArrays arrays = *std::move(read);
    InputFile found;
    for (const char* name : {"labels", "label", "y"}) {
        const auto labels = arrays.find(name);
        if (labels == arrays.end() || arrays.size() == 1 || network.find(name) != kAbsent) continue;
        const Node node{.name = name, .domain = {}, .op = "Cast", .inputs = {}, .outputs = {}, .attributes = {}};
        const Array whole = castTo(Call(node, {}), labels->second, "I32");
        found.labels = std::get<std::vector<std::int32_t>>(whole.values);
        arrays.erase(labels);
    }
    found.inputs = matched(network, arrays);
    return found;
}

} // namespace bitstill::foreign
