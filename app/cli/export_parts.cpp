#include "app/cli/export_parts.h"

#include "app/cli/language.h"

#include <algorithm>
#include <charconv>

namespace bitstill::cli {

namespace {

constexpr const char* kRuntime = "onnxruntime";

/// −1 for a word that is no whole number.
long numberIn(const std::string& word)
{
    long number = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc{} && end == word.data() + word.size() ? number : -1;
}

std::size_t countOf(const std::string& word)
{
    const long count = numberIn(word);
    if (count < 0) throw WrongUse(text("--verify %1: write a number of test samples, or onnxruntime", printable(word)));
    return static_cast<std::size_t>(count);
}

int bitsOf(const std::string& word)
{
    const auto bits = static_cast<int>(std::min(numberIn(word), 99L));
    if (bits < 2 || bits > 8) throw WrongUse(text("--bits %1: write 2 to 8, or LAYER=2 to 8", printable(word)));
    return bits;
}

} // namespace

void takeBits(const std::vector<std::string>& words, QuantizationOptions& options)
{
    for (const std::string& word : words) {
        const std::size_t equals = word.rfind('='); // a layer's name may have one
        if (equals == std::string::npos)
            options.weightBits = bitsOf(word);
        else
            options.layers[word.substr(0, equals)] = {.weight = bitsOf(word.substr(equals + 1)), .activation = options.activationBits};
    }
}

void requireLayers(const QuantizationOptions& options, const std::vector<std::string>& names)
{
    for (const auto& [name, bits] : options.layers)
        if (std::ranges::find(names, name) == names.end())
            throw WrongUse(text("--bits: there is no layer \"%1\"; the layers are %2", printable(name), joined(names)));
}

Text levelName(const std::string& level) { return level == "all" ? text("default level") : text("optimization disabled"); }

std::size_t ExportArguments::samples(std::size_t fallback) const
{
    std::size_t samples = fallback;
    for (const std::string& word : verify)
        if (word != kRuntime) samples = countOf(word);
    return samples;
}

bool ExportArguments::asksRuntime() const { return std::ranges::find(verify, kRuntime) != verify.end(); }

} // namespace bitstill::cli
