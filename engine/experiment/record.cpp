#include "engine/experiment/record.h"

#include "engine/io/files.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace bitstill {

using nlohmann::json;

const char* nameOf(Outcome outcome)
{
    static constexpr const char* kNames[] = {"running", "finished", "stopped", "diverged", "failed"};
    return kNames[static_cast<int>(outcome)];
}

double Record::metric(const std::string& name) const
{
    for (const auto& [key, value] : metrics)
        if (key == name) return value;
    return std::numeric_limits<double>::quiet_NaN();
}

std::string versionText() { return BITSTILL_VERSION; }
std::string buildText() { return std::string(BITSTILL_COMPILER) + " " + BITSTILL_BUILD_TYPE; }

std::string cpuText()
{
    const std::string wanted = "model name\t: ", info = readFile("/proc/cpuinfo", 100'000'000);
    const std::size_t at = info.find(wanted);
    return at == std::string::npos ? "unknown" : info.substr(at + wanted.size(), info.find('\n', at) - at - wanted.size());
}

std::string provenance(const Spec& spec)
{
    return "bitstill " + versionText() + " · " + spec.experiment + " · seed " + std::to_string(spec.seed) + " · spec " + specHash(spec);
}

namespace {

json toJson(const Axis& a)
{
    json j{{"title", a.title.english()}, {"unit", a.unit.english()}};
    if (a.range) j["range"] = {a.range->low, a.range->high};
    return j;
}

json names(const std::vector<Text>& texts)
{
    json j = json::array();
    for (const Text& t : texts) j.push_back(t.english());
    return j;
}

json bodyJson(const Curves& f)
{
    json series = json::array();
    for (const CurveSeries& s : f.series) series.push_back({{"name", s.name.english()}, {"x", s.x}, {"y", s.y}});
    return {{"x", toJson(f.x)}, {"y", toJson(f.y)}, {"series", series}};
}

json bodyJson(const Histogram& f)
{
    json series = json::array(), markers = json::array();
    for (const HistogramSeries& s : f.series)
        series.push_back({{"name", s.name.english()}, {"low", s.low}, {"width", s.width}, {"y", s.y}});
    for (const Marker& m : f.markers) markers.push_back({{"name", m.name.english()}, {"position", m.position}, {"field", m.field}});
    return {{"x", toJson(f.x)}, {"y", toJson(f.y)}, {"series", series}, {"markers", markers}};
}

json bodyJson(const Bars& f)
{
    json series = json::array();
    for (const BarSeries& s : f.series) {
        json j{{"name", s.name.english()}, {"values", s.values}};
        for (const AxisRange& i : s.intervals) j["intervals"].push_back({i.low, i.high});
        series.push_back(j);
    }
    json j{{"value", toJson(f.value)}, {"categories", names(f.categories)}, {"series", series}};
    if (f.guide) j["guide"] = *f.guide;
    return j;
}

json bodyJson(const Heatmap& f)
{
    return {{"x", toJson(f.x)}, {"y", toJson(f.y)}, {"columns", names(f.columns)}, {"rows", names(f.rows)}, {"values", f.values}};
}

json bodyJson(const Scatter& f)
{
    json points = json::array();
    for (const ScatterPoint& p : f.points) points.push_back({{"name", p.name.english()}, {"x", p.x}, {"y", p.y}});
    return {{"x", toJson(f.x)}, {"y", toJson(f.y)}, {"points", points}};
}

json bodyJson(const Images& f)
{
    json tiles = json::array();
    for (const ImageTile& t : f.tiles)
        tiles.push_back(
            {{"label", t.label.english()}, {"width", t.width}, {"height", t.height}, {"channels", t.channels}, {"pixels", t.pixels}});
    return {{"tiles", tiles}};
}

json bodyJson(const Table& f)
{
    json rows = json::array();
    for (const auto& row : f.rows) rows.push_back(names(row));
    return {{"columns", names(f.columns)}, {"rows", rows}};
}

json bodyJson(const Readout& f)
{
    json items = json::array();
    for (const Readout::Item& i : f.items) items.push_back({{"label", i.label.english()}, {"value", i.value.english()}});
    return {{"items", items}};
}

json figuresJson(const std::vector<FigurePointer>& figures)
{
    json j = json::array();
    for (const FigurePointer& f : figures) j.push_back(toJson(*f));
    return j;
}

} // namespace

json toJson(const Figure& figure)
{
    json j = std::visit([](const auto& body) { return bodyJson(body); }, figure.body);
    j["id"] = figure.id;
    j["kind"] = kindOf(figure);
    j["title"] = figure.title.english();
    j["caption"] = figure.caption.english();
    j["description"] = figure.description.english();
    if (figure.timed) j["timed"] = true;
    return j;
}

json toJson(const Record& record)
{
    json knobs = json::array(), marks = json::array(), metrics = json::object();
    for (const KnobChange& k : record.knobs) {
        json value;
        std::visit([&](const auto& v) { value = v; }, k.value);
        knobs.push_back({{"step", k.step}, {"field", k.field}, {"value", value}, {"moment", k.moment}});
    }
    for (const Mark& m : record.marks) {
        json live = json::object();
        for (const auto& [key, value] : m.live) std::visit([&](const auto& v) { live[key] = v; }, value);
        marks.push_back({{"label", m.label.english()}, {"figures", figuresJson(m.figures)}, {"live", live}});
    }
    for (const auto& [name, value] : record.metrics) metrics[name] = value;
    return {{"schema", Spec::kSchema}, {"spec", toJson(record.spec)}, {"spec_hash", specHash(record.spec)}, {"knobs", knobs},
        {"outcome", nameOf(record.outcome)}, {"message", record.message.english()}, {"seconds", record.seconds},
        {"version", record.version}, {"build", record.build}, {"cpu", record.cpu}, {"threads", record.threads}, {"metrics", metrics},
        {"figures", figuresJson(record.figures)}, {"marks", marks}};
}

} // namespace bitstill
