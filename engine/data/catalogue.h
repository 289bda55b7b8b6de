#pragma once

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/data/dataset.h"

#include <filesystem>
#include <functional>

namespace bitstill {

/// What a data set is made from: files for those that read them, a seed and settings for those that are generated.
struct DatasetOptions {
    std::filesystem::path path; ///< folder or file; empty: the data set's usual place
    std::uint64_t seed = 1;
    int samples = 10000; ///< training samples of generated sets; the test set has a fifth of it
    double noise = 0.5; ///< distortion (strokes) or noise (2-D sets), 0...1
    std::string label{}; ///< csv: the column of the class, by its name or its number from 1; empty: the one that is called so, or a guess
    std::string leaveOut{}; ///< csv: columns that are not read, by name or number, with commas between them
    bool leaveOutMissing = false; ///< csv: rows with a missing value are left out; otherwise they are an error
    bool transpose = false; ///< idx: images lie column by column in their file (EMNIST)
    std::function<bool()> keepGoing{}; ///< asked every few milliseconds; when it says no, Stopped is thrown

    void stopIfAsked() const
    {
        if (keepGoing && !keepGoing()) throw Stopped{};
    }
};

struct DatasetInfo {
    std::string id;
    Text description; ///< one sentence
    Dataset (*load)(const DatasetOptions& options);
    SampleShape shape{28, 28, 1}; ///< of its samples; a guess for the user's own, until they are read
    int classes = 10; ///< 0: only its files say
    int testSamples = 0; ///< 0: only its files say, or it is generated
    bool needsPath = false; ///< the user must say where it is
    bool generated = false; ///< from seed and settings
};

/// All data sets, one line each in registry.cpp.
const std::vector<DatasetInfo>& datasets();
/// Null for an unknown id.
const DatasetInfo* findDataset(const std::string& id);
/// Throws Error for an unknown id, naming the nearest.
const DatasetInfo& datasetInfo(const std::string& id);
/// Loads it and checks that it can be trained on: at least two classes, samples in both parts.
Dataset loadDataset(const std::string& id, const DatasetOptions& options = {});

/// Where Debian's dataset-fashion-mnist lies; the environment variable BITSTILL_DATA names another folder above it.
std::filesystem::path fashionMnistFolder();
/// fashion-mnist when it is installed, else strokes.
std::string defaultDataset();

} // namespace bitstill
