#pragma once

#include "engine/core/sample_shape.h"
#include "engine/core/text.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitstill {

/// Samples and their labels. Images stay bytes until a batch is made of them; other data are floats.
struct Samples {
    std::vector<std::uint8_t> bytes; ///< count × height × width × channels, or empty
    std::vector<float> values; ///< the same as floats, when there are no bytes
    std::vector<std::int32_t> labels;

    std::size_t count() const { return labels.size(); }
};

/// A column of measurements as the file has it, before it is normalized.
struct Column {
    std::string name;
    double low = 0, high = 0; ///< of all rows
};

/// A classification task: training and test samples of one shape.
struct Dataset {
    std::string name;
    SampleShape shape;
    std::vector<std::string> classes;
    Samples train;
    Samples test;
    std::vector<Column> columns; ///< of a table with names, one for each value of a sample; otherwise none
    std::vector<Text> notes; ///< what a person should know about how the files were understood
    /// Networks see (pixel/255 − mean)/deviation; taken from the training images. 0 and 1 for float data,
    /// which readers normalise column by column.
    float mean = 0;
    float deviation = 1;

    int classCount() const { return static_cast<int>(classes.size()); }
    /// n stored pixels, normalised, to x.
    void normalize(const std::uint8_t* pixels, std::size_t n, float* x) const;
    /// Sample `index`, normalised, to x (shape.size() floats).
    void read(const Samples& samples, std::size_t index, float* x) const;
    /// Rows of x from samples indices[0..count).
    void gather(const Samples& samples, const std::uint32_t* indices, std::size_t count, float* x) const;
    /// Sets mean and deviation from the training bytes.
    void measureNormalization();
};

} // namespace bitstill
