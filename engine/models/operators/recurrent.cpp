// RNN, GRU and LSTM: https://onnx.ai/onnx/operators/onnx__LSTM.html and its neighbours.

#include "engine/kernels/dots.h"
#include "engine/models/operators/operators.h"
#include "engine/models/operators/typed.h"

#include <algorithm>
#include <cmath>

namespace bitstill::foreign {

namespace {

/// An activation of the gates; some take one or two numbers.
struct Activation {
    const char* name;
    float (*of)(float x, float alpha, float beta);
    int numbers; ///< that it takes
    float alpha, beta; ///< where the node has none

    float operator()(float x) const { return of(x, alpha, beta); }
};
constexpr Activation kActivations[] = {
    {"Sigmoid", [](float x, float, float) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }, 0, 0, 0},
    {"Tanh", [](float x, float, float) { return std::tanh(x); }, 0, 0, 0},
    {"Relu", [](float x, float, float) { return std::max(x, 0.0f); }, 0, 0, 0},
    {"HardSigmoid", [](float x, float a, float b) { return std::clamp(a * x + b, 0.0f, 1.0f); }, 2, 0.2f, 0.5f},
    {"LeakyRelu", [](float x, float a, float) { return x < 0 ? a * x : x; }, 1, 0.01f, 0},
    {"ThresholdedRelu", [](float x, float a, float) { return x > a ? x : 0; }, 1, 1, 0},
    {"Elu", [](float x, float a, float) { return x < 0 ? a * std::expm1(x) : x; }, 1, 1, 0},
    {"ScaledTanh", [](float x, float a, float b) { return a * std::tanh(b * x); }, 2, 1, 1},
    {"Affine", [](float x, float a, float b) { return a * x + b; }, 2, 1, 0},
    {"Softsign", [](float x, float, float) { return x / (1 + std::abs(x)); }, 0, 0, 0},
    {"Softplus", [](float x, float, float) { return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0f); }, 0, 0, 0},
};

/// What RNN, GRU and LSTM have in common: `gates` products of the input and of the state, of which activations are taken.
struct Kind {
    std::size_t gates;
    std::vector<std::string> activations; ///< of one direction, where the node names none
    std::size_t outputs;
};
Kind kindOf(const Call& call)
{
    if (call.node().op == "LSTM") return {4, {"Sigmoid", "Tanh", "Tanh"}, 3};
    if (call.node().op == "GRU") return {3, {"Sigmoid", "Tanh"}, 2};
    return {1, {"Tanh"}, 2};
}

struct Sizes {
    std::size_t steps, batch, inputs, directions, hidden;
    bool batchFirst, backwards; ///< backwards: the only direction, or the second
};

Sizes sizesOf(const Call& call)
{
    const Shape &x = call.shape(0), &w = call.shape(1), &r = call.shape(2);
    const Text misfit = text("shapes %1 and %2 do not fit", describe(x), describe(w));
    call.need(x.size() == 3 && w.size() == 3 && r.size() == 3 && w[2] == x[2], misfit);
    const std::string direction = call.word("direction", "forward");
    call.need(direction == "forward" || direction == "reverse" || direction == "bidirectional",
        text("its attribute %1 says \"%2\", which is not computed here", "direction", direction));
    const bool batchFirst = call.integer("layout", 0) != 0;
    const auto size = [](int n) { return static_cast<std::size_t>(n); };
    const Sizes s{.steps = size(x[batchFirst ? 1 : 0]),
        .batch = size(x[batchFirst ? 0 : 1]),
        .inputs = size(x[2]),
        .directions = direction == "bidirectional" ? 2u : 1u,
        .hidden = size(r[2]),
        .batchFirst = batchFirst,
        .backwards = direction != "forward"};
    const std::size_t rows = kindOf(call).gates * s.hidden;
    call.need(size(w[0]) == s.directions && size(r[0]) == s.directions && size(w[1]) == rows && size(r[1]) == rows
            && call.integer("hidden_size", r[2]) == r[2],
        text("shapes %1 and %2 do not fit", describe(w), describe(r)));
    return s;
}

Shapes recurrentShapes(const Call& call)
{
    const Sizes s = sizesOf(call);
    const auto n = [](std::size_t size) { return static_cast<std::int64_t>(size); };
    const Shape last =
        s.batchFirst ? call.checked({n(s.batch), n(s.directions), n(s.hidden)}) : call.checked({n(s.directions), n(s.batch), n(s.hidden)});
    Shapes shapes(kindOf(call).outputs, last);
    shapes[0] = s.batchFirst ? call.checked({n(s.batch), n(s.steps), n(s.directions), n(s.hidden)})
                             : call.checked({n(s.steps), n(s.directions), n(s.batch), n(s.hidden)});
    call.checked({n(s.steps), n(s.batch), n(kindOf(call).gates * s.hidden)}); // what is kept of the inputs' products
    return shapes;
}

