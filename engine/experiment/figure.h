#pragma once

#include "engine/core/text.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
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
    /// The integers in the bins: bin i holds first + i·each and the next `each` − 1, of those from `lowest` to `highest`.
    struct Codes {
        int first = 0, each = 1;
        int lowest = 0, highest = 0;
    };
    Text name;
    Role role = Role::Neutral;
    Style style = Style::Area;
    double low = 0;
    double width = 1;
    std::vector<double> y;
    std::vector<std::size_t> counts{}; ///< by bin, what `y` was made of; empty: not known
    std::size_t total = 0; ///< with what no bin holds
    std::optional<Codes> codes{};

    /// The first and the last in a bin; none where there is none, or none is known.
    std::optional<std::pair<int, int>> codesIn(std::size_t bin) const;
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
    bool ofWeights = false; ///< what is counted; otherwise numbers
};

struct BarSeries {
    Text name;
    Role role = Role::Neutral;
    std::vector<double> values;
    std::vector<AxisRange> intervals; ///< empty, or one for each value
};

struct ImageTile {
    Text label;
    int width = 0, height = 0, channels = 1; ///< 1 grey or 3 colours
    std::vector<std::uint8_t> pixels; ///< height × width × channels
};

struct Bars {
    Axis value;
    std::vector<Text> categories;
    std::vector<BarSeries> series;
    std::optional<double> guide{}; ///< a value to compare with, drawn as a dashed line
    /// With `field`, a click on a category sets that live field to its choice.
    std::string field{};
    std::vector<std::string> choices{};
    std::vector<ImageTile> pictures{}; ///< empty, or beside the name of each category
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
    Text detail{}; ///< what a pointer is told instead of the name that it shares with others
};

struct Scatter {
    Axis x, y;
    std::vector<ScatterPoint> points;
    std::optional<Role> stairs{}; ///< the dots of this role are joined from left to right: what is reached so far
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

/// A network as boxes in the order in which they run, branches beside each other, coloured by one number each.
struct NetworkMap {
    struct Node {
        Text name; ///< "conv1"
        std::string op{}; ///< "Conv"
        std::vector<int> inputs{}; ///< indices of earlier nodes
        double value = 0; ///< NaN: it has none, drawn without colour
        Text detail{}; ///< second line, and what a pointer is told: "3×3, 16 → 32, 4,608 weights"
        std::string choice{}; ///< empty: a click does nothing
    };
    Axis value; ///< what the colours mean
    std::vector<Node> nodes;
    std::string field{}; ///< with it, a click on a node sets that live field to the node's choice
    std::string chosen{}; ///< the choice that is marked now
    bool highIsBad = true; ///< which end of the colours warns
};

using FigureBody = std::variant<Curves, Histogram, Bars, Heatmap, Scatter, Images, Table, Readout, NetworkMap>;

/// Where a figure stands among the others: what the experiment is about above, how the networks were trained below.
enum class Place { Top, Middle, Bottom };

/// A picture as a value: what is drawn, exported, recorded and read aloud. Everything in it was computed.
struct Figure {
    std::string id; ///< "weights.dense1"
    Text title{};
    Text caption; ///< one sentence under the title
    Text description; ///< what a person who cannot see it should know
    FigureBody body;
    int span = 1; ///< columns of the grid it would like
    bool timed = false; ///< shows measured times, which no seed repeats
    Place place = Place::Middle;
};

using FigurePointer = std::shared_ptr<const Figure>;

/// "curves", "histogram", "bars", "heatmap", "scatter", "images", "table", "readout", "network".
const char* kindOf(const Figure& figure);
/// An empty body of that kind; nothing when there is no such kind.
std::optional<FigureBody> emptyBody(const std::string& kind);

/// Is one the other at another moment: the same id and kind?
bool isSameFigure(const Figure& a, const Figure& b);

/// "histogram" or "weights.dense1": the name of its file without the ending. Letters, digits, dots, dashes and underscores, never more
/// than 120; where the figure's id has anything else in it, a number made of the id keeps two of them apart.
std::string fileNameOf(const Figure& figure);

/// What stands in one place of a figure's data.
struct DataCell {
    Text words{};
    std::optional<double> number{}; ///< instead of words; NaN: there is no value
};

/// The data as a table, its first row the headings, all rows equally long. Cells of tables and read-outs that are numbers as
/// `grouped`, `percent` and their like write them are read as such: "412,168" is 412168, "89.98 %" is 0.8998, and "1.2 ± 0.3 dB"
/// is 1.2 with 0.3 and the unit in places of their own.
std::vector<std::vector<DataCell>> rowsOf(const Figure& figure);

/// As a cell of CSV (RFC 4180): quoted where it must be, and with an apostrophe before what a spreadsheet would take for a formula. A
/// number reads back exactly, NaN is "nan".
std::string csvCell(const DataCell& cell);
/// "# sentence", on one line, in which nothing is calculated either.
std::string csvComment(const std::string& sentence);

/// `rowsOf` as CSV (RFC 4180, UTF-8) under '#' lines with title, caption and provenance. Numbers read back exactly, NaN is "nan".
/// Words that a spreadsheet would take for a formula have an apostrophe before them.
std::string toCsv(const Figure& figure, const std::string& provenance);

} // namespace bitstill
