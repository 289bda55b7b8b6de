// Every body is taken apart into all its members, so that a new one does not compile until it is written. What is as it is by default is
// left out.

#include "engine/experiment/record.h"

#include <array>
#include <nlohmann/json.hpp>

namespace bitstill {

using nlohmann::json;

namespace {

const char* nameOf(Role role)
{
    static constexpr std::array kNames{"neutral", "before", "after", "train", "test", "teacher", "taught", "alone", "guide"};
    return kNames.at(static_cast<std::size_t>(role));
}
const char* nameOf(CurveSeries::Style style)
{
    static constexpr std::array kNames{"solid", "dashed", "points"};
    return kNames.at(static_cast<std::size_t>(style));
}
const char* nameOf(HistogramSeries::Style style)
{
    static constexpr std::array kNames{"area", "stems"};
    return kNames.at(static_cast<std::size_t>(style));
}

json toJson(const AxisRange& r) { return {r.low, r.high}; }

json toJson(const Axis& a)
{
    const auto& [title, unit, range, percent, logarithmic] = a;
    json j{{"title", title.english()}, {"unit", unit.english()}};
    if (range) j["range"] = toJson(*range);
    if (percent) j["percent"] = true;
    if (logarithmic) j["logarithmic"] = true;
    return j;
}

json names(const std::vector<Text>& texts)
{
    json j = json::array();
    for (const Text& t : texts) j.push_back(t.english());
    return j;
}

template <class Named> json withName(const Named& named)
{
    json j{{"name", named.name.english()}};
    if (named.role != Named{}.role) j["role"] = nameOf(named.role);
    return j;
}

json toJson(const CurveSeries& s)
{
    const auto& [name, role, style, x, y] = s;
    json j = withName(s);
    if (style != CurveSeries{}.style) j["style"] = nameOf(style);
    j["x"] = x;
    j["y"] = y;
    return j;
}

json toJson(const HistogramSeries& s)
{
    const auto& [name, role, style, low, width, y, counts, total, codes] = s;
    json j = withName(s);
    if (style != HistogramSeries{}.style) j["style"] = nameOf(style);
    j["low"] = low;
    j["width"] = width;
    j["y"] = y;
    if (!counts.empty()) {
        j["counts"] = counts;
        j["total"] = total;
    }
    if (codes) {
        const auto& [first, each, lowest, highest] = *codes;
        j["codes"] = {{"first", first}, {"each", each}, {"lowest", lowest}, {"highest", highest}};
    }
    return j;
}

json toJson(const Marker& m)
{
    const auto& [name, position, field, unit, role, theory] = m;
    json j = withName(m);
    j["position"] = position;
    j["field"] = field;
    if (unit != Marker{}.unit) j["unit"] = unit;
    if (theory) j["theory"] = true;
    return j;
}

json toJson(const BarSeries& s)
{
    const auto& [name, role, values, intervals] = s;
    json j = withName(s);
    j["values"] = values;
    for (const AxisRange& i : intervals) j["intervals"].push_back(toJson(i));
    return j;
}

json toJson(const ScatterPoint& p)
{
    const auto& [name, x, y, role, interval] = p;
    json j = withName(p);
    j["x"] = x;
    j["y"] = y;
    if (interval) j["interval"] = toJson(*interval);
    return j;
}

json toJson(const ImageTile& t)
{
    const auto& [label, width, height, channels, pixels] = t;
    return {{"label", label.english()}, {"width", width}, {"height", height}, {"channels", channels}, {"pixels", pixels}};
}

json toJson(const Readout::Item& i)
{
    const auto& [label, value, emphasis] = i;
    json j{{"label", label.english()}, {"value", value.english()}};
    if (emphasis) j["emphasis"] = true;
    return j;
}

json toJson(const NetworkMap::Node& n)
{
    const auto& [name, op, inputs, value, detail, choice] = n;
    json j{{"name", name.english()}, {"op", op}, {"inputs", inputs}, {"value", value}, {"detail", detail.english()}};
    if (!choice.empty()) j["choice"] = choice;
    return j;
}

template <class Part> json list(const std::vector<Part>& parts)
{
    json j = json::array();
    for (const Part& p : parts) j.push_back(toJson(p));
    return j;
}

json bodyJson(const Curves& f)
{
    const auto& [x, y, series] = f;
    return {{"x", toJson(x)}, {"y", toJson(y)}, {"series", list(series)}};
}

json bodyJson(const Histogram& f)
{
    const auto& [x, y, series, markers, ofWeights] = f;
    json j{{"x", toJson(x)}, {"y", toJson(y)}, {"series", list(series)}, {"markers", list(markers)}};
    if (ofWeights) j["of_weights"] = true;
    return j;
}

json bodyJson(const Bars& f)
{
    const auto& [value, categories, series, guide, field, choices, pictures] = f;
    json j{{"value", toJson(value)}, {"categories", names(categories)}, {"series", list(series)}};
    if (guide) j["guide"] = *guide;
    if (!field.empty()) j["field"] = field;
    if (!choices.empty()) j["choices"] = choices;
    if (!pictures.empty()) j["pictures"] = list(pictures);
    return j;
}

json bodyJson(const Heatmap& f)
{
    const auto& [x, y, columns, rows, values, range] = f;
    json j{{"x", toJson(x)}, {"y", toJson(y)}, {"columns", names(columns)}, {"rows", names(rows)}, {"values", values}};
    if (range) j["range"] = toJson(*range);
    return j;
}

json bodyJson(const Scatter& f)
{
    const auto& [x, y, points] = f;
    return {{"x", toJson(x)}, {"y", toJson(y)}, {"points", list(points)}};
}

json bodyJson(const Images& f)
{
    const auto& [tiles] = f;
    return {{"tiles", list(tiles)}};
}

json bodyJson(const Table& f)
{
    const auto& [columns, rows, result] = f;
    json cells = json::array();
    for (const std::vector<Text>& row : rows) cells.push_back(names(row));
    json j{{"columns", names(columns)}, {"rows", cells}};
    if (result != Table{}.result) j["result"] = result;
    return j;
}

json bodyJson(const Readout& f)
{
    const auto& [items] = f;
    return {{"items", list(items)}};
}

json bodyJson(const NetworkMap& f)
{
    const auto& [value, nodes, field, chosen, highIsBad] = f;
    json j{{"value", toJson(value)}, {"nodes", list(nodes)}};
    if (!field.empty()) j["field"] = field;
    if (!chosen.empty()) j["chosen"] = chosen;
    if (!highIsBad) j["high_is_bad"] = false;
    return j;
}

} // namespace

json toJson(const Figure& figure)
{
    const auto& [id, title, caption, description, body, span, timed, place] = figure;
    // The overloads of bodyJson() are the set: for a kind that has none this does not compile.
    json j = std::visit([](const auto& b) { return bodyJson(b); }, body);
    j["id"] = id;
    j["kind"] = kindOf(figure);
    j["title"] = title.english();
    j["caption"] = caption.english();
    j["description"] = description.english();
    if (span != Figure{}.span) j["span"] = span;
    if (timed) j["timed"] = true;
    static_cast<void>(place); // the order of the figures says it
    return j;
}

} // namespace bitstill
