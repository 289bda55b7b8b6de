#pragma once

#include "engine/io/arrays.h"

#include <cstdint>

namespace bitstill {

/// The arrays, of floats, as NumPy's savez writes them: a zip of .npy files, stored.
inline std::string npzBytes(const NamedArrays& arrays)
{
    const auto number = [](std::uint64_t value, int bytes) {
        std::string s;
        for (int i = 0; i < bytes; ++i) s.push_back(static_cast<char>(i < 8 ? value >> (8 * i) : 0));
        return s;
    };
    const auto checksum = [](const std::string& bytes) { // zip's CRC-32
        std::uint32_t crc = ~0u;
        for (const char c : bytes) {
            crc ^= static_cast<unsigned char>(c);
            for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0u);
        }
        return ~crc;
    };
    std::string file, directory;
    for (const auto& [name, array] : arrays) {
        std::string shape;
        for (const int d : array.shape) shape += std::to_string(d) + ",";
        std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
        header.append((64 - (11 + header.size()) % 64) % 64, ' ').push_back('\n');
        const std::string npy = "\x93NUMPY" + number(1, 2) + number(header.size(), 2) + header + bytesOf(array), member = name + ".npy";
        const std::string sizes = number(checksum(npy), 4) + number(npy.size(), 4) + number(npy.size(), 4) + number(member.size(), 2);
        directory +=
            number(0x02014b50, 4) + number(20, 2) + number(20, 2) + number(0, 8) + sizes + number(0, 12) + number(file.size(), 4) + member;
        file += number(0x04034b50, 4) + number(20, 2) + number(0, 8) + sizes + number(0, 2) + member + npy;
    }
    const std::string end = number(0x06054b50, 4) + number(0, 4) + number(arrays.size(), 2) + number(arrays.size(), 2)
        + number(directory.size(), 4) + number(file.size(), 4) + number(0, 2);
    return file + directory + end;
}

} // namespace bitstill
