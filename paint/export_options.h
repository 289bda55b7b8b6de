#pragma once

#include "engine/core/error.h"

#include <QSizeF>
#include <string>
#include <vector>

namespace bitstill {

/// How figures are put into files: in the window's dialogs and on the command line. CSV has none of it.
struct ExportOptions {
    enum class Size { Screen, Column, TwoColumns, Slide, Own };
    Size size = Size::Screen;
    QSizeF own{120, 80}; ///< for Size::Own, in mm
    QSizeF screen{720, 440}; ///< for Size::Screen, in pixels at 96 per inch
    int dpi = 0; ///< of PNG; 0: what suits the size
    bool dark = false;
    bool outlines = false; ///< SVG and PDF: letters as shapes, which look the same where the fonts are missing
    bool csv = false; ///< the numbers as CSV beside it

    bool operator==(const ExportOptions&) const = default;
};

inline constexpr int kLeastDpi = 50, kMostDpi = 1200;
inline constexpr double kLeastMm = 40, kMostMm = 1200; ///< a side of Size::Own

/// The same in words, as they are typed and remembered.
struct ExportWords {
    std::string size{}; ///< screen, column, two-columns, slide, or width and height ("120x80mm"); empty: screen
    std::string dpi{}; ///< empty: what suits the size
    std::string theme{}; ///< light or dark; empty: light
    bool outlines = false;
    bool csv = false;
};

/// Adds everything that is wrong with them to `problems`: fields are called size, dpi and theme.
ExportOptions exportOptionsFrom(const ExportWords& words, std::vector<Problem>& problems);
ExportWords wordsOf(const ExportOptions& options);

/// Pixels per inch that are asked for, or that suit the size: 300 in print, 192 elsewhere.
int dpiOf(const ExportOptions& options);

} // namespace bitstill