/// An optional input of `count` floats; null where it is not given.
const float* floatsOf(const Call& call, std::size_t i, std::size_t count)
{
    if (!call.has(i)) return nullptr;
    const Array& array = call.input(i);
    call.need(array.type() == "F32", text("type %1 is not computed here", array.type()));
    call.need(array.size() == count, text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(array.shape)));
    return valuesOf<float>(array);
}

/// The activations of one direction.
std::vector<Activation> activationsOf(const Call& call, std::size_t direction)
{
    const std::vector<std::string> names = call.words("activations"), plain = kindOf(call).activations;
    const std::vector<float> alphas = call.numbers("activation_alpha").value_or(std::vector<float>{}),
                             betas = call.numbers("activation_beta").value_or(std::vector<float>{});
    std::vector<Activation> all;
    std::size_t alpha = 0, beta = 0; // of the numbers each activation that takes one has the next
    for (std::size_t i = 0; i < plain.size() * (direction + 1); ++i) {
        const std::string& name = i < names.size() ? names[i] : plain[i % plain.size()];
        const auto* known = std::ranges::find_if(kActivations, [&](const Activation& a) { return name == a.name; });
        call.need(known != std::end(kActivations), text("its attribute %1 says \"%2\", which is not computed here", "activations", name));
        all.push_back(*known);
        if (known->numbers > 0 && alpha < alphas.size()) all.back().alpha = alphas[alpha++];
        if (known->numbers > 1 && beta < betas.size()) all.back().beta = betas[beta++];
    }
    return {all.end() - static_cast<std::ptrdiff_t>(plain.size()), all.end()};
}

/// One direction of one node at work. Rows of the batch never meet, so each is the same in any batch.
class Direction {
public:
    Direction(const Call& call, const Sizes& sizes, std::size_t index) :
        m_call(call), m_s(sizes), m_index(index), m_gates(kindOf(call).gates), m_activations(activationsOf(call, index)),
        m_clip(call.number("clip", 0))
    {
        const std::size_t h = m_s.hidden, d = m_s.directions, rows = m_gates * h;
        m_w = floatsOf(call, 1, d * rows * m_s.inputs) + index * rows * m_s.inputs;
        m_r = floatsOf(call, 2, d * rows * h) + index * rows * h;
        if (const float* bias = floatsOf(call, 3, 2 * d * rows)) m_bias = bias + index * 2 * rows;
        if (const float* peepholes = floatsOf(call, 7, 3 * d * h)) m_peepholes = peepholes + index * 3 * h;
        m_state.assign(m_s.batch * h, 0.0f);
        m_cell = m_state;
        begin(5, m_state);
        begin(6, m_cell);
    }

    /// All steps; `y`: the states of each, of all directions.
    void run(const float* x, const std::vector<std::size_t>& lengths, float* y)
    {
        const bool backwards = m_s.backwards && m_index + 1 == m_s.directions;
        const std::size_t rows = m_gates * m_s.hidden;
        std::vector<float> ofInputs(m_s.steps * m_s.batch * rows), ofState(rows);
        kernels::dots(x, m_w, m_s.steps * m_s.batch, rows, m_s.inputs, ofInputs.data());
        for (std::size_t b = 0; b < m_s.batch; ++b) {
            float *h = m_state.data() + b * m_s.hidden, *c = m_cell.data() + b * m_s.hidden;
            for (std::size_t t = 0; t < lengths[b]; ++t) {
                const std::size_t step = backwards ? lengths[b] - 1 - t : t;
                const float* ofInput = ofInputs.data() + place(step, b, 1, 0) * rows;
                kernels::dots(h, m_r, 1, rows, m_s.hidden, ofState.data());
                if (m_gates == 4)
                    lstm(ofInput, ofState.data(), h, c);
                else if (m_gates == 3)
                    gru(ofInput, ofState.data(), h);
                else
                    for (std::size_t j = 0; j < m_s.hidden; ++j) h[j] = m_activations[0](sum(ofInput, ofState.data(), 0, j));
                std::copy_n(h, m_s.hidden, y + place(step, b, m_s.directions, m_index) * m_s.hidden);
            }
        }
    }

    void last(const std::vector<float>& of, float* to) const
    {
        for (std::size_t b = 0; b < m_s.batch; ++b) std::copy_n(of.data() + b * m_s.hidden, m_s.hidden, to + state(b) * m_s.hidden);
    }
    const std::vector<float>& hidden() const { return m_state; }
    const std::vector<float>& cell() const { return m_cell; }

private:
    /// Which row of hidden units: of a step among those of all directions, and of a state.
    std::size_t place(std::size_t step, std::size_t b, std::size_t directions, std::size_t direction) const
    {
        return m_s.batchFirst ? (b * m_s.steps + step) * directions + direction : (step * directions + direction) * m_s.batch + b;
    }
    std::size_t state(std::size_t b) const { return m_s.batchFirst ? b * m_s.directions + m_index : m_index * m_s.batch + b; }

    void begin(std::size_t input, std::vector<float>& values) const
    {
        const float* given = floatsOf(m_call, input, m_s.directions * m_s.batch * m_s.hidden);
        for (std::size_t b = 0; given && b < m_s.batch; ++b)
            std::copy_n(given + state(b) * m_s.hidden, m_s.hidden, values.data() + b * m_s.hidden);
    }

