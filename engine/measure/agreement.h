#pragma once

#include "engine/nn/evaluate.h"

namespace bitstill {

/// Share of samples on which both networks choose the same class; needs no labels.
double agreement(const Logits& a, const Logits& b);
/// Share of samples on which they also agree on the second choice, among those where they agree on the first.
double secondChoiceAgreement(const Logits& a, const Logits& b);
/// Mean over samples of KL(softmax(a) ‖ softmax(b)) in nat: what is lost when b stands for a.
double klDivergence(const Logits& a, const Logits& b);

} // namespace bitstill
