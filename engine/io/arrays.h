#pragma once

#include "engine/core/tensor.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bitstill {

/// Values of a type that is only carried along, as the file has them: little-endian, C order.
struct RawValues {
    std::string type; ///< safetensors' name: "BF16", "U8", "F8_E4M3"
    std::string bytes;
    bool operator==(const RawValues&) const = default;
};

/// An array as files hold it: shape and values.
struct Array {
    Shape shape;
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int32_t>, std::vector<std::int64_t>, RawValues> values;

    std::size_t size() const { return elements(shape); }
    /// safetensors' name of the type: "F32".
    std::string type() const;
    /// What toTensor() takes.
    bool isFloat() const;
    /// As float32; throws Error for other types, naming `name`.
    Tensor toTensor(const std::string& name) const;
    static Array of(const Tensor& tensor);
};

using NamedArrays = std::map<std::string, Array>;

/// Bits of one element of safetensors' type; 0 for a name that its reference does not have.
int bitsOfType(std::string_view type);
/// F16, BF16, F32, F64.
bool isFloatType(std::string_view type);
/// The array of these bytes, of which there must be as many as shape and type say.
Array arrayOf(const std::string& type, Shape shape, std::string bytes);
/// The values' bytes, little-endian.
std::string bytesOf(const Array& array);

/// NumPy's .npy, versions 1 to 3: booleans, integers and floats of 1 to 8 bytes, either byte order, C or Fortran order (turned into C).
/// Throws Error for anything that does not add up and for other types.
Array readNpy(const std::filesystem::path& file);
Array npyFromBytes(const std::string& bytes, const std::string& name);
/// The .npy members of NumPy's .npz, stored or deflated, by their names without ".npy"; `only` one of them when it is not empty.
NamedArrays readNpz(const std::filesystem::path& file, const std::string& only = {});

/// What is in a .npz, a .npy (one array, by the file's name without its ending) or a .safetensors; nothing where the ending is another.
std::optional<NamedArrays> readArrays(const std::filesystem::path& file);

/// All of a .safetensors file (see safetensors.h); throws Error when one tensor's type is not known.
NamedArrays readSafetensors(const std::filesystem::path& file);
NamedArrays safetensorsFromBytes(const std::string& bytes, const std::string& name);
/// A file as safetensors' reference writes it: widest type first, then by name, no holes, header padded with spaces to 8 bytes.
std::string safetensorsBytes(const NamedArrays& arrays, const std::map<std::string, std::string>& metadata);

} // namespace bitstill
