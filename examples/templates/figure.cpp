// A figure of a shape of its own, made from the kinds there are: most new pictures need no new kind. A new kind is a struct in
// engine/experiment/figure.h and one more alternative of FigureBody; rows and CSV, record, shared axes, chart and table have to learn it.

#include "examples/templates/templates.h"

#include <algorithm>

namespace bitstill {

/// A share as one bar from 0 to 1, with the guide at a half.
Figure gauge(const std::string& id, const Text& title, double share)
{
    Bars bars{{.title = title, .range = AxisRange{0, 1}, .percent = true}, {Text("now")},
        {{title, Role::After, {std::clamp(share, 0.0, 1.0)}, {}}}};
    bars.guide = 0.5;
    return {.id = id, .title = title, .caption = Text("A share of the whole."), .description = title, .body = bars};
}

} // namespace bitstill
