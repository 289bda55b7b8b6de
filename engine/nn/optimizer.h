#pragma once

#include "engine/nn/graph.h"

#include <memory>

namespace bitstill {

/// What moves the weights. Options' defaults are PyTorch's.
struct OptimizerOptions {
    std::string name = "sgd"; ///< one of optimizerNames()
    double momentum = 0; ///< sgd
    bool nesterov = false; ///< sgd
    double weightDecay = 0; ///< sgd, adam: added to the gradient; adamw: applied to the weight (Loshchilov & Hutter 2019)
    double beta1 = 0.9; ///< adam, adamw
    double beta2 = 0.999;
    double epsilon = 1e-8;
    /// The rate is in shares of each parameter: lr times max(10⁻³, its root mean square) as the step begins (Shazeer & Stern 2018,
    /// Adafactor).
    bool relative = false;
};

const std::vector<std::string>& optimizerNames();

/// sgd: d = g + decay·w; v = momentum·v + d; w −= lr·(nesterov ? d + momentum·v : v).
/// adam (Kingma & Ba 2015): m = β1·m + (1−β1)·g; v = β2·v + (1−β2)·g²; w −= lr·m̂ / (sqrt(v̂) + ε).
/// adamw: w −= lr·decay·w, then as adam without the decay in g.
class Optimizer {
public:
    Optimizer(const Graph& graph, const OptimizerOptions& options);

    /// Other numbers from the next step on; kind and moments stay.
    void setNumbers(OptimizerOptions options);
    /// Once per step, before update().
    void beginStep(double learningRate);
    /// Elements [begin, end) of one parameter; ranges may be updated at the same time.
    void update(Parameter& parameter, std::size_t begin, std::size_t end);

private:
    struct Moments {
        const Parameter* parameter;
        Tensor first;
        Tensor second;
        double size = 1; ///< what the rate is a share of
    };
    Moments& momentsOf(const Parameter& parameter);

    OptimizerOptions m_options;
    bool m_isAdam;
    std::vector<Moments> m_moments;
    double m_learningRate = 0;
    int m_step = 0;
};

} // namespace bitstill
