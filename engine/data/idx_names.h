#pragma once

#include <filesystem>
#include <string>

namespace bitstill {

/// The four files of an IDX data set.
struct IdxSet {
    std::string name; ///< what stands in front of "train-images...": "emnist-letters", or nothing
    std::filesystem::path trainImages, trainLabels, testImages, testLabels;
};

/// The set in this folder, or the one that this file belongs to. Throws Error when a file of it is missing, or when the folder holds
/// several sets.
IdxSet findIdxSet(const std::filesystem::path& path);

} // namespace bitstill
