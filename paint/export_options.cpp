#include "paint/export_options.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace bitstill {

namespace {

using Size = ExportOptions::Size;

constexpr std::array kNames{std::pair{Size::Screen, "screen"}, std::pair{Size::Column, "column"},
    std::pair{Size::TwoColumns, "two-columns"}, std::pair{Size::Slide, "slide"}};

/// NaN for what is no number.
double numberIn(const std::string& word)
{
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc{} && end == word.data() + word.size() ? value : std::nan("");
}

void takeSize(const std::string& word, ExportOptions& options, std::vector<Problem>& problems)
{
    if (word.empty()) return;
    for (const auto& name : kNames) {
        if (word != name.second) continue;
        options.size = name.first;
        return;
    }
    const std::size_t cross = word.find('x');
    const bool inMm = cross != std::string::npos && word.ends_with("mm");
    const double width = inMm ? numberIn(word.substr(0, cross)) : std::nan(""),
                 height = inMm ? numberIn(word.substr(cross + 1, word.size() - cross - 3)) : std::nan("");
    if (std::isnan(width) || std::isnan(height)) {
        problems.push_back({"size", text("there is no size \"%1\"", printable(word)),
            text("choose screen, column, two-columns or slide, or write width and height, such as 120x80mm")});
        return;
    }
    const auto fits = [](double side) { return side >= kLeastMm && side <= kMostMm; };
    if (!fits(width) || !fits(height))
        problems.push_back({"size", text("%1 is no size for a figure", printable(word)),
            text("each side has %1 to %2 mm", shortest(kLeastMm), shortest(kMostMm))});
    options.size = Size::Own;
    options.own = {width, height};
}

} // namespace

ExportOptions exportOptionsFrom(const ExportWords& words, std::vector<Problem>& problems)
{
    ExportOptions options;
    takeSize(words.size, options, problems);
    if (!words.dpi.empty()) {
        const double dpi = numberIn(words.dpi);
        if (dpi >= kLeastDpi && dpi <= kMostDpi && dpi == std::round(dpi))
            options.dpi = static_cast<int>(dpi);
        else
            problems.push_back({"dpi", text("\"%1\" is not a number of pixels per inch", printable(words.dpi)),
                text("choose %1 to %2", std::to_string(kLeastDpi), std::to_string(kMostDpi))});
    }
    if (words.theme != "" && words.theme != "light" && words.theme != "dark")
        problems.push_back({"theme", text("there is no theme \"%1\"", printable(words.theme)), text("choose light or dark")});
    options.dark = words.theme == "dark";
    options.outlines = words.outlines;
    options.csv = words.csv;
    return options;
}

ExportWords wordsOf(const ExportOptions& options)
{
    ExportWords words;
    words.size = shortest(options.own.width()) + "x" + shortest(options.own.height()) + "mm";
    for (const auto& name : kNames)
        if (options.size == name.first) words.size = name.second;
    if (options.dpi > 0) words.dpi = std::to_string(options.dpi);
    words.theme = options.dark ? "dark" : "light";
    words.outlines = options.outlines;
    words.csv = options.csv;
    return words;
}

int dpiOf(const ExportOptions& options)
{
    constexpr int kPrint = 300, kScreen = 192;
    if (options.dpi > 0) return options.dpi;
    return options.size == Size::Screen || options.size == Size::Slide ? kScreen : kPrint;
}

} // namespace bitstill
