#include "engine/experiment/figure.h"

#include <algorithm>

namespace bitstill {

namespace {

using Row = std::vector<std::string>;

std::string quoted(const std::string& cell)
{
    if (cell.find_first_of(",\"\n") == std::string::npos) return cell;
    std::string out = "\"";
    for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

std::string nameOf(const Axis& axis, const char* fallback)
{
    const std::string title = axis.title.empty() ? fallback : axis.title.english();
    return axis.unit.empty() ? title : title + " (" + axis.unit.english() + ")";
}

Row header(const Axis& x, const Axis& y) { return {"series", nameOf(x, "x"), nameOf(y, "y")}; }

std::vector<Row> rowsOf(const Curves& f)
{
    std::vector<Row> rows{header(f.x, f.y)};
    for (const CurveSeries& s : f.series)
        for (std::size_t i = 0; i < s.x.size(); ++i) rows.push_back({s.name.english(), shortest(s.x[i]), shortest(s.y[i])});
    return rows;
}

std::vector<Row> rowsOf(const Histogram& f)
{
    std::vector<Row> rows{{"series", nameOf(f.x, "x") + " from", "to", nameOf(f.y, "y")}};
    for (const HistogramSeries& s : f.series)
        for (std::size_t i = 0; i < s.y.size(); ++i) {
            const double from = s.low + static_cast<double>(i) * s.width;
            const double to = s.style == HistogramSeries::Style::Stems ? from : from + s.width;
            rows.push_back({s.name.english(), shortest(from), shortest(to), shortest(s.y[i])});
        }
    for (const Marker& m : f.markers) rows.push_back({m.name.english(), shortest(m.position), shortest(m.position), ""});
    return rows;
}

std::vector<Row> rowsOf(const Bars& f)
{
    std::vector<Row> rows{{"series", "category", nameOf(f.value, "value"), "low", "high"}};
    for (const BarSeries& s : f.series)
        for (std::size_t i = 0; i < s.values.size(); ++i) {
            const bool has = i < s.intervals.size();
            rows.push_back({s.name.english(), f.categories[i].english(), shortest(s.values[i]), has ? shortest(s.intervals[i].low) : "",
                has ? shortest(s.intervals[i].high) : ""});
        }
    if (f.guide) rows.push_back({"guide", "", shortest(*f.guide), "", ""});
    return rows;
}

std::vector<Row> rowsOf(const Heatmap& f)
{
    std::vector<Row> rows{{""}};
    for (const Text& c : f.columns) rows[0].push_back(c.english());
    for (std::size_t r = 0; r < f.rows.size(); ++r) {
        Row row{f.rows[r].english()};
        for (std::size_t c = 0; c < f.columns.size(); ++c) row.push_back(shortest(f.values[r * f.columns.size() + c]));
        rows.push_back(row);
    }
    return rows;
}

std::vector<Row> rowsOf(const Scatter& f)
{
    std::vector<Row> rows{{"point", nameOf(f.x, "x"), nameOf(f.y, "y"), "low", "high"}};
    for (const ScatterPoint& p : f.points)
        rows.push_back({p.name.english(), shortest(p.x), shortest(p.y), p.interval ? shortest(p.interval->low) : "",
            p.interval ? shortest(p.interval->high) : ""});
    return rows;
}

std::vector<Row> rowsOf(const Images& f)
{
    std::vector<Row> rows{{"image", "width", "height", "channels", "pixels"}};
    for (const ImageTile& t : f.tiles) {
        Row row{t.label.english(), std::to_string(t.width), std::to_string(t.height), std::to_string(t.channels)};
        for (const std::uint8_t p : t.pixels) row.push_back(std::to_string(p));
        rows.push_back(row);
    }
    return rows;
}

std::vector<Row> rowsOf(const Table& f)
{
    std::vector<Row> rows(1);
    for (const Text& c : f.columns) rows[0].push_back(c.english());
    for (const auto& cells : f.rows) {
        Row& row = rows.emplace_back();
        for (const Text& c : cells) row.push_back(c.english());
    }
    return rows;
}

std::vector<Row> rowsOf(const Readout& f)
{
    std::vector<Row> rows{{"what", "value"}};
    for (const Readout::Item& i : f.items) rows.push_back({i.label.english(), i.value.english()});
    return rows;
}

} // namespace

const char* kindOf(const Figure& figure)
{
    static constexpr const char* kNames[] = {"curves", "histogram", "bars", "heatmap", "scatter", "images", "table", "readout"};
    return kNames[figure.body.index()];
}

std::string toCsv(const Figure& figure, const std::string& provenance)
{
    std::string out = "# " + figure.title.english() + "\n# " + figure.caption.english() + "\n# " + provenance + "\n";
    for (const Row& row : std::visit([](const auto& body) { return rowsOf(body); }, figure.body)) {
        for (std::size_t i = 0; i < row.size(); ++i) out += (i ? "," : "") + quoted(row[i]);
        out += '\n';
    }
    return out;
}

} // namespace bitstill
