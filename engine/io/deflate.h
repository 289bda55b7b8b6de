#pragma once

#include <string>
#include <string_view>

namespace bitstill {

/// The bytes as a zlib stream (RFC 1950).
std::string deflated(std::string_view bytes);
/// The bytes of such a stream. Throws Error, naming `name`, when it is none, ends early, goes on behind its end, or holds more than
/// `limit` bytes, before memory for those is asked for.
std::string inflated(std::string_view stream, std::size_t limit, const std::string& name);

} // namespace bitstill
