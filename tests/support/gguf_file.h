#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// A .gguf file made from a description, also one that makes no sense.
struct GgufBytes {
    struct Tensor {
        std::string name;
        std::vector<std::uint64_t> dimensions; ///< innermost first, as the file has them
        std::uint32_t type;
        std::string bytes;
    };
    std::vector<std::string> metadata; ///< made by the functions below
    std::vector<Tensor> tensors;
    std::uint32_t version = 3;
    std::uint64_t alignment = 32, shift = 0; ///< shift: of all offsets

    template <class T> static std::string number(T value) { return {reinterpret_cast<const char*>(&value), sizeof(T)}; }
    static std::string string(const std::string& s) { return number<std::uint64_t>(s.size()) + s; }
    static std::string text(const std::string& key, const std::string& value) { return string(key) + number(8u) + string(value); }
    static std::string u32(const std::string& key, std::uint32_t value) { return string(key) + number(4u) + number(value); }
    static std::string f32(const std::string& key, float value) { return string(key) + number(6u) + number(value); }
    static std::string texts(const std::string& key, const std::vector<std::string>& values)
    {
        std::string all = string(key) + number(9u) + number(8u) + number<std::uint64_t>(values.size());
        for (const std::string& value : values) all += string(value);
        return all;
    }

    std::string bytes() const
    {
        std::string file = "GGUF" + number(version) + number<std::uint64_t>(tensors.size()) + number<std::uint64_t>(metadata.size()),
                    values;
        for (const std::string& m : metadata) file += m;
        for (const Tensor& t : tensors) {
            file += string(t.name) + number(static_cast<std::uint32_t>(t.dimensions.size()));
            for (const std::uint64_t d : t.dimensions) file += number(d);
            file += number(t.type) + number<std::uint64_t>(values.size() + shift);
            values += t.bytes;
            values.resize((values.size() + alignment - 1) / alignment * alignment, '\0');
        }
        file.resize((file.size() + alignment - 1) / alignment * alignment, '\0');
        return file + values;
    }
};
