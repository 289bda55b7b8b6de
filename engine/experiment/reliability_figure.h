#pragma once

#include "engine/distill/soft_labels.h"
#include "engine/experiment/figure.h"

namespace bitstill {

/// How often two students are right against how sure they are, with the line on which the two are one. Id "reliability".
Figure reliabilityFigure(const Reliability& alone, const Reliability& taught);

} // namespace bitstill
