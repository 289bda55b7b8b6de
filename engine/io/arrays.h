#pragma once

#include "engine/core/tensor.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace bitstill {

/// An array as files hold it: shape and values of one of the types that Bitstill reads and writes.
struct Array {
    Shape shape;
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int32_t>, std::vector<std::int64_t>> values;

    std::size_t size() const { return elements(shape); }
    /// As float32; throws Error for integers.
    Tensor toTensor(const std::string& name) const;
    static Array of(const Tensor& tensor);
};

using NamedArrays = std::map<std::string, Array>;

/// safetensors (Hugging Face): 8 bytes little-endian header length, JSON header, raw values. F32, F64, I32, I64.
/// Reading throws Error on anything that does not add up: header length, offsets, overlaps, shapes, types.
NamedArrays readSafetensors(const std::filesystem::path& file);
NamedArrays safetensorsFromBytes(const std::string& bytes, const std::string& name);
std::string safetensorsBytes(const NamedArrays& arrays, const std::map<std::string, std::string>& metadata);

/// NumPy's .npy, versions 1 to 3, C order, '<f4' and '<f8' (and '<i4', '<i8').
Array readNpy(const std::filesystem::path& file);
Array npyFromBytes(const std::string& bytes, const std::string& name);

} // namespace bitstill
