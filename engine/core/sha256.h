#pragma once

#include <string>
#include <string_view>

namespace bitstill {

/// SHA-256 (FIPS 180-4) of the bytes, as 64 hex digits: what `sha256sum` prints. For names of contents, where fnv1a() would collide.
std::string sha256(std::string_view bytes);

} // namespace bitstill