    float bias(std::size_t gate, std::size_t j, bool ofState) const
    {
        return m_bias ? m_bias[(ofState ? m_gates + gate : gate) * m_s.hidden + j] : 0;
    }
    float clipped(float x) const { return m_clip > 0 ? std::clamp(x, -m_clip, m_clip) : x; }
    /// What goes into a gate's activation.
    float sum(const float* ofInput, const float* ofState, std::size_t gate, std::size_t j, float added = 0) const
    {
        const std::size_t i = gate * m_s.hidden + j;
        return clipped(ofInput[i] + ofState[i] + bias(gate, j, false) + bias(gate, j, true) + added);
    }

    /// Gates: input, output, forget, cell.
    void lstm(const float* ofInput, const float* ofState, float* h, float* c) const
    {
        const bool coupled = m_call.integer("input_forget", 0) != 0;
        const auto peephole = [&](std::size_t gate, std::size_t j, float cell) {
            return m_peepholes ? m_peepholes[gate * m_s.hidden + j] * cell : 0;
        };
        for (std::size_t j = 0; j < m_s.hidden; ++j) {
            const float in = m_activations[0](sum(ofInput, ofState, 0, j, peephole(0, j, c[j])));
            const float forget = coupled ? 1 - in : m_activations[0](sum(ofInput, ofState, 2, j, peephole(2, j, c[j])));
            c[j] = forget * c[j] + in * m_activations[1](sum(ofInput, ofState, 3, j));
            const float out = m_activations[0](sum(ofInput, ofState, 1, j, peephole(1, j, c[j])));
            h[j] = out * m_activations[2](c[j]);
        }
    }

    /// Gates: update, reset, hidden.
    void gru(const float* ofInput, const float* ofState, float* h) const
    {
        const std::size_t n = m_s.hidden;
        std::vector<float> reset(n), ofReset(n), before(h, h + n);
        for (std::size_t j = 0; j < n; ++j) reset[j] = m_activations[0](sum(ofInput, ofState, 1, j));
        if (m_call.integer("linear_before_reset", 0) != 0) {
            for (std::size_t j = 0; j < n; ++j) ofReset[j] = reset[j] * (ofState[2 * n + j] + bias(2, j, true));
        } else {
            std::vector<float> kept(n);
            for (std::size_t j = 0; j < n; ++j) kept[j] = reset[j] * before[j];
            kernels::dots(kept.data(), m_r + 2 * n * n, 1, n, n, ofReset.data());
            for (std::size_t j = 0; j < n; ++j) ofReset[j] += bias(2, j, true);
        }
        for (std::size_t j = 0; j < n; ++j) {
            const float update = m_activations[0](sum(ofInput, ofState, 0, j));
            const float fresh = m_activations[1](clipped(ofInput[2 * n + j] + bias(2, j, false) + ofReset[j]));
            h[j] = (1 - update) * fresh + update * before[j];
        }
    }

    const Call& m_call;
    const Sizes& m_s;
    std::size_t m_index, m_gates;
    std::vector<Activation> m_activations;
    float m_clip;
    const float *m_w, *m_r, *m_bias = nullptr, *m_peepholes = nullptr;
    std::vector<float> m_state, m_cell; ///< batch × hidden
};

/// Steps of each sequence.
std::vector<std::size_t> lengthsOf(const Call& call, const Sizes& s)
{
    std::vector<std::size_t> lengths(s.batch, s.steps);
    if (!call.has(4)) return lengths;
    const Array given = castTo(call, call.input(4), "I64");
    call.need(given.size() == s.batch, text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(given.shape)));
    for (std::size_t b = 0; b < s.batch; ++b)
        lengths[b] =
            static_cast<std::size_t>(std::clamp<std::int64_t>(valuesOf<std::int64_t>(given)[b], 0, static_cast<std::int64_t>(s.steps)));
    return lengths;
}

Arrays recurrent(const Call& call, const Shapes& shapes)
{
    const Sizes s = sizesOf(call);
    const float* x = floatsOf(call, 0, s.steps * s.batch * s.inputs);
    const std::vector<std::size_t> lengths = lengthsOf(call, s);
    Arrays results;
    for (const Shape& shape : shapes) results.push_back(zerosOf<float>(shape));
    for (std::size_t d = 0; d < s.directions; ++d) {
        Direction direction(call, s, d);
        direction.run(x, lengths, valuesOf<float>(results[0]));
        direction.last(direction.hidden(), valuesOf<float>(results[1]));
        if (results.size() > 2) direction.last(direction.cell(), valuesOf<float>(results[2]));
    }
    return results;
}

} // namespace

Table recurrentOperators()
{
    return {{"GRU", recurrentShapes, recurrent}, {"LSTM", recurrentShapes, recurrent}, {"RNN", recurrentShapes, recurrent}};
}

} // namespace bitstill::foreign
