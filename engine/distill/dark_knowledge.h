#pragma once

#include "engine/nn/evaluate.h"

namespace bitstill {

/// What is done to a teacher's logits before a student hears them. In every row the choice and how sure it is stay.
enum class DarkKnowledge {
    Intact,
    Shuffled, ///< the other classes' logits change places, row by row (stream "dark" of the seed)
    Flattened, ///< the others share what they had: each gets ln of the mean of exp(logit)
};

/// The controls of Furlanello et al. 2018: as sure as the teacher, but without knowing what resembles what.
void changeKnowledge(Logits& logits, DarkKnowledge kind, std::uint64_t seed);

} // namespace bitstill
