#include "engine/io/deflate.h"

#include "engine/core/error.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace bitstill {

std::string deflated(std::string_view bytes)
{
    uLongf size = compressBound(bytes.size());
    std::string stream(size, '\0');
    const int code = compress2(
        reinterpret_cast<Bytef*>(stream.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), Z_DEFAULT_COMPRESSION);
    if (code != Z_OK) throw std::bad_alloc(); // there is nothing else that it could say
    stream.resize(size);
    return stream;
}

std::string inflated(std::string_view stream, std::size_t limit, const std::string& name)
{
    struct Inflater {
        z_stream z{};
        Inflater()
        {
            if (inflateInit(&z) != Z_OK) throw std::bad_alloc();
        }
        ~Inflater() { inflateEnd(&z); }
        Inflater(const Inflater&) = delete;
        Inflater& operator=(const Inflater&) = delete;
    } inflater;
    const Error broken(name, text("its compressed bytes are damaged"), text("the file is corrupt; save it again"));
    if (stream.size() > std::numeric_limits<uInt>::max()) throw broken;
    z_stream& z = inflater.z;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data())); // zlib does not write to it
    z.avail_in = static_cast<uInt>(stream.size());
    std::string bytes, piece(std::min<std::size_t>(limit + 1, 1 << 18), '\0');
    for (int code = Z_OK; code != Z_STREAM_END;) {
        z.next_out = reinterpret_cast<Bytef*>(piece.data());
        z.avail_out = static_cast<uInt>(piece.size());
        code = inflate(&z, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END) throw broken; // Z_BUF_ERROR: it ends early
        bytes.append(piece, 0, piece.size() - z.avail_out);
        if (bytes.size() > limit)
            throw Error(name, text("it unpacks to more than %1", bytesText(static_cast<std::int64_t>(limit))),
                text("the file is corrupt; save it again"));
    }
    if (z.avail_in != 0) throw broken;
    return bytes;
}

} // namespace bitstill
