#include "engine/distill/method.h"

namespace bitstill {

DistillMethod assistantMethod()
{
    return {"assistant", text("the teacher teaches a network in between, which teaches the student (teacher assistant)"),
        DistillMethod::Source::Assistant, hintonMethod().loss};
}

} // namespace bitstill
