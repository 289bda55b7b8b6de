#pragma once

#include "engine/nn/plan.h"

namespace bitstill {

// The stages of compile() that have files of their own, in their order. Each reads what those before it have decided.

/// Fills `forward` and, in training, `step` and `gradientTasks`.
void scheduleSteps(const Graph& graph, Plan& plan);

/// Training: gives each gradient that a step computes a slot. Two that are never needed at the same time share one; those that begin
/// and end between two meetings of the shards are in Room::Lane.
void shareGradientSlots(const Graph& graph, Plan& plan);

} // namespace bitstill
