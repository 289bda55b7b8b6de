#pragma once

#include "engine/models/network.h"

namespace bitstill {
class ThreadPool;
}

namespace bitstill::foreign {

/// The network's outputs by their names, for inputs by theirs. Many samples are computed a few at a time and their outputs put behind each
/// other: where the first dimension of all inputs and outputs is free, or where the file fixes it to 1. On the pool's threads where there
/// is one; the same bits for any number of them, and for a sample in any company. Throws Error for an input that is missing, or of another
/// shape or type than the file says, where the network cannot run as a whole, and where it would take more
/// than kMostOperations (work.h) for a sample, or more memory than memoryBudget().
NamedArrays run(const Network& network, const NamedArrays& inputs, ThreadPool* pool = nullptr);

/// The same for any values, wherever they are in the network, by their names.
NamedArrays run(const Network& network, const NamedArrays& inputs, const std::vector<ValueId>& wanted, ThreadPool* pool = nullptr);

/// The arrays by the names of the network's inputs, as the types that those have: by their own names, or, where those are others, in the
/// order of their names. Floats for an input of codes are rounded with the scale and zero point that the file gives them. Throws Error
/// where they are too few or too many, or of a type that does not become the input's: fractions for whole numbers without a scale.
NamedArrays matched(const Network& network, const NamedArrays& arrays);

/// Does the input take codes, 8-bit ones whose scale the file gives?
bool takesCodes(const Network& network, ValueId input);

} // namespace bitstill::foreign
