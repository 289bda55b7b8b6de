#include "engine/experiment/figure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace bitstill {

namespace {

using Row = std::vector<DataCell>;
using Rows = std::vector<Row>;

DataCell words(Text w) { return {std::move(w), {}}; }
DataCell number(double v) { return {{}, v == 0 ? 0.0 : v}; } // there is no -0 in a table

/// Of series and labels of which a figure has fewer than it has values.
DataCell label(const std::vector<Text>& all, std::size_t i) { return i < all.size() ? words(all[i]) : DataCell{}; }

Text nameOf(const Axis& axis, const Text& otherwise)
{
    const Text& title = axis.title.empty() ? otherwise : axis.title;
    return axis.unit.empty() ? title : Text(std::string("%1 (%2)"), {title, axis.unit});
}

void addInterval(Row& row, const AxisRange* interval)
{
    row.push_back(interval ? number(interval->low) : DataCell{});
    row.push_back(interval ? number(interval->high) : DataCell{});
}

Rows rows(const Curves& f)
{
    Rows all{{words(text("series")), words(nameOf(f.x, Text("x"))), words(nameOf(f.y, Text("y")))}};
    for (const CurveSeries& s : f.series)
        for (std::size_t i = 0; i < std::min(s.x.size(), s.y.size()); ++i) all.push_back({words(s.name), number(s.x[i]), number(s.y[i])});
    return all;
}

Rows rows(const Histogram& f)
{
    Rows all{{words(text("series")), words(text("%1 from", nameOf(f.x, Text("x")))), words(text("to")), words(nameOf(f.y, Text("y")))}};
    const auto any = [&f](auto has) { return std::any_of(f.series.begin(), f.series.end(), has); };
    const bool counts = any([](const HistogramSeries& s) { return !s.counts.empty(); });
    const bool codes = any([](const HistogramSeries& s) { return s.codes.has_value(); });
    if (counts) all[0].push_back(words(text("count")));
    if (codes) all[0].insert(all[0].end(), {words(text("code from")), words(text("code to"))});
    for (const HistogramSeries& s : f.series)
        for (std::size_t i = 0; i < s.y.size(); ++i) {
            const double from = s.low + static_cast<double>(i) * s.width;
            const double to = s.style == HistogramSeries::Style::Stems ? from : from + s.width;
            Row& row = all.emplace_back(Row{words(s.name), number(from), number(to), number(s.y[i])});
            if (counts) row.push_back(i < s.counts.size() ? number(static_cast<double>(s.counts[i])) : DataCell{});
            if (!codes) continue;
            const auto inBin = s.codesIn(i);
            row.push_back(inBin ? number(inBin->first) : DataCell{});
            row.push_back(inBin ? number(inBin->second) : DataCell{});
        }
    for (const Marker& m : f.markers) all.push_back({words(m.name), number(m.position), number(m.position), {}});
    return all;
}

Rows rows(const Bars& f)
{
    Rows all{
        {words(text("series")), words(text("category")), words(nameOf(f.value, text("value"))), words(text("low")), words(text("high"))}};
    for (const BarSeries& s : f.series)
        for (std::size_t i = 0; i < s.values.size(); ++i) {
            Row& row = all.emplace_back(Row{words(s.name), label(f.categories, i), number(s.values[i])});
            addInterval(row, i < s.intervals.size() ? &s.intervals[i] : nullptr);
        }
    if (f.guide) all.push_back({words(text("guide")), {}, number(*f.guide)});
    return all;
}

Rows rows(const Heatmap& f)
{
    Rows all(1, Row(1));
    for (const Text& c : f.columns) all[0].push_back(words(c));
    for (std::size_t r = 0; r < f.rows.size(); ++r) {
        Row& row = all.emplace_back(Row{words(f.rows[r])});
        for (std::size_t c = 0; c < f.columns.size(); ++c) row.push_back(number(f.at(r, c)));
    }
    return all;
}

Rows rows(const Scatter& f)
{
    Rows all{{words(text("point")), words(nameOf(f.x, Text("x"))), words(nameOf(f.y, Text("y"))), words(text("low")), words(text("high"))}};
    for (const ScatterPoint& p : f.points)
        addInterval(all.emplace_back(Row{words(p.detail.empty() ? p.name : p.detail), number(p.x), number(p.y)}),
            p.interval ? &*p.interval : nullptr);
    return all;
}

Rows rows(const Images& f)
{
    Rows all{{words(text("image")), words(text("width")), words(text("height")), words(text("channels"))}};
    std::size_t most = 0;
    for (const ImageTile& t : f.tiles) {
        Row& row = all.emplace_back(Row{words(t.label), number(t.width), number(t.height), number(t.channels)});
        for (const std::uint8_t p : t.pixels) row.push_back(number(p));
        most = std::max(most, t.pixels.size());
    }
    for (std::size_t i = 1; i <= most; ++i) all[0].push_back(words(text("pixel %1", std::to_string(i))));
    return all;
}

/// "−1.2 ± 0.3 dB"
struct Reading {
    double value = std::numeric_limits<double>::quiet_NaN();
    std::optional<double> halfWidth{};
    std::string unit{};
};

bool skip(std::string_view& s, std::string_view what)
{
    if (!s.starts_with(what)) return false;
    s.remove_prefix(what.size());
    return true;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::size_t digitsAt(std::string_view s, std::size_t first)
{
    std::size_t i = first;
    while (i < s.size() && isDigit(s[i])) ++i;
    return i - first;
}

/// Takes "−412,168.5e-3" or "89.98 %" (as 0.8998) from the front.
std::optional<double> takeNumber(std::string_view& s, bool& isPercent)
{
    std::string_view rest = s;
    std::string digits = skip(rest, "−") || skip(rest, "-") ? "-" : "";
    if (digits.empty()) skip(rest, "+");
    if (skip(rest, "∞")) {
        s = rest;
        return digits.empty() ? HUGE_VAL : -HUGE_VAL;
    }
    if (rest.empty() || !isDigit(rest[0])) return {};
    std::size_t i = 0;
    for (; i < rest.size(); ++i) {
        const bool thousands = rest[i] == ',' && digitsAt(rest, i + 1) == 3;
        if (!isDigit(rest[i]) && !thousands && rest[i] != '.') break;
        if (!thousands) digits += rest[i];
    }
    if (i + 2 < rest.size() && rest[i] == 'e' && (rest[i + 1] == '-' || rest[i + 1] == '+'))
        for (digits += "e-", digits.back() = rest[i + 1], i += 2; i < rest.size() && isDigit(rest[i]); ++i) digits += rest[i];
    rest.remove_prefix(i);
    // In the text, not by a division: 89.98 % is the number that 0.8998 is.
    isPercent = skip(rest, " %") || isPercent;
    const bool hasExponent = digits.find('e') != std::string::npos;
    if (isPercent && !hasExponent) digits += "e-2";
    if (const auto plus = digits.find("e+"); plus != std::string::npos) digits.erase(plus + 1, 1);
    double value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return {};
    s = rest;
    return isPercent && hasExponent ? value / 100 : value;
}

/// The number in a sentence that is nothing else.
std::optional<Reading> reading(const std::string& sentence)
{
    if (sentence == "—") return Reading{};
    std::string_view s = sentence;
    bool isPercent = false;
    Reading r;
    const auto value = takeNumber(s, isPercent);
    if (!value) return {};
    r.value = *value;
    if (skip(s, " ± ")) {
        r.halfWidth = takeNumber(s, isPercent);
        if (!r.halfWidth) return {};
    }
    static constexpr std::array kUnits{"dB", "points", "nat", "bits", "B", "KiB", "MiB", "µs", "ms", "s", "times", "× smaller"};
    if (!s.starts_with("×") && !s.empty() && !skip(s, " ")) return {};
    const bool known = s.empty() || std::find(kUnits.begin(), kUnits.end(), s) != kUnits.end();
    if (!known) return {};
    r.unit = s;
    return r;
}

/// One column of sentences as up to three: what it says, its interval, its unit.
void addColumn(Rows& all, const Text& head, const std::vector<Text>& cells)
{
    std::vector<std::optional<Reading>> readings;
    std::vector<std::string> units;
    bool intervals = false;
    for (const Text& cell : cells) {
        const auto& r = readings.emplace_back(reading(cell.english()));
        if (!r || std::isnan(r->value)) continue;
        intervals = intervals || r->halfWidth;
        if (std::find(units.begin(), units.end(), r->unit) == units.end()) units.push_back(r->unit);
    }
    const bool oneUnit = units.size() == 1 && !units.front().empty();
    all[0].push_back(words(oneUnit ? Text(std::string("%1 (%2)"), {head, Text(units.front())}) : head));
    if (intervals) all[0].push_back(words(Text(std::string("%1 ±"), {head})));
    if (units.size() > 1) all[0].push_back(words(text("%1, unit", head)));
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto& r = readings[i];
        Row& row = all[i + 1];
        row.push_back(r ? number(r->value) : words(cells[i]));
        if (intervals) row.push_back(r && r->halfWidth ? number(*r->halfWidth) : DataCell{});
        if (units.size() > 1) row.push_back(r ? words(Text(r->unit)) : DataCell{});
    }
}

Rows rows(const Table& f)
{
    Rows all(f.rows.size() + 1);
    std::size_t columns = f.columns.size();
    for (const auto& row : f.rows) columns = std::max(columns, row.size());
    for (std::size_t c = 0; c < columns; ++c) {
        std::vector<Text> cells;
        for (const auto& row : f.rows) cells.push_back(c < row.size() ? row[c] : Text());
        const Text head = c < f.columns.size() ? f.columns[c] : Text();
        if (c > 0) {
            addColumn(all, head, cells);
            continue;
        }
        all[0].push_back(words(head)); // names of the rows, numbers or not
        for (std::size_t r = 0; r < cells.size(); ++r) all[r + 1].push_back(words(cells[r]));
    }
    return all;
}

Rows rows(const Readout& f)
{
    Rows all(f.items.size() + 1);
    all[0].push_back(words(text("item")));
    std::vector<Text> values;
    for (std::size_t i = 0; i < f.items.size(); ++i) {
        all[i + 1].push_back(words(f.items[i].label));
        values.push_back(f.items[i].value);
    }
    addColumn(all, text("value"), values);
    return all;
}

Rows rows(const NetworkMap& f)
{
    Rows all{{words(text("node")), words(text("operator")), words(text("inputs")), words(nameOf(f.value, text("value"))),
        words(text("detail"))}};
    for (const NetworkMap::Node& n : f.nodes) {
        std::vector<std::string> inputs;
        for (const int i : n.inputs)
            if (i >= 0 && static_cast<std::size_t>(i) < f.nodes.size())
                inputs.push_back(f.nodes[static_cast<std::size_t>(i)].name.english());
        all.push_back({words(n.name), words(n.op), words(joined(inputs)), number(n.value), words(n.detail)});
    }
    return all;
}

} // namespace

std::vector<std::vector<DataCell>> rowsOf(const Figure& figure)
{
    // The overloads of rows() are the set: for a kind that has none this does not compile.
    Rows all = std::visit([](const auto& body) { return rows(body); }, figure.body);
    std::size_t widest = 0;
    for (const Row& row : all) widest = std::max(widest, row.size());
    for (Row& row : all) row.resize(widest);
    return all;
}

} // namespace bitstill
