#pragma once

#include "engine/data/catalogue.h"

namespace bitstill {

/// One IDX file (LeCun): element type u8, big-endian sizes, C order; gz or plain.
struct IdxFile {
    std::vector<int> sizes;
    std::vector<std::uint8_t> bytes;
};
/// Throws Error when the file is missing, cut off, too long, or says what cannot be.
IdxFile readIdx(const std::filesystem::path& file, const DatasetOptions& options = {});

/// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images..., t10k-labels..., each gz or not.
Dataset readIdxFolder(const DatasetOptions& options);
Dataset readFashionMnist(const DatasetOptions& options);
/// data_batch_1.bin ... (those there are) and test_batch.bin: records of a label and 3 × 32 × 32 bytes.
Dataset readCifar10(const DatasetOptions& options);
/// A header line, then numbers; the column "label" (or the last) holds the class, a word or a number. Columns are
/// normalised with the training rows' mean and deviation; a fifth of the rows, drawn by the seed, is the test set.
Dataset readCsv(const DatasetOptions& options);
/// Digits drawn as strokes with a pen of varying width under a random affine map and distortion, 28 × 28 bytes.
Dataset makeStrokes(const DatasetOptions& options);
/// Two interleaved half circles, three spiral arms, three concentric rings; coordinates about −1.5...1.5, Gaussian noise.
Dataset makeMoons(const DatasetOptions& options);
Dataset makeSpirals(const DatasetOptions& options);
Dataset makeRings(const DatasetOptions& options);

} // namespace bitstill
