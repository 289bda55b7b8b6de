#pragma once

#include "engine/kernels/conv.h"

#include <cstdint>
#include <vector>

namespace bitstill {

/// Bytes of one NHWC sample with its border, see pad().
std::size_t paddedBytes(const ConvShape& shape);
/// The sample with a border of `zeroPoint`, the code of 0, as wide as the shape's padding: (inHeight + 2p) × (inWidth + 2p) × in.
void pad(const ConvShape& shape, const std::uint8_t* x, std::uint8_t zeroPoint, std::uint8_t* padded);

/// Weights OIHW as convolution by matrix product wants them: [out, kernel, kernel, in].
std::vector<std::int8_t> convolutionOrder(const ConvShape& shape, const std::vector<std::int8_t>& oihw);
/// The windows of one padded sample, one a row: (outHeight·outWidth) × (kernel·kernel·in).
void windows(const ConvShape& shape, const std::uint8_t* padded, std::uint8_t* rows);

/// Convolution of one padded sample in groups, weights OIHW; acc is outHeight × outWidth × out. Exact int32, our own loop:
/// oneDNN's matrix product does not serve groups.
class GroupedInt8 {
public:
    GroupedInt8() = default;
    GroupedInt8(const ConvShape& shape, const std::vector<std::int8_t>& oihw);
    void run(const std::uint8_t* padded, std::int32_t* acc) const;

private:
    bool isDepthwise() const { return m_shape.inChannels == m_shape.groups && m_shape.outChannels == m_shape.groups; }
    ConvShape m_shape;
    std::vector<std::int16_t> m_weights; ///< depthwise: [tap, channel], so that channels run side by side; else OIHW
};

} // namespace bitstill
