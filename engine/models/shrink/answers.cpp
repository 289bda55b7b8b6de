#include "engine/models/shrink/answers.h"

#include "engine/core/error.h"
#include "engine/core/thread_pool.h"
#include "engine/models/facts.h"
#include "engine/models/operators/typed.h"
#include "engine/models/run.h"
#include "engine/models/samples.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

constexpr std::size_t kMostNumbers = 16384;

/// [1, classes], or with further dimensions of 1.
bool isRowOfClasses(const Shape& shape)
{
    return shape.size() >= 2 && shape[0] == 1 && shape[1] >= 2 && elements(shape) == static_cast<std::size_t>(shape[1]);
}

/// It gives back what it got: an autoencoder, or a filter.
bool hasShapeOfInput(const Network& network, const Facts& facts, const Shape& shape)
{
    return std::ranges::any_of(network.inputs, [&](ValueId id) { return facts.shapes[static_cast<std::size_t>(id)] == shape; });
}

} // namespace

Question questionOf(const Network& network)
{
    Question q{.values = network.outputs};
    if (network.outputs.size() != 1) return q;
    ValueId scores = network.outputs[0];
    const Node* last = network.makerOf(scores);
    while (last && (last->op == "QuantizeLinear" || last->op == "DequantizeLinear")) last = network.makerOf(last->inputs[0]);
    const bool saysShares = last && (last->op == "Softmax" || last->op == "LogSoftmax");
    if (saysShares) scores = last->inputs[0];
    const Facts facts = factsOf(network, inputShapes(network, 1, 64));
    const auto& shape = facts.shapes[static_cast<std::size_t>(scores)];
    if (!shape || !isRowOfClasses(*shape) || (!saysShares && hasShapeOfInput(network, facts, *shape))) return q;
    return {{scores}, true};
}

Network withRealOutputs(Network network)
{
    for (ValueId& output : network.outputs) {
        const Node* last = network.makerOf(output);
        if (!last || last->op != "QuantizeLinear") continue;
        ValueInfo info = network.values[static_cast<std::size_t>(output)];
        info.type = "F32";
        info.name += ".real";
        Node real = *last;
        real.op = "DequantizeLinear";
        real.name = info.name;
        real.attributes.erase("output_dtype");
        real.inputs[0] = output;
        output = network.add(std::move(info));
        real.outputs = {output};
        network.nodes.push_back(std::move(real));
    }
    return network;
}

std::vector<float> thinned(std::span<const float> numbers)
{
    const std::size_t every = std::max<std::size_t>((numbers.size() + kMostNumbers - 1) / kMostNumbers, 1);
    std::vector<float> some;
    for (std::size_t i = 0; i < numbers.size(); i += every) some.push_back(numbers[i]);
    return some;
}

std::vector<float> answerIn(const std::vector<Array>& values)
{
    std::vector<float> row;
    for (const Array& array : values) {
        const Node node{.name = {}, .domain = {}, .op = "Cast", .inputs = {}, .outputs = {}, .attributes = {}};
        const Array floats = castTo(Call(node, {}), array, "F32");
        const std::vector<float> some = thinned(std::get<std::vector<float>>(floats.values));
        row.insert(row.end(), some.begin(), some.end());
    }
    return row;
}

Logits answersOf(
    const Network& network, const Question& question, const NamedArrays& inputs, ThreadPool& pool, const std::function<bool()>& keepGoing)
{
    const std::size_t count = sampleCount(network, inputs);
    Logits answers{{}, count, 0};
    std::vector<std::vector<float>> rows(count);
    const auto piece = static_cast<std::size_t>(pool.threads()) * 4;
    for (std::size_t first = 0; first < count; first += piece) {
        pool.run(static_cast<int>(std::min(piece, count - first)), [&](int i) {
            if (keepGoing && !keepGoing()) throw Stopped{};
            const std::size_t sample = first + static_cast<std::size_t>(i);
            const NamedArrays found = run(network, samplesOf(network, inputs, sample, 1), question.values);
            std::vector<Array> values;
            for (const ValueId id : question.values) values.push_back(found.at(network.values[static_cast<std::size_t>(id)].name));
            rows[sample] = answerIn(values);
        });
    }
    for (const std::vector<float>& row : rows) answers.values.insert(answers.values.end(), row.begin(), row.end());
    answers.classes = count == 0 ? 0 : rows[0].size();
    return answers;
}

} // namespace bitstill::foreign
