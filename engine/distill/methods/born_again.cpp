#include "engine/distill/method.h"

namespace bitstill {

DistillMethod bornAgainMethod()
{
    return {"born-again", text("the same network, first trained on the labels alone, teaches its successor (born again)"),
        DistillMethod::Source::Itself, hintonMethod().loss};
}

} // namespace bitstill
