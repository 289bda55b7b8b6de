#pragma once

#include "engine/nn/evaluate.h"

namespace bitstill {

/// Throws Error, naming the sample, when an answer of the network is not finite: nothing that can be said of it would be a number.
void requireFinite(const Logits& logits);

/// Share of samples on which both networks choose the same class; needs no labels.
double agreement(const Logits& a, const Logits& b);
/// Share of samples on which they also agree on the second choice, among those where they agree on the first.
double secondChoiceAgreement(const Logits& a, const Logits& b);
/// Mean over samples of KL(softmax(a) ‖ softmax(b)) in nat: what is lost when b stands for a. As requireFinite.
double klDivergence(const Logits& a, const Logits& b);

} // namespace bitstill
