#pragma once

#include "engine/core/text.h"

#include <cstdint>

namespace bitstill {

/// Bytes that one thing made from a person's files and settings may take: half of the machine's memory, at most 4 GiB.
std::uint64_t memoryBudget();
/// Throws Error, in one line, when `bytes` are more than that. Asked about what will be built, before any of it is allocated.
/// `what` begins the sentence ("%1 would take 12 GiB of memory ..."): a file, a model, a layer.
void requireMemory(const Text& where, const Text& what, double bytes, const Text& hint);

} // namespace bitstill
