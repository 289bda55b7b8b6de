// The way back from figure_json.cpp. Every body is taken apart into all its members here too, and what belongs together is as long as the
// painters take it to be.

#include "engine/experiment/figure_names.h"
#include "engine/experiment/record.h"
#include "engine/experiment/sentences.h"
#include "engine/io/json_place.h"

#include <algorithm>

namespace bitstill {

namespace {

constexpr std::int64_t kMostCodes = 1'000'000'000, kLargestSide = 4096, kMostCounted = 1'000'000'000'000'000, kWidestSpan = 12;

class FigureReader {
public:
    explicit FigureReader(const Sentences& sentences) : m_sentences(sentences) { }

    Figure figure(const JsonPlace& p) const
    {
        Figure f;
        f.id = p["id"].word();
        f.title = words(p["title"]);
        f.caption = words(p["caption"]);
        f.description = words(p["description"]);
        if (p.has("span")) f.span = static_cast<int>(p["span"].whole(1, kWidestSpan));
        if (p.has("timed")) f.timed = p["timed"].flag();
        std::optional<FigureBody> body = emptyBody(p["kind"].word());
        if (!body) p["kind"].refuse(text("%1: there is no kind of figure \"%2\"", p["kind"].path(), p["kind"].word()));
        // The overloads of read() are the set: for a kind that has none this does not compile.
        std::visit([this, &p](auto& b) { read(p, b); }, *body);
        f.body = *std::move(body);
        return f;
    }

private:
    Text words(const JsonPlace& p) const { return m_sentences.read(p.word()); }

    template <class Part> std::vector<Part> list(const JsonPlace& p) const
    {
        std::vector<Part> parts;
        for (const JsonPlace& place : p.list()) read(place, parts.emplace_back());
        return parts;
    }
    template <class Whole> static std::vector<Whole> wholes(const JsonPlace& p, std::int64_t low, std::int64_t high)
    {
        std::vector<Whole> values;
        for (const std::int64_t v : p.wholes(low, high)) values.push_back(static_cast<Whole>(v));
        return values;
    }
    std::vector<Text> names(const JsonPlace& p) const { return list<Text>(p); }
    template <class Part> static void demandOneForEach(const JsonPlace& p, const std::vector<Part>& parts, std::size_t count)
    {
        if (parts.size() != count)
            p.refuse(text("%1 has %2 parts instead of %3", p.path(), std::to_string(parts.size()), std::to_string(count)));
    }
    template <std::size_t n, class Enum> static void choose(const JsonPlace& p, const std::array<const char*, n>& names, Enum& value)
    {
        const auto found = std::find(names.begin(), names.end(), p.word());
        if (found == names.end()) p.refuse(text("%1: there is no \"%2\"", p.path(), p.word()));
        value = static_cast<Enum>(found - names.begin());
    }
    template <class Named> void readName(const JsonPlace& p, Named& named) const
    {
        named.name = words(p["name"]);
        if (p.has("role")) choose(p["role"], kRoleNames, named.role);
    }

    void read(const JsonPlace& p, Text& t) const { t = words(p); }
    void read(const JsonPlace& p, std::string& s) const { s = p.word(); }
    void read(const JsonPlace& p, std::vector<Text>& row) const { row = names(p); }
    /// Its ends may be none: an interval of nothing.
    void read(const JsonPlace& p, AxisRange& r) const
    {
        const std::vector<double> ends = p.numbers();
        demandOneForEach(p, ends, 2);
        r = {ends[0], ends[1]};
    }
    /// Bounds an axis or colours: without ends there would be nothing to draw.
    static AxisRange fixedRange(const JsonPlace& p)
    {
        const std::vector<JsonPlace> ends = p.list();
        demandOneForEach(p, ends, 2);
        return {ends[0].finite(), ends[1].finite()};
    }

