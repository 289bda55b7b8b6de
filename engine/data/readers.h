#pragma once

#include "engine/data/catalogue.h"

namespace bitstill {

/// One IDX file (LeCun): an element type, big-endian sizes, elements in C order and big-endian; gz or plain.
struct IdxFile {
    enum class Type : std::uint8_t { U8 = 0x08, I8 = 0x09, I16 = 0x0B, I32 = 0x0C, F32 = 0x0D, F64 = 0x0E };

    Type type = Type::U8;
    std::vector<int> sizes;
    std::vector<std::uint8_t> bytes; ///< as they lie in the file

    std::size_t count() const { return bytes.size() / elementSize(); }
    std::size_t elementSize() const;
    double element(std::size_t index) const;
};
/// Throws Error when the file is missing, cut off, too long, needs more memory than there is, or says what cannot be.
IdxFile readIdx(const std::filesystem::path& file, const DatasetOptions& options = {});

/// The images and labels of a training and a test part, each gz or not, under the names that MNIST, Fashion-MNIST, Kuzushiji-MNIST, EMNIST
/// and QMNIST give them, unpacked or not: SET-train-images-idx3-ubyte, train-images.idx3-ubyte, SET-test-labels-idx2-int, t10k-... . The
/// path is their folder, or one of the files where a folder holds several sets. Images are n × height × width, with channels last or first,
/// or n × features; bytes stay bytes, other types become floats of mean 0 and deviation 1. Labels are whole numbers of any width (of
/// several columns the first); the classes are those that occur.
Dataset readIdxFolder(const DatasetOptions& options);
Dataset readFashionMnist(const DatasetOptions& options);
/// data_batch_1.bin ... (those there are) and test_batch.bin: records of a label and 3 × 32 × 32 bytes.
Dataset readCifar10(const DatasetOptions& options);
/// A text table (see TextTable), with a header or not. The class stands in options.label, else in the column called label, class, target
/// or the like, else in the only one of words or the last, unless that holds measurements. All other columns are numbers, normalized with
/// the training rows' mean and deviation; a fifth of the rows, drawn by the seed, is the test set. Dataset::notes say what was understood.
Dataset readCsv(const DatasetOptions& options);
/// Digits drawn as strokes with a pen of varying width under a random affine map and distortion, 28 × 28 bytes.
Dataset makeStrokes(const DatasetOptions& options);
/// Two interleaved half circles, three spiral arms, three concentric rings; coordinates about −1.5...1.5, Gaussian noise.
Dataset makeMoons(const DatasetOptions& options);
Dataset makeSpirals(const DatasetOptions& options);
Dataset makeRings(const DatasetOptions& options);

} // namespace bitstill
