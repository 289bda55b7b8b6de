#include "app/cli/checks.h"

#include "app/cli/language.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

namespace bitstill::cli {

namespace {

template <class Number> CLI::Validator between(Number low, Number high)
{
    return CLI::Validator(
        [low, high](const std::string& word) {
            Number value{};
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
            const bool fits = error == std::errc{} && end == word.data() + word.size() && value >= low && value <= high;
            return fits ? std::string()
                        : said(text("choose %1 to %2", shortest(static_cast<double>(low)), shortest(static_cast<double>(high))));
        },
        "");
}

} // namespace

CLI::Validator notEmpty()
{
    return CLI::Validator([](const std::string& word) { return word.empty() ? said(text("it is empty")) : std::string(); }, "");
}

CLI::Validator namesSafetensors()
{
    return CLI::Validator(
        [](const std::string& word) {
            const std::string ending = std::filesystem::path(word).extension().string();
            const bool isOthers = std::ranges::any_of(
                std::array{".npy", ".npz", ".gguf", ".onnx", ".tflite", ".json", ".csv"}, [&](const char* e) { return ending == e; });
            return isOthers ? said(text("only .safetensors files are written")) : std::string();
        },
        "");
}

CLI::Validator within(double low, double high) { return between(low, high); }
CLI::Validator within(long long low, long long high) { return between(low, high); }
CLI::Validator within(int low, int high) { return between(low, high); }

CLI::Validator oneOf(const std::vector<std::string>& words)
{
    return CLI::Validator(
        [words](const std::string& word) {
            return std::find(words.begin(), words.end(), word) != words.end() ? std::string()
                                                                              : said(text("choose one of %1", joined(words)));
        },
        "");
}

} // namespace bitstill::cli