    void read(const JsonPlace& p, Axis& a) const
    {
        auto& [title, unit, range, percent, logarithmic] = a;
        title = words(p["title"]);
        unit = words(p["unit"]);
        if (p.has("range")) range = fixedRange(p["range"]);
        if (p.has("percent")) percent = p["percent"].flag();
        if (p.has("logarithmic")) logarithmic = p["logarithmic"].flag();
    }

    void read(const JsonPlace& p, CurveSeries& s) const
    {
        auto& [name, role, style, x, y] = s;
        readName(p, s);
        if (p.has("style")) choose(p["style"], kCurveStyleNames, style);
        x = p["x"].numbers();
        y = p["y"].numbers();
        demandOneForEach(p["y"], y, x.size());
    }

    void read(const JsonPlace& p, HistogramSeries& s) const
    {
        auto& [name, role, style, low, width, y, counts, total, codes] = s;
        readName(p, s);
        if (p.has("style")) choose(p["style"], kHistogramStyleNames, style);
        low = p["low"].finite();
        width = p["width"].finite();
        y = p["y"].numbers();
        if (p.has("counts")) {
            counts = wholes<std::size_t>(p["counts"], 0, kMostCounted);
            demandOneForEach(p["counts"], counts, y.size());
            total = static_cast<std::size_t>(p["total"].whole(0, kMostCounted));
        }
        if (p.has("codes")) {
            codes = HistogramSeries::Codes();
            read(p["codes"], *codes);
        }
    }

    void read(const JsonPlace& p, HistogramSeries::Codes& c) const
    {
        auto& [first, each, lowest, highest] = c;
        const auto code = [&p](const char* key) { return static_cast<int>(p[key].whole(-kMostCodes, kMostCodes)); };
        first = code("first");
        each = code("each");
        lowest = code("lowest");
        highest = code("highest");
    }

    void read(const JsonPlace& p, Marker& m) const
    {
        auto& [name, position, field, unit, role, theory] = m;
        readName(p, m);
        position = p["position"].number();
        field = p["field"].word();
        if (p.has("unit")) unit = p["unit"].finite();
        if (p.has("theory")) theory = p["theory"].flag();
    }

    void read(const JsonPlace& p, BarSeries& s) const
    {
        auto& [name, role, values, intervals] = s;
        readName(p, s);
        values = p["values"].numbers();
        if (!p.has("intervals")) return;
        intervals = list<AxisRange>(p["intervals"]);
        demandOneForEach(p["intervals"], intervals, values.size());
    }

    void read(const JsonPlace& p, ScatterPoint& s) const
    {
        auto& [name, x, y, role, interval, detail] = s;
        readName(p, s);
        x = p["x"].number();
        y = p["y"].number();
        if (p.has("interval")) read(p["interval"], interval.emplace());
        if (p.has("detail")) detail = words(p["detail"]);
    }

    void read(const JsonPlace& p, ImageTile& t) const
    {
        auto& [label, width, height, channels, pixels] = t;
        label = words(p["label"]);
        width = static_cast<int>(p["width"].whole(0, kLargestSide));
        height = static_cast<int>(p["height"].whole(0, kLargestSide));
        channels = static_cast<int>(p["channels"].whole(1, 3));
        pixels = wholes<std::uint8_t>(p["pixels"], 0, 255);
        demandOneForEach(p["pixels"], pixels, static_cast<std::size_t>(width) * static_cast<std::size_t>(height * channels));
    }

    void read(const JsonPlace& p, Readout::Item& i) const
    {
        auto& [label, value, emphasis] = i;
        label = words(p["label"]);
        value = words(p["value"]);
        if (p.has("emphasis")) emphasis = p["emphasis"].flag();
    }

    void read(const JsonPlace& p, NetworkMap::Node& n) const
    {
        auto& [name, op, inputs, value, detail, choice] = n;
        name = words(p["name"]);
        op = p["op"].word();
        inputs = wholes<int>(p["inputs"], INT32_MIN, INT32_MAX);
        value = p["value"].number();
        detail = words(p["detail"]);
        if (p.has("choice")) choice = p["choice"].word();
    }

