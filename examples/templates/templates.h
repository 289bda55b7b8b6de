#pragma once

#include "engine/distill/method.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/figure.h"
#include "engine/nn/layer.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

namespace bitstill {

// One small example of each thing that has a table. Copy the file into the folder that its first comment names, rename it, and add the
// line that the comment gives. tests/engine/tst_templates.cpp compiles and uses all of them, so they stay right.

std::unique_ptr<Observer> makeTrimmed();
NumberFormat formatPowerOfTwo();
std::unique_ptr<Layer> makeLeakyRelu();
DistillMethod meanAbsoluteMethod();
ExperimentInfo coinFlip();
Figure gauge(const std::string& id, const Text& title, double share);

} // namespace bitstill
