#include "engine/nn/optimizer.h"

#include "engine/core/error.h"
#include "engine/core/for_this_cpu.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bitstill {

namespace {

BITSTILL_INLINE void sgd(float* w, const float* g, std::size_t n, float lr, float decay)
{
    for (std::size_t i = 0; i < n; ++i) w[i] -= lr * (g[i] + decay * w[i]);
}

BITSTILL_INLINE void sgdMomentum(
    float* __restrict w, const float* __restrict g, float* __restrict v, std::size_t n, float lr, float decay, float momentum)
{
    for (std::size_t i = 0; i < n; ++i) {
        const float d = g[i] + decay * w[i];
        const float speed = momentum * v[i] + d;
        v[i] = speed;
        w[i] -= lr * speed;
    }
}

BITSTILL_INLINE void sgdNesterov(
    float* __restrict w, const float* __restrict g, float* __restrict v, std::size_t n, float lr, float decay, float momentum)
{
    for (std::size_t i = 0; i < n; ++i) {
        const float d = g[i] + decay * w[i];
        v[i] = momentum * v[i] + d;
        w[i] -= lr * (d + momentum * v[i]);
    }
}

struct AdamStep {
    float beta1, beta2, decayInGradient, keep, rate, rootCorrection, epsilon;
};

BITSTILL_INLINE void adam(
    float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v, std::size_t n, const AdamStep& s)
{
    for (std::size_t i = 0; i < n; ++i) {
        const float d = g[i] + s.decayInGradient * w[i];
        m[i] = s.beta1 * m[i] + (1 - s.beta1) * d;
        v[i] = s.beta2 * v[i] + (1 - s.beta2) * d * d;
        w[i] = s.keep * w[i] - s.rate * m[i] / (std::sqrt(v[i]) / s.rootCorrection + s.epsilon);
    }
}

double sizeOf(const Tensor& values)
{
    constexpr double kSmallest = 1e-3;
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    return std::max(kSmallest, std::sqrt(sum / static_cast<double>(values.size())));
}

} // namespace

const std::vector<std::string>& optimizerNames()
{
    static const std::vector<std::string> names{"sgd", "adam", "adamw"};
    return names;
}

Optimizer::Optimizer(const Graph& graph, const OptimizerOptions& options) : m_options(options), m_isAdam(options.name != "sgd")
{
    assert(options.name == "sgd" || options.name == "adam" || options.name == "adamw");
    const bool hasFirst = m_isAdam || options.momentum != 0;
    for (const auto& [name, p] : graph.parameters())
        m_moments.push_back({p, hasFirst ? Tensor(p->value.shape()) : Tensor(), m_isAdam ? Tensor(p->value.shape()) : Tensor(), 1});
}

void Optimizer::setNumbers(OptimizerOptions options)
{
    options.name = m_options.name;
    m_options = std::move(options);
    if (m_options.momentum == 0) return;
    for (Moments& m : m_moments)
        if (m.first.size() == 0) m.first = Tensor(m.parameter->value.shape());
}

void Optimizer::beginStep(double learningRate)
{
    m_learningRate = learningRate;
    ++m_step;
    if (!m_options.relative) return;
    for (Moments& m : m_moments) m.size = sizeOf(m.parameter->value);
}

Optimizer::Moments& Optimizer::momentsOf(const Parameter& parameter)
{
    for (Moments& m : m_moments)
        if (m.parameter == &parameter) return m;
    throw Error("optimizer", text("parameter %1 does not belong to this network", parameter.name),
        text("create the optimizer from the network it trains"));
}

void Optimizer::update(Parameter& parameter, std::size_t begin, std::size_t end)
{
    Moments& m = momentsOf(parameter);
    float* w = parameter.value.data() + begin;
    const float* g = parameter.gradient.data() + begin;
    const std::size_t n = end - begin;
    const double rate = m_learningRate * m.size;
    const auto lr = static_cast<float>(rate), decay = static_cast<float>(m_options.weightDecay),
               momentum = static_cast<float>(m_options.momentum);
    if (m_isAdam) {
        const bool decoupled = m_options.name == "adamw";
        const double correction1 = 1 - std::pow(m_options.beta1, m_step), correction2 = 1 - std::pow(m_options.beta2, m_step);
        forThisCpu<adam>(w, g, m.first.data() + begin, m.second.data() + begin, n,
            {static_cast<float>(m_options.beta1), static_cast<float>(m_options.beta2), decoupled ? 0.0f : decay,
                decoupled ? 1 - lr * decay : 1.0f, static_cast<float>(rate / correction1), static_cast<float>(std::sqrt(correction2)),
                static_cast<float>(m_options.epsilon)});
    } else if (m_options.momentum == 0) {
        forThisCpu<sgd>(w, g, n, lr, decay);
    } else if (m_options.nesterov) {
        forThisCpu<sgdNesterov>(w, g, m.first.data() + begin, n, lr, decay, momentum);
    } else {
        forThisCpu<sgdMomentum>(w, g, m.first.data() + begin, n, lr, decay, momentum);
    }
}

} // namespace bitstill
