#include "engine/distill/method.h"

namespace bitstill {

DistillMethod mutualMethod()
{
    return {"mutual", text("no teacher: two students teach each other as they learn (deep mutual learning)"), DistillMethod::Source::Peer,
        hintonMethod().loss};
}

} // namespace bitstill