    void read(const JsonPlace& p, Curves& f) const
    {
        auto& [x, y, series] = f;
        read(p["x"], x);
        read(p["y"], y);
        series = list<CurveSeries>(p["series"]);
    }

    void read(const JsonPlace& p, Histogram& f) const
    {
        auto& [x, y, series, markers, ofWeights] = f;
        read(p["x"], x);
        read(p["y"], y);
        series = list<HistogramSeries>(p["series"]);
        markers = list<Marker>(p["markers"]);
        if (p.has("of_weights")) ofWeights = p["of_weights"].flag();
    }

    void read(const JsonPlace& p, Bars& f) const
    {
        auto& [value, categories, series, guide, field, choices, pictures] = f;
        read(p["value"], value);
        categories = names(p["categories"]);
        series = list<BarSeries>(p["series"]);
        for (const BarSeries& s : series)
            if (s.values.size() > categories.size())
                p["series"].refuse(text("%1: a series has more values than there are categories", p["series"].path()));
        if (p.has("guide")) guide = p["guide"].number();
        if (p.has("field")) field = p["field"].word();
        if (p.has("choices")) {
            choices = list<std::string>(p["choices"]);
            demandOneForEach(p["choices"], choices, categories.size());
        }
        if (p.has("pictures")) {
            pictures = list<ImageTile>(p["pictures"]);
            demandOneForEach(p["pictures"], pictures, categories.size());
        }
    }

    void read(const JsonPlace& p, Heatmap& f) const
    {
        auto& [x, y, columns, rows, values, range] = f;
        read(p["x"], x);
        read(p["y"], y);
        columns = names(p["columns"]);
        rows = names(p["rows"]);
        values = p["values"].numbers();
        demandOneForEach(p["values"], values, rows.size() * columns.size());
        if (p.has("range")) range = fixedRange(p["range"]);
    }

    void read(const JsonPlace& p, Scatter& f) const
    {
        auto& [x, y, points, stairs] = f;
        read(p["x"], x);
        read(p["y"], y);
        points = list<ScatterPoint>(p["points"]);
        if (p.has("stairs")) choose(p["stairs"], kRoleNames, stairs.emplace());
    }

    void read(const JsonPlace& p, Images& f) const
    {
        auto& [tiles] = f;
        tiles = list<ImageTile>(p["tiles"]);
    }

    void read(const JsonPlace& p, Table& f) const
    {
        auto& [columns, rows, result] = f;
        columns = names(p["columns"]);
        rows = list<std::vector<Text>>(p["rows"]);
        if (p.has("result")) result = static_cast<int>(p["result"].whole(-1, static_cast<std::int64_t>(columns.size()) - 1));
    }

    void read(const JsonPlace& p, Readout& f) const
    {
        auto& [items] = f;
        items = list<Readout::Item>(p["items"]);
    }

    void read(const JsonPlace& p, NetworkMap& f) const
    {
        auto& [value, nodes, field, chosen, highIsBad] = f;
        read(p["value"], value);
        nodes = list<NetworkMap::Node>(p["nodes"]);
        if (p.has("field")) field = p["field"].word();
        if (p.has("chosen")) chosen = p["chosen"].word();
        if (p.has("high_is_bad")) highIsBad = p["high_is_bad"].flag();
    }

    const Sentences& m_sentences;
};

} // namespace

Figure figureFromJson(const JsonPlace& place, const Sentences& sentences) { return FigureReader(sentences).figure(place); }

Figure figureFromJson(const nlohmann::json& document, const std::string& name)
{
    const JsonPlace place(document, name);
    return figureFromJson(place, place.has("sentences") ? Sentences(place["sentences"]) : Sentences());
}

} // namespace bitstill
