#pragma once

#include "engine/data/dataset.h"

#include <functional>

namespace bitstill {

/// What of a column of a table a person should look at before training on it; over the training samples.
enum class Suspicion {
    None,
    Constant, ///< one value
    AlmostConstant, ///< `share` of the samples, at least 99 %, have one value
    TellsTheClass, ///< each class has a range of its own: the label in disguise, or a task without a riddle
    SameAsAnother, ///< as column `same`, sample by sample
    FarOut, ///< a value lies `deviations`, more than 20, from the mean
};

struct ColumnFacts {
    Column column; ///< its number from 1 for a name where it has none
    Suspicion suspicion = Suspicion::None;
    double share = 0;
    double deviations = 0;
    std::string same{};
};

struct PartFacts {
    std::vector<std::size_t> perClass; ///< samples
    std::size_t repeated = 0; ///< samples whose values an earlier one of this part has
};

/// What a person would find out by looking through all samples. "The same values" means bit by bit.
struct DataFacts {
    PartFacts train, test;
    std::size_t shared = 0; ///< test samples with the same values as a training sample
    std::size_t contradicting = 0; ///< samples of another class than the first one with the same values
    double low = 0, high = 0; ///< of all values of both parts, as they are stored
    std::size_t constantValues = 0; ///< places of a sample, such as pixels, that are the same in all training samples
    std::vector<ColumnFacts> columns; ///< of a table: samples of one row
};

/// Looks at every sample once for all but the columns, which are sorted. `keepGoing` is asked every few milliseconds (a column of a
/// million rows takes longer); when it says no, Stopped is thrown.
DataFacts factsOf(const Dataset& data, const std::function<bool()>& keepGoing = {});

/// Of each class up to `count` training samples, drawn by the seed: their rows, class by class.
std::vector<std::vector<std::uint32_t>> examplesOf(const Dataset& data, std::size_t count, std::uint64_t seed);

} // namespace bitstill
