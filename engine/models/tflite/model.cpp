#include "engine/models/tflite/model.h"

#include <algorithm>

namespace bitstill::tflite {

namespace {

/// One signed code of `bits` bits in a byte each; in the file element 0 is in the lowest bits.
std::string unpacked(std::string_view packed, int bits, std::size_t count)
{
    std::string codes(count, '\0');
    const auto perByte = static_cast<std::size_t>(8 / bits);
    for (std::size_t i = 0; i < count; ++i) {
        const int shifted = static_cast<unsigned char>(packed[i / perByte]) >> (static_cast<int>(i % perByte) * bits);
        const int code = shifted & ((1 << bits) - 1), sign = 1 << (bits - 1);
        codes[i] = static_cast<char>((code ^ sign) - sign);
    }
    return codes;
}

} // namespace

TensorId Model::find(std::string_view wanted) const
{
    const auto found = std::ranges::find(tensors, wanted, &TensorInfo::name);
    return found == tensors.end() ? kAbsent : static_cast<TensorId>(found - tensors.begin());
}

std::string_view Model::bytes(TensorId tensor) const
{
    const TensorInfo& info = tensors[static_cast<std::size_t>(tensor)];
    return std::string_view(file).substr(info.begin, info.bytes);
}

Array Model::constant(TensorId tensor) const
{
    const TensorInfo& info = tensors[static_cast<std::size_t>(tensor)];
    if (info.type == "I4" || info.type == "I2")
        return arrayOf("I8", info.shape, unpacked(bytes(tensor), info.type == "I4" ? 4 : 2, elements(info.shape)));
    return arrayOf(info.type, info.shape, std::string(bytes(tensor)));
}

} // namespace bitstill::tflite
