#pragma once

#include "engine/core/text.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace bitstill {

/// What a series stands for; the theme gives each role its colour, the same one everywhere.
enum class Role { Neutral, Before, After, Train, Test, Teacher, Taught, Alone, Guide };

struct AxisRange {
    double low = 0;
    double high = 1;
    bool operator==(const AxisRange&) const = default;
};

struct Axis {
    Text title{};
    Text unit{};
    std::optional<AxisRange> range{}; ///< fixed where honesty needs it; otherwise from the data
    bool percent = false; ///< values are shares, shown as percentages
    bool logarithmic = false; ///< values that are not above 0 have no place on it
};

struct CurveSeries {
    enum class Style { Solid, Dashed, Points };
    Text name;
    Role role = Role::Neutral;
    Style style = Style::Solid;
    std::vector<double> x;
    std::vector<double> y; ///< NaN makes a gap
};

struct Curves {
    Axis x, y;
    std::vector<CurveSeries> series;
};

/// Area: bins [low + i·width, low + (i+1)·width). Stems: bars standing at low + i·width.
struct HistogramSeries {
    enum class Style { Area, Stems };
    Text name;
    Role role = Role::Neutral;
    Style style = Style::Area;
    double low = 0;
    double width = 1;
    std::vector<double> y;
};

/// A line across a histogram. With `field`, dragging it sets that live field to position / unit.
struct Marker {
    Text name;
    double position = 0;
    std::string field{};
    double unit = 1;
    Role role = Role::Guide;
    bool theory = false; ///< what a formula says, not what was found in the numbers: drawn with dots
};

struct Histogram {
    Axis x, y;
    std::vector<HistogramSeries> series;
    std::vector<Marker> markers;
};

struct BarSeries {
    Text name;
    Role role = Role::Neutral;
    std::vector<double> values;
    std::vector<AxisRange> intervals; ///< empty, or one for each value
};

struct Bars {
    Axis value;
    std::vector<Text> categories;
    std::vector<BarSeries> series;
    std::optional<double> guide{}; ///< a value to compare with, drawn as a dashed line
    /// With `field`, a click on a category sets that live field to its choice.
    std::string field{};
    std::vector<std::string> choices{};
};

struct Heatmap {
    Axis x, y;
    std::vector<Text> columns, rows;
    std::vector<double> values; ///< rows × columns
    std::optional<AxisRange> range;

    /// NaN where there is no value.
    double at(std::size_t row, std::size_t column) const;
};

struct ScatterPoint {
    Text name;
    double x = 0, y = 0;
    Role role = Role::Neutral;
    std::optional<AxisRange> interval; ///< of y
};

struct Scatter {
    Axis x, y;
    std::vector<ScatterPoint> points;
};

struct ImageTile {
    Text label;
    int width = 0, height = 0, channels = 1; ///< 1 grey or 3 colours
    std::vector<std::uint8_t> pixels; ///< height × width × channels
};

struct Images {
    std::vector<ImageTile> tiles;
};

struct Table {
    std::vector<Text> columns;
    std::vector<std::vector<Text>> rows; ///< first cell names the row
    int result = -1; ///< column that the reader came for
};

struct Readout {
    struct Item {
        Text label;
        Text value;
        bool emphasis = false;
    };
    std::vector<Item> items;
};

using FigureBody = std::variant<Curves, Histogram, Bars, Heatmap, Scatter, Images, Table, Readout>;

/// A picture as a value: what is drawn, exported, recorded and read aloud. Everything in it was computed.
struct Figure {
    std::string id; ///< "weights.dense1"
    Text title{};
    Text caption; ///< one sentence under the title
    Text description; ///< what a person who cannot see it should know
    FigureBody body;
    int span = 1; ///< columns of the grid it would like
    bool timed = false; ///< shows measured times, which no seed repeats
};

using FigurePointer = std::shared_ptr<const Figure>;

/// "curves", "histogram", "bars", "heatmap", "scatter", "images", "table", "readout".
const char* kindOf(const Figure& figure);

/// What stands in one place of a figure's data.
struct DataCell {
    Text words{};
    std::optional<double> number{}; ///< instead of words; NaN: there is no value
};

/// The data as a table, its first row the headings, all rows equally long. Cells of tables and read-outs that are numbers as
/// `grouped`, `percent` and their like write them are read as such: "412,168" is 412168, "89.98 %" is 0.8998, and "1.2 ± 0.3 dB"
/// is 1.2 with 0.3 and the unit in places of their own.
std::vector<std::vector<DataCell>> rowsOf(const Figure& figure);

/// `rowsOf` as CSV (RFC 4180, UTF-8) under '#' lines with title, caption and provenance. Numbers read back exactly, NaN is "nan".
/// Words that a spreadsheet would take for a formula have an apostrophe before them.
std::string toCsv(const Figure& figure, const std::string& provenance);

} // namespace bitstill
