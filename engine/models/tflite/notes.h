#pragma once

#include "engine/models/tflite/model.h"

namespace bitstill::tflite {

/// What the file means to LiteRT and may not mean to its author: float activations that it rounds, uint8 weights that it reads as int8,
/// scales that it ignores.
std::vector<Text> notesOf(const Model& model, int subgraphs);

} // namespace bitstill::tflite
