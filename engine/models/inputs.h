#pragma once

#include "engine/data/dataset.h"
#include "engine/models/network.h"

#include <filesystem>
#include <optional>

namespace bitstill::foreign {

/// What a network expects of pixels.
struct Preprocessing {
    enum class Scale {
        Training, ///< mean 0, deviation 1 over the training set, as networks are trained here
        UnitInterval, ///< 0 ... 1
        Bytes, ///< 0 ... 255
        Symmetric, ///< −1 ... 1
        Own, ///< (pixel / 255 − mean) / deviation
    };
    Scale scale = Scale::Training;
    double mean = 0.5, deviation = 0.5; ///< of Own
};
/// Of "training", "0..1", "0..255", "-1..1" or "own".
Preprocessing::Scale scaleOf(const std::string& name);

/// The samples as the network's only input takes them: [N, C, H, W] or [N, H, W, C] (where C is 1 or 3), [N, H, W], or [N, features] in the
/// order channel, row, column. Grey becomes three equal channels, colours their mean; another size is interpolated (bilinear, half-pixel
/// centres). Throws Error where that cannot be the network's input.
NamedArrays inputsFrom(const Network& network, const Dataset& data, const Samples& samples, const Preprocessing& preprocessing);

/// `count` samples of normally distributed numbers (rounded for inputs of codes, 0 and 1 for those of whole numbers), drawn by the seed; 64
/// for a size that the file leaves free.
NamedArrays randomInputs(const Network& network, std::size_t count, std::uint64_t seed);

/// What a file holds for a network.
struct InputFile {
    NamedArrays inputs; ///< by the network's names (see matched())
    std::vector<std::int32_t> labels; ///< of an array "labels", "label" or "y", where there is one
};
/// A .npz, .npy or .safetensors. Throws Error where it does not fit the network.
InputFile readInputs(const Network& network, const std::filesystem::path& file);

} // namespace bitstill::foreign
