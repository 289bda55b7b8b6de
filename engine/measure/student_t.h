#pragma once

namespace bitstill {

/// P(|T| ≥ |t|) of Student's t distribution with `freedom` > 0 degrees of freedom: the regularised incomplete beta function
/// I_x(freedom/2, 1/2) at x = freedom/(freedom + t²) (Abramowitz and Stegun 26.7.1), by its continued fraction (26.5.8). To about 1e-14.
double studentTail(double t, double freedom);
/// The t with P(|T| ≥ t) = `tail`, 0 < tail < 1: 2.7764 for 0.05 and 4 degrees of freedom.
double studentPoint(double tail, double freedom);

} // namespace bitstill
